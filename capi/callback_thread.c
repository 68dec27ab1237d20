/* The library's callback thread, a plain C thread. From TIMInit to TIMUninit there is one
 * that stays; outside of that one is made when an answer waits, and ends after a second
 * without work. In pump mode there is none. */
#include "client.h"

/* Whether a thread that is told to quit may do so: what is owed has been run, or there was
 * no time for it; and what else waits is left to the next thread if somebody waits for
 * this one's end. */
static bool may_end(struct tim_client *c) {
    if (c->owed > 0 && tim_now_us() < c->quit_deadline) return false;
    return c->quit_awaited || c->answer_head == NULL;
}

/* Waits for work, with answer_lock held; false when the thread is to end. */
static bool wait_for_work(struct tim_client *c) {
    const uint64_t idle_until = tim_now_us() + TIM_IDLE_US;
    for (;;) {
        if (atomic_load(&c->mode) != TIM_MODE_THREAD) return false;
        if (c->quit && may_end(c)) return false;
        if (c->inherited && c->answer_head == NULL) return false;
        const bool work = c->answer_head != NULL && !c->undecided;
        if (work && atomic_load(&c->runner) == 0) return true;
        c->thread_waits = true;
        bool in_time = true;
        if (work) tim_wait_on(&c->free_cond, &c->answer_lock); /* another runs a callback */
        else if (c->stay || c->quit) tim_wait_on(&c->answer_cond, &c->answer_lock);
        else in_time = tim_wait_until(&c->answer_cond, &c->answer_lock, idle_until);
        c->thread_waits = false;
        if (!in_time && !c->stay && (c->answer_head == NULL || c->undecided)) return false;
    }
}

static void run_callbacks(void *arg) {
    struct tim_client *c = arg;
    tim_lock(&c->answer_lock);
    while (wait_for_work(c)) {
        struct tim_block *b = tim_take_answer(c);
        atomic_store(&c->runner, tim_thread_self());
        tim_unlock(&c->answer_lock);
        tim_run_block(c, b);
        tim_lock(&c->answer_lock);
        atomic_store(&c->runner, 0);
        tim_wake_all(&c->free_cond);
    }
    const bool inherited = c->inherited;
    c->thread_state = TIM_THREAD_ENDED;
    if (inherited) { /* nobody is there to join it */
        tim_thread_detach(c->thread);
        c->thread_state = TIM_THREAD_NONE;
        c->over = true;
    }
    tim_wake_all(&c->free_cond);
    tim_unlock(&c->answer_lock);
    if (inherited) tim_client_end(c);
}

bool tim_thread_inherits(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    const bool runs = c->thread_state == TIM_THREAD_RUNS;
    if (runs) {
        c->inherited = true;
        tim_wake_all(&c->answer_cond);
    } else {
        tim_thread_collect(c);
        c->over = true;
    }
    tim_unlock(&c->answer_lock);
    return runs;
}

void tim_thread_collect(struct tim_client *c) {
    if (c->thread_state != TIM_THREAD_ENDED) return;
    tim_thread_join(c->thread); /* at once: its last act was to say so, under the lock */
    c->thread_state = TIM_THREAD_NONE;
}

void tim_thread_need(struct tim_client *c) {
    if (c->thread_state == TIM_THREAD_RUNS) {
        if (c->thread_waits) tim_wake_one(&c->answer_cond);
        return;
    }
    if (c->over || c->undecided) return;
    tim_thread_collect(c);
    c->quit = false;
    /* Without a thread now, the next answer tries again. */
    if (!tim_thread_start(&c->thread, run_callbacks, c)) return;
    c->thread_state = TIM_THREAD_RUNS;
    c->thread_number++;
}

void tim_thread_hold(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    c->undecided = true;
    tim_unlock(&c->answer_lock);
}

void tim_thread_resume(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    c->undecided = false;
    if (c->answer_head != NULL && atomic_load(&c->mode) == TIM_MODE_THREAD) tim_thread_need(c);
    tim_unlock(&c->answer_lock);
}

void tim_thread_stay(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    c->stay = true;
    c->quit = false;
    tim_thread_need(c);
    tim_unlock(&c->answer_lock);
}

void tim_thread_end(struct tim_client *c, uint64_t deadline_us) {
    tim_lock(&c->answer_lock);
    const bool inside = tim_in_callback(c);
    c->stay = false;
    if (c->thread_state == TIM_THREAD_RUNS) {
        c->quit = true;
        c->quit_awaited = !inside;
        c->quit_deadline = deadline_us;
        tim_wake_all(&c->answer_cond);
    }
    const unsigned number = c->thread_number; /* once it has ended, an answer may start the next */
    while (!inside && c->thread_state == TIM_THREAD_RUNS && c->thread_number == number) {
        if (!tim_wait_until(&c->free_cond, &c->answer_lock, deadline_us)) break;
    }
    if (!inside && c->thread_number == number) c->quit = false; /* stuck in a callback: it goes on after it */
    if (!inside) tim_thread_collect(c);
    /* What the deadline cut off is answered all the same. */
    if (!inside && c->answer_head != NULL && atomic_load(&c->mode) == TIM_MODE_THREAD) tim_thread_need(c);
    tim_unlock(&c->answer_lock);
}
