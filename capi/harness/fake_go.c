/*
 * A stand-in for the Go side, so that the C half can be built alone and watched by a
 * thread sanitizer: one thread that takes requests as boundary.go does, answers each from
 * a thread of its own choice, and publishes states and events.
 */
#include "../go_side.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../zz_events.h"
#include "../zz_functions.h"

static bool up;

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
    tim_publish_user(c, user, strlen(user));
    tim_publish_status(c, 1);
    tim_publish_server_time(c, 1700000000000);
    const uint64_t ticket = tim_ticket(b);
    answer(c, b, 0, "");
    tim_taken(c, ticket);
}

static void log_out(struct tim_client *c, struct tim_block *b) {
    tim_publish_user(c, "", 0);
    tim_publish_status(c, 3);
    tim_publish_logged_out(c);
    const uint64_t ticket = tim_ticket(b);
    answer(c, b, 0, "");
    tim_taken(c, ticket);
}

static void serve_one(struct tim_client *c, struct tim_block *b) {
    static uint32_t epoch;
    switch (tim_function_of(b)) {
    case TIM_FN_INIT:
        up = true;
        epoch = tim_epoch(c);
        tell_network(c, epoch, 0);
        tim_asked(c, b, 0, (int)(tim_arg_number(b, 0) % 2)); /* the app id chooses the mode */
        return;
    case TIM_FN_UNINIT:
        up = false;
        tim_asked(c, b, 0, TIM_KEEP_MODE);
        tell_network(c, epoch, 1); /* stale by now */
        return;
    case TIM_FN_LOGIN:
    case TIM_FN_LOGOUT:
        if (up) {
            if (tim_function_of(b) == TIM_FN_LOGIN) log_in(c, b);
            else log_out(c, b);
            return;
        }
        break;
    default:
        tell_log(c, epoch);
        break;
    }
    const uint64_t ticket = tim_ticket(b);
    if (up || tim_function_of(b) == TIM_FN_SET_CONFIG) answer(c, b, 0, "{}");
    else tim_answer_state(c, b, false);
    if (ticket != 0) tim_taken(c, ticket);
}

static void *serve(void *arg) {
    struct tim_client *c = arg;
    for (;;) {
        for (struct tim_block *b = tim_wait(c); b != NULL;) {
            struct tim_block *next = tim_next(b);
            serve_one(c, b);
            b = next;
        }
    }
    return NULL;
}

__attribute__((constructor)) static void start(void) {
    pthread_t t;
    pthread_create(&t, NULL, serve, tim_current());
    pthread_detach(t);
}
