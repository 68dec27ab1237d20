/*
 * What waits in the answer queue, and what does not: pushes events as Go does, and
 * pumps them; fake_go.c has nothing to do. It exits with 0 when the queue kept its rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clients.h"
#include "TIMCloud.h"
#include "TIMExtension.h"

enum { SESSION = TIM_EVENT_SESSION, CHANGE = TIM_EVENT_CHANGE, LOG = TIM_EVENT_LOG };

static long logs, first_log, last_log, dropped, dropped_level, networks, messages, answers;

static void expect(const char *what, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    exit(1);
}

static void on_log(enum TIMLogLevel level, const char *log, const void *user_data) {
    (void)user_data;
    if (strstr(log, " log events were dropped") != NULL) {
        expect("said before the lines that are left", logs, 0);
        dropped = atol(log);
        dropped_level = level;
        return;
    }
    last_log = atol(log);
    if (logs++ == 0) first_log = last_log;
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    (void)status;
    (void)code;
    (void)user_data;
    expect("a text that is not there is empty, not NULL", desc != NULL && desc[0] == 0, 1);
    networks++;
}

static void on_message(const char *json, const void *user_data) {
    (void)json;
    messages += (long)(uintptr_t)user_data;
}

static void on_other_message(const char *json, const void *user_data) { on_message(json, user_data); }

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    (void)desc;
    (void)json;
    (void)user_data;
    answers++;
}

static uint32_t now(void) { return atomic_load(&tim_default.epoch); }

static bool push_log(long number) {
    char text[32];
    struct tim_block *b = tim_block_event(TIM_SLOT_LOG);
    tim_event_text(b, 1, text, (size_t)snprintf(text, sizeof text, "%ld", number));
    return tim_push_event(&tim_default, b, now(), LOG);
}

static bool push(int slot, int kind, uint32_t epoch) {
    return tim_push_event(&tim_default, tim_block_event(slot), epoch, kind);
}

/* The oldest lines of the log make room for the newest, and the log says how many went. */
static void test_log_drops_its_oldest(void) {
    TIMSetLogCallback(on_log, NULL);
    TIMGetUserStatus("[\"ann\"]", on_answer, NULL); /* an answer in front is never dropped */
    for (long i = 0; i < TIM_MAX_EVENTS + 100; i++) expect("a log line is taken", push_log(i), true);
    expect("a session event has room", push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now()), true);
    expect("a change has none", push(TIM_SLOT_CONV_EVENT, CHANGE, now()), false);
    expect("ran", TIMXPump(0), 1 + TIM_MAX_EVENTS);
    expect("answers", answers, 1);
    expect("log lines", logs, TIM_MAX_EVENTS - 1);
    expect("said to be dropped", dropped, 101);
    expect("as a warning", dropped_level, kTIMLog_Warn);
    expect("the first line that was kept", first_log, 101);
    expect("the last", last_log, TIM_MAX_EVENTS + 99);
    expect("session events", networks, 1);
    expect("a change has room again", push(TIM_SLOT_CONV_EVENT, CHANGE, now()), true);
    expect("ran", TIMXPump(0), 1);
    dropped = logs = 0;
    push_log(1);
    TIMXPump(0);
    expect("said once", dropped, 0);
}

/* Session events have room past the limit; a log line then has none. */
static void test_session_events_always_fit(void) {
    networks = 0;
    for (unsigned i = 0; i < TIM_MAX_EVENTS + 50; i++) {
        expect("a session event is taken", push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now()), true);
    }
    expect("a log line is not", push_log(1), false);
    TIMXPump(0);
    expect("session events", networks, TIM_MAX_EVENTS + 50);
    logs = 0;
    push_log(2);
    TIMXPump(0);
    expect("said with the next line", dropped, 1);
}

/* A few long events fill the queue as many short ones do; one alone always fits. */
static void test_long_events_are_bounded(void) {
    static char text[TIM_MAX_EVENT_BYTES / 4];
    TIMAddRecvNewMsgCallback(on_message, (void *)1);
    for (int round = 0; round < 2; round++) {
        messages = 0;
        for (int i = 0; i < 6; i++) {
            struct tim_block *b = tim_block_event(TIM_SLOT_RECV_NEW_MSG);
            tim_event_text(b, 0, text, sizeof text);
            expect("room", tim_push_event(&tim_default, b, now(), CHANGE), i < 4);
        }
        expect("a session event has room", push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now()), true);
        TIMXPump(0);
        expect("messages", messages, 4);
    }
    static char longer[TIM_MAX_EVENT_BYTES + 1];
    struct tim_block *b = tim_block_event(TIM_SLOT_RECV_NEW_MSG);
    tim_event_text(b, 0, longer, sizeof longer);
    expect("the longest", tim_push_event(&tim_default, b, now(), CHANGE), true);
    expect("a short one beside it", push(TIM_SLOT_CONV_EVENT, CHANGE, now()), false);
    TIMXPump(0);
    TIMRemoveRecvNewMsgCallback(on_message);
    messages = 0;
}

/* Events of an earlier TIMInit are dropped, and their number is not counted as run. */
static void test_stale_events_are_dropped(void) {
    networks = 0;
    push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now() - 1);
    push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now());
    expect("ran", TIMXPump(0), 1);
    expect("session events", networks, 1);
}

/* Several receivers of messages: each once, by its pointer. */
static void test_receivers(void) {
    TIMAddRecvNewMsgCallback(on_message, (void *)1);
    TIMAddRecvNewMsgCallback(on_other_message, (void *)10);
    TIMAddRecvNewMsgCallback(on_message, (void *)100); /* takes the place of the first */
    push(TIM_SLOT_RECV_NEW_MSG, CHANGE, now());
    TIMXPump(0);
    expect("both heard it", messages, 110);
    TIMRemoveRecvNewMsgCallback(on_message);
    TIMRemoveRecvNewMsgCallback(on_message);
    TIMAddRecvNewMsgCallback(NULL, NULL);
    push(TIM_SLOT_RECV_NEW_MSG, CHANGE, now());
    TIMXPump(0);
    expect("one heard it", messages, 120);
}

/* A pump with a budget starts nothing when its time is up. */
static void test_budget(void) {
    for (int i = 0; i < 4000; i++) push(TIM_SLOT_NETWORK_STATUS_LISTENER, SESSION, now());
    const int ran = TIMXPump(1);
    expect("a budget of 1 us ran less than all", ran >= 1 && ran < 4000, 1);
    expect("the rest", TIMXPump(0), 4000 - ran);
}

int main(void) {
    expect("mode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    TIMSetConvEventCallback(NULL, NULL);
    test_log_drops_its_oldest();
    test_session_events_always_fit();
    test_long_events_are_bounded();
    test_stale_events_are_dropped();
    test_receivers();
    test_budget();
    return 0;
}
