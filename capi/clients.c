/*
 * Several clients in one process. Each has a place in a table that is never freed, and a
 * handle: the place's number and how often it has been taken. A place counts who uses its
 * client, in the same word in which it says whose it is, so that a thread that still has a
 * destroyed client selected finds that out without touching it.
 *
 * Whoever creates a client holds it once; TIMXClientDestroy gives that up. Each call holds
 * the client that it works on. Who lets go last frees it. The default client is not counted.
 */
#include "clients.h"

#include <stdlib.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

/* The word of a place: how many hold its client, whether it was destroyed, and which one
 * it is. */
#define HOLDERS ((UINT64_C(1) << 23) - 1)
#define DESTROYED (UINT64_C(1) << 23)
#define GENERATION_SHIFT 24

static struct place {
    _Alignas(64) atomic_uint_fast64_t word; /* a line of its own: clients do not slow each other down */
    struct tim_client *client;
    uint64_t generation; /* of the client that has it, or had it last; with lock held */
    struct place *next_free;
} places[TIM_MAX_CLIENTS];

static tim_mutex lock = TIM_MUTEX_INIT; /* guards which places are free */
static tim_cond let_go;                 /* with lock: a destroyed client has fewer holders */
static struct place *free_places;
static size_t taken_places; /* those that have ever been taken */

struct tim_client tim_default = TIM_CLIENT_INIT;
atomic_uint tim_unusual;

void tim_clients_setup(void) {
    tim_cond_setup(&let_go);
    tim_client_conds(&tim_default);
}

/* TIMGetLoginStatus and TIMGetLoginUserID see it in what they read anyway. */
static void mark_unusual(unsigned how) {
    atomic_fetch_or(&tim_unusual, how);
    atomic_fetch_or(&tim_default.published.login_status, TIM_LOOK_CLOSER);
    atomic_store(&tim_default.published.user_word, TIM_NO_USER_WORD);
}

void tim_mark_forked(void) { mark_unusual(TIM_FORKED); }

static struct place *place_of(uint64_t handle) { return &places[handle % TIM_MAX_CLIENTS]; }

/* Whether the place with that word has the client of that handle, not destroyed. */
static bool has(uint64_t word, uint64_t handle) {
    return word >> GENERATION_SHIFT == handle / TIM_MAX_CLIENTS && (word & HOLDERS) != 0 && (word & DESTROYED) == 0;
}

struct tim_client *tim_hold_selected(void) {
    const uint64_t handle = tim_thread_selected();
    if (handle == 0) return &tim_default;
    struct place *p = place_of(handle);
    uint64_t word = atomic_load(&p->word);
    do {
        if (!has(word, handle)) return NULL;
    } while (!atomic_compare_exchange_weak(&p->word, &word, word + 1));
    return p->client;
}

static void give_back(struct place *p) {
    tim_lock(&lock);
    p->client = NULL;
    p->next_free = free_places;
    free_places = p;
    tim_unlock(&lock);
}

void tim_client_end(struct tim_client *c) {
    struct place *p = place_of(c->handle);
    atomic_fetch_add(&c->epoch, 1); /* its events are no news any more */
    tim_forget(c);
    if (tim_enter(c, 0)) tim_drain(c, 0, false);
    tim_client_free(c);
    give_back(p);
}

void tim_release(struct tim_client *c) {
    struct place *p = place_of(c->handle);
    const uint64_t word = atomic_fetch_sub(&p->word, 1) - 1;
    if (tim_forked() || (word & DESTROYED) == 0) return;
    if ((word & HOLDERS) == 0) {
        if (!tim_thread_inherits(c)) tim_client_end(c);
        return;
    }
    tim_lock(&lock);
    tim_wake_all(&let_go);
    tim_unlock(&lock);
}

/* A free place, of a new generation; NULL when there is none. */
static struct place *take_place(void) {
    struct place *p = NULL;
    tim_lock(&lock);
    if (free_places != NULL) {
        p = free_places;
        free_places = p->next_free;
    } else if (taken_places < TIM_MAX_CLIENTS) {
        p = &places[taken_places++];
    }
    if (p != NULL) p->generation++;
    tim_unlock(&lock);
    return p;
}

TIM_API uint64_t TIMXClientCreate(void) {
    if (tim_forked() || !tim_thread_can_select()) return 0;
    struct tim_client *c = tim_client_new();
    if (c == NULL) return 0;
    struct place *p = take_place();
    if (p == NULL) {
        tim_client_free(c);
        return 0;
    }
    const uint64_t handle = p->generation * TIM_MAX_CLIENTS + (uint64_t)(p - places);
    c->handle = handle;
    p->client = c;
    atomic_store(&p->word, p->generation << GENERATION_SHIFT | 1);
    mark_unusual(TIM_SEVERAL);
    return handle;
}

TIM_API int TIMXClientSelect(uint64_t client) {
    if (tim_forked()) return TIM_ERR_SDKUNINIT;
    if (client == TIMX_CLIENT_NONE) {
        if (!tim_thread_can_select()) return TIM_ERR_PARAM;
        mark_unusual(TIM_SEVERAL);
    } else if (client != 0 && !has(atomic_load_explicit(&place_of(client)->word, memory_order_acquire), client)) {
        return TIM_ERR_PARAM;
    }
    if (atomic_load_explicit(&tim_unusual, memory_order_relaxed) != 0) tim_thread_select(client);
    return TIM_SUCC;
}

TIM_API uint64_t TIMXClientSelected(void) {
    return atomic_load_explicit(&tim_unusual, memory_order_relaxed) == 0 ? 0 : tim_thread_selected();
}

/* Takes over what its creator held; NULL when the handle names no client that can be
 * destroyed. From here on calls are refused. */
static struct tim_client *mark_destroyed(uint64_t handle) {
    struct place *p = place_of(handle);
    uint64_t word = atomic_load(&p->word);
    do {
        if (!has(word, handle)) return NULL;
    } while (!atomic_compare_exchange_weak(&p->word, &word, word | DESTROYED));
    return p->client;
}

/* Waits until the calls that hold a destroyed client have returned. */
static void wait_for_calls(struct tim_client *c, uint64_t deadline_us) {
    struct place *p = place_of(c->handle);
    tim_lock(&lock);
    while ((atomic_load(&p->word) & HOLDERS) > 1 && tim_wait_until(&let_go, &lock, deadline_us)) {}
    tim_unlock(&lock);
}

TIM_API int TIMXClientDestroy(uint64_t client) {
    if (tim_forked()) return TIM_ERR_SDKUNINIT;
    struct tim_client *c = mark_destroyed(client);
    if (c == NULL) return TIM_ERR_PARAM;
    const uint64_t deadline_us = tim_now_us() + TIM_END_US;
    tim_stop(c, deadline_us);
    if (!tim_in_callback(c)) wait_for_calls(c, deadline_us); /* else one of them is beneath this */
    tim_finish(c, deadline_us); /* what calls have left behind that ran meanwhile */
    tim_release(c);
    return TIM_SUCC;
}
