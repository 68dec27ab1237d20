#include "go_side.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "version.h"

struct tim_block *tim_wait(struct tim_client *c) {
    tim_lock(&c->request_lock);
    while (c->request_head == NULL) {
        c->go_waits = true;
        tim_wait_on(&c->request_cond, &c->request_lock);
    }
    c->go_waits = false;
    struct tim_block *batch = c->request_head;
    c->request_head = c->request_tail = NULL;
    tim_unlock(&c->request_lock);
    return batch;
}

struct tim_block *tim_next(const struct tim_block *b) { return b->next; }
int tim_function_of(const struct tim_block *b) { return b->number; }
int tim_arg_count(const struct tim_block *b) { return b->arg_count; }
int64_t tim_arg_number(const struct tim_block *b, int i) { return b->args[i].number; }
const char *tim_arg_text(const struct tim_block *b, int i) { return b->args[i].text; }
uint64_t tim_ticket(const struct tim_block *b) { return b->ticket; }

static void take(struct tim_client *c, uint64_t ticket) {
    if (ticket > c->taken_ticket) c->taken_ticket = ticket;
    tim_wake_all(&c->taken_cond);
}

void tim_taken(struct tim_client *c, uint64_t ticket) {
    tim_lock(&c->request_lock);
    take(c, ticket);
    tim_unlock(&c->request_lock);
}

void tim_asked(struct tim_client *c, struct tim_block *b, int32_t result, int mode) {
    tim_lock(&c->request_lock);
    c->asked_result = result;
    c->asked_mode = mode;
    take(c, b->ticket);
    tim_unlock(&c->request_lock);
    tim_block_free(b);
}

void tim_event_number(struct tim_block *b, int i, int64_t number) { b->args[i].number = number; }

void tim_event_text(struct tim_block *b, int i, const char *text, size_t size) {
    char *to = malloc(size + 1);
    if (to == NULL) return; /* "" then */
    if (size > 0) memcpy(to, text, size);
    to[size] = 0;
    b->args[i].text = to;
}

uint32_t tim_epoch(const struct tim_client *c) { return atomic_load(&c->epoch); }

const char *tim_sdk_version(void) { return TIM_SDK_VERSION; }
