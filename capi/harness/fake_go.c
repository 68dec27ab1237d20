/*
 * A stand-in for the Go side, so that the C half can be built alone and watched by a
 * thread sanitizer: one thread that takes requests as clients.go does, for all clients,
 * answers them, and publishes states and events.
 */
#include "../go_side.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../zz_events.h"
#include "../thread.h"
#include "../zz_functions.h"

/* For a program to set: how long TIMInit takes once its first event is told. */
unsigned fake_init_us;

/* What Go keeps of a client. Only the serving thread looks at it. */
struct seen {
    struct tim_client *c;
    bool up;
    uint32_t epoch;
};

static struct seen all[256];
static size_t count;

static struct seen *find(struct tim_client *c) {
    for (size_t i = 0; i < count; i++) {
        if (all[i].c == c) return &all[i];
    }
    if (count == sizeof all / sizeof all[0]) abort();
    all[count] = (struct seen){.c = c};
    return &all[count++];
}

static void answer(struct tim_client *c, struct tim_block *b, int32_t code, const char *json) {
    tim_answer(c, b, code, "", 0, json, strlen(json));
}

static void tell_network(struct tim_client *c, uint32_t epoch, int64_t status) {
    struct tim_block *event = tim_block_event(TIM_SLOT_NETWORK_STATUS_LISTENER);
    tim_event_number(event, 0, status);
    tim_event_number(event, 1, 0);
    tim_event_text(event, 2, "told", 4);
    tim_push_event(c, event, epoch, 0);
}

static void tell_log(struct tim_client *c, uint32_t epoch) {
    struct tim_block *event = tim_block_event(TIM_SLOT_LOG);
    tim_event_number(event, 0, 4);
    tim_event_text(event, 1, "line", 4);
    tim_push_event(c, event, epoch, 2);
}

static void log_in(struct tim_client *c, struct tim_block *b) {
    const char *user = tim_arg_text(b, 0);
    tim_publish_user(c, tim_epoch(b), user, strlen(user));
    tim_publish_status(c, tim_epoch(b), 1);
    tim_publish_server_time(c, 1700000000000);
    const uint64_t ticket = tim_ticket(b);
    answer(c, b, 0, "");
    tim_taken(c, ticket);
}

static void log_out(struct tim_client *c, struct tim_block *b) {
    tim_publish_user(c, tim_epoch(b), "", 0);
    tim_publish_status(c, tim_epoch(b), 3);
    tim_publish_logged_out(c, tim_epoch(b));
    const uint64_t ticket = tim_ticket(b);
    answer(c, b, 0, "");
    tim_taken(c, ticket);
}

/* TIMInit, TIMUninit and the farewell; false for any other. */
static bool serve_life(struct seen *s, struct tim_block *b) {
    struct tim_client *c = s->c;
    switch (tim_function_of(b)) {
    case TIM_FN_INIT:
        s->up = true;
        s->epoch = tim_epoch(b);
        tell_network(c, s->epoch, 0);
        if (fake_init_us > 0) usleep(fake_init_us);
        tim_asked(c, b, 0, (int)(tim_arg_number(b, 0) % 2)); /* the app id chooses the mode, where it is for Go to choose */
        return true;
    case TIM_FN_UNINIT:
        s->up = false;
        tell_network(c, s->epoch, 1); /* stale by now */
        tim_asked(c, b, 0, TIM_KEEP_MODE);
        return true;
    case TIM_FAREWELL:
        *s = all[--count];
        tim_asked(c, b, 0, TIM_KEEP_MODE);
        return true;
    }
    return false;
}

static void serve_one(struct tim_block *b) {
    struct seen *s = find(tim_client_of(b));
    if (serve_life(s, b)) return;
    struct tim_client *c = s->c;
    const int fn = tim_function_of(b);
    if (s->up && fn == TIM_FN_LOGIN) {
        log_in(c, b);
        return;
    }
    if (s->up && fn == TIM_FN_LOGOUT) {
        log_out(c, b);
        return;
    }
    if (fn != TIM_FN_LOGIN && fn != TIM_FN_LOGOUT) tell_log(c, s->epoch);
    const uint64_t ticket = tim_ticket(b);
    for (int i = 0; s->up && fn == TIM_FN_MSG_DOWNLOAD_ELEM_TO_PATH && i < 3; i++) tim_progress(c, b, "{\"n\":1}", 7);
    if (s->up || fn == TIM_FN_SET_CONFIG) answer(c, b, 0, "{}");
    else tim_answer_state(c, b, false);
    if (ticket != 0) tim_taken(c, ticket);
}

#ifdef __linux__
bool tim_start_go(void) { return true; } /* as soon as the program runs */
bool tim_has_room(void) { return true; }
void tim_give_back(void) {}
#endif

static void *serve(void *arg) {
    (void)arg;
    for (;;) {
        for (struct tim_block *b = tim_wait(); b != NULL;) {
            struct tim_block *next = tim_next(b);
            serve_one(b);
            b = next;
        }
    }
    return NULL;
}

__attribute__((constructor)) static void start(void) {
    pthread_t t;
    pthread_create(&t, NULL, serve, NULL);
    pthread_detach(t);
}
