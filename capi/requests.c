/* The request queue: the one way to Go. It is one for all clients, so that one thread of
 * Go's waits for them, however many there are. */
#include <stdlib.h>

#include "client.h"

static struct {
    tim_mutex lock; /* guards the queue, and the tickets and results of all clients */
    tim_cond cond;
    struct tim_block *head, *tail;
    bool go_waits;
    bool started; /* a TIMInit or a TIMLogin has come since tim_give_back */
} requests = {.lock = TIM_MUTEX_INIT};

void tim_requests_setup(void) { tim_cond_setup(&requests.cond); }

uint64_t tim_push_request(struct tim_client *c, struct tim_block *b, bool waits) {
    tim_lock(&requests.lock);
    const uint64_t ticket = waits ? ++c->last_ticket : 0;
    c->asked_go = true;
    c->given++;
    b->client = c;
    b->epoch = atomic_load(&c->epoch);
    b->ticket = ticket;
    b->next = NULL;
    if (b->number == TIM_FN_INIT || b->number == TIM_FN_LOGIN) requests.started = true;
    if (requests.tail == NULL) requests.head = b;
    else requests.tail->next = b;
    requests.tail = b;
    if (requests.go_waits) {
        requests.go_waits = false;
        tim_wake_one(&requests.cond);
    }
    tim_unlock(&requests.lock);
    return ticket;
}

/* Waits with the lock held until there are requests. A start is over when it has been quiet for a
 * while, and what only it needed is given back. */
static void wait_for_requests(void) {
    while (requests.head == NULL) {
        requests.go_waits = true;
        if (!requests.started) {
            tim_wait_on(&requests.cond, &requests.lock);
        } else if (!tim_wait_until(&requests.cond, &requests.lock, tim_now_us() + TIM_START_US)) {
            requests.started = false;
            tim_unlock(&requests.lock);
            tim_give_back();
            tim_lock(&requests.lock);
        }
    }
}

struct tim_block *tim_wait(void) {
    tim_lock(&requests.lock);
    wait_for_requests();
    requests.go_waits = false;
    struct tim_block *batch = requests.head;
    requests.head = requests.tail = NULL;
    tim_unlock(&requests.lock);
    return batch;
}

bool tim_wait_taken(struct tim_client *c, uint64_t ticket, uint64_t deadline_us) {
    bool in_time = true;
    tim_lock(&requests.lock);
    while (c->taken_ticket < ticket && in_time) {
        if (deadline_us == 0) tim_wait_on(&c->taken_cond, &requests.lock);
        else in_time = tim_wait_until(&c->taken_cond, &requests.lock, deadline_us);
    }
    const bool taken = c->taken_ticket >= ticket;
    tim_unlock(&requests.lock);
    return taken;
}

static void take(struct tim_client *c, uint64_t ticket) {
    if (ticket > c->taken_ticket) c->taken_ticket = ticket;
    tim_wake_all(&c->taken_cond);
}

void tim_taken(struct tim_client *c, uint64_t ticket) {
    tim_lock(&requests.lock);
    take(c, ticket);
    tim_unlock(&requests.lock);
}

void tim_asked(struct tim_client *c, struct tim_block *b, int32_t result, int mode) {
    const uint64_t ticket = b->ticket;
    tim_block_free(b); /* before c is let go on: it may be freed then */
    tim_lock(&requests.lock);
    c->given_back++;
    c->asked_result = result;
    c->asked_mode = mode;
    take(c, ticket);
    tim_unlock(&requests.lock);
}

int tim_asked_result(struct tim_client *c, int *mode) {
    tim_lock(&requests.lock);
    const int result = c->asked_result;
    *mode = c->asked_mode;
    tim_unlock(&requests.lock);
    return result;
}

bool tim_owes_nothing(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    const uint64_t answered = c->answered;
    const bool keeps = c->users > 0;
    tim_unlock(&c->answer_lock);
    tim_lock(&requests.lock);
    const bool all = c->given == c->given_back + answered;
    tim_unlock(&requests.lock);
    return all && !keeps;
}

bool tim_has_asked_go(struct tim_client *c) {
    tim_lock(&requests.lock);
    const bool asked = c->asked_go;
    tim_unlock(&requests.lock);
    return asked;
}

void tim_forget(struct tim_client *c) {
    if (!tim_has_asked_go(c)) return; /* and Go may not even run */
    struct tim_block *b = c->farewell;
    c->farewell = NULL; /* Go frees it */
    tim_wait_taken(c, tim_push_request(c, b, true), 0);
}
