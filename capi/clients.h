/* Which client a call works on, and how long that one lives. */
#ifndef BANTER_CLIENTS_H
#define BANTER_CLIENTS_H

#include "client.h"

#define TIM_MAX_CLIENTS 4096 /* at the same time */

/* Of data that no other library sees: it is read without a look at a table of addresses. */
#ifdef _WIN32
#define TIM_OWN
#else
#define TIM_OWN __attribute__((visibility("hidden")))
#endif

/* The client of a program that has never heard of several. */
extern TIM_OWN struct tim_client tim_default;

/* 0 as long as there is one client only and no fork, which is all that the calls of most
 * games ever look at. */
enum { TIM_SEVERAL = 1, TIM_FORKED = 2 };
extern TIM_OWN atomic_uint tim_unusual;

static inline unsigned tim_unusual_now(void) { return atomic_load_explicit(&tim_unusual, memory_order_relaxed); }

static inline bool tim_forked(void) { return (tim_unusual_now() & TIM_FORKED) != 0; }

/* The calling thread's selected client; NULL when that was destroyed. */
struct tim_client *tim_hold_selected(void);

/* The client that a call works on. It lives until tim_let_go; NULL when it was destroyed, and in a
 * forked child. Getters work there, too: they ask tim_hold_selected. */
static inline struct tim_client *tim_hold_for_call(void) {
    const unsigned unusual = tim_unusual_now();
    if (unusual == 0) return &tim_default;
    return (unusual & TIM_FORKED) != 0 ? NULL : tim_hold_selected();
}

void tim_release(struct tim_client *c);

static inline void tim_let_go(struct tim_client *c) {
    if (c != &tim_default) tim_release(c);
}

/* A callback finds its own client selected, and what it selects is undone after it:
 * tim_callback_begins returns what tim_callback_ended gives back to the thread. */
static inline uint64_t tim_callback_begins(const struct tim_client *c) {
    if (tim_unusual_now() == 0) return 0;
    const uint64_t before = tim_thread_selected();
    tim_thread_select(c->handle);
    return before;
}

static inline void tim_callback_ended(uint64_t before) {
    if (tim_unusual_now() != 0) tim_thread_select(before);
}

#endif
