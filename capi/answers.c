/* The answer queue: the one way to the game's callbacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "TIMCloud.h"
#include "clients.h"

static void unlink_block(struct tim_client *c, struct tim_block *b) {
    if (b->prev == NULL) c->answer_head = b->next;
    else b->prev->next = b->next;
    if (b->next == NULL) c->answer_tail = b->prev;
    else b->next->prev = b->prev;
    if (b == c->log_head) {
        c->log_head = b->next_log;
        if (c->log_head == NULL) c->log_tail = NULL;
    }
    if (b->is_event) {
        c->events--;
        c->event_bytes -= b->bytes;
    }
    atomic_fetch_sub(&c->waiting, 1);
}

static void append(struct tim_client *c, struct tim_block *b) {
    b->next = NULL;
    b->prev = c->answer_tail;
    if (b->prev == NULL) c->answer_head = b;
    else b->prev->next = b;
    c->answer_tail = b;
    if (b->client != NULL) c->answered++; /* Go had it */
    if (b->is_event) {
        c->events++;
        c->event_bytes += b->bytes;
    }
    if (b->is_event && b->kind == TIM_EVENT_LOG) {
        if (c->log_tail == NULL) c->log_head = b;
        else c->log_tail->next_log = b;
        c->log_tail = b;
    }
    const size_t waiting = atomic_fetch_add(&c->waiting, 1) + 1;
    if (c->ending && tim_in_callback(c)) c->owed = waiting;
    if (atomic_load(&c->mode) == TIM_MODE_THREAD) tim_thread_need(c);
}

void tim_push_answer(struct tim_client *c, struct tim_block *b) {
    tim_lock(&c->answer_lock);
    append(c, b);
    tim_unlock(&c->answer_lock);
}

static const char *desc_of(int32_t code) {
    switch (code) {
    case 6013:
        return "not initialized";
    case 6014:
        return "not logged in";
    case 6028:
        return "no memory for the answer";
    case 9522:
        return "the request is larger than 1 MB";
    default:
        return "";
    }
}

void tim_answer_outcome(struct tim_client *c, struct tim_block *b, const struct tim_outcome *outcome) {
    b->code = outcome->code;
    b->desc = desc_of(outcome->code);
    b->json = outcome->json;
    tim_push_answer(c, b);
}

/* A copy of n bytes that ends with a NUL; NULL without memory. */
static char *copy(const char *text, size_t n) {
    char *to = malloc(n + 1);
    if (to == NULL) return NULL;
    if (n > 0) memcpy(to, text, n);
    to[n] = 0;
    return to;
}

void tim_answer(struct tim_client *c, struct tim_block *b, int32_t code, const char *desc, size_t desc_size,
                const char *json, size_t json_size) {
    b->code = code;
    b->desc = copy(desc, desc_size);
    b->json = copy(json, json_size);
    b->owns_desc = b->owns_json = true;
    if (b->desc == NULL || b->json == NULL) { /* the answer comes all the same */
        free((void *)b->desc);
        free((void *)b->json);
        b->owns_desc = b->owns_json = false;
        b->code = 6028;
        b->desc = desc_of(6028);
        b->json = tim_functions[b->number].init.json;
    }
    tim_push_answer(c, b);
}

static const char downloading[] = "downloading"; /* as games know it */

void tim_progress(struct tim_client *c, struct tim_block *b, const char *json, size_t json_size) {
    if (b->cb == NULL) return;
    char *text = copy(json, json_size);
    struct tim_block *news = tim_block_answer(b->number, b->cb, b->user_data);
    if (text == NULL || news == NULL) { /* the answer comes all the same */
        free(text);
        free(news);
        return;
    }
    news->desc = downloading;
    news->json = text;
    news->owns_json = true;
    news->progress_of = b;
    tim_lock(&c->answer_lock);
    struct tim_block *waiting = b->progress;
    if (waiting == NULL) {
        b->progress = news;
        append(c, news);
    } else {
        news->json = waiting->json;
        waiting->json = text;
    }
    tim_unlock(&c->answer_lock);
    if (waiting != NULL) tim_block_free(news);
}

void tim_answer_state(struct tim_client *c, struct tim_block *b, bool initialised) {
    const struct tim_function *f = &tim_functions[b->number];
    tim_answer_outcome(c, b, initialised ? &f->init : &f->pre);
}

/* An event that is longer than all may be has room alone: it would never have any else. */
static bool has_room(const struct tim_client *c, const struct tim_block *b) {
    return c->events == 0 || (c->events < TIM_MAX_EVENTS && c->event_bytes + b->bytes <= TIM_MAX_EVENT_BYTES);
}

/* Makes room for one more event; false when there is none for b. */
static bool make_room(struct tim_client *c, const struct tim_block *b) {
    if (has_room(c, b)) return true;
    if (b->kind == TIM_EVENT_CHANGE) return false;
    struct tim_block *oldest = c->log_head;
    if (oldest == NULL) return b->kind == TIM_EVENT_SESSION;
    unlink_block(c, oldest);
    tim_block_free(oldest);
    c->logs_dropped++;
    return true;
}

static bool is_stale(struct tim_client *c, const struct tim_block *b) {
    return b->is_event && b->epoch != atomic_load(&c->epoch);
}

bool tim_push_event(struct tim_client *c, struct tim_block *b, uint32_t epoch, int kind) {
    b->epoch = epoch;
    b->kind = (enum tim_event_kind)kind;
    tim_lock(&c->answer_lock);
    const bool stale = is_stale(c, b); /* for which nobody is to wake up */
    const bool room = !stale && make_room(c, b);
    if (room) append(c, b);
    else if (!stale && b->kind == TIM_EVENT_LOG) c->logs_dropped++;
    tim_unlock(&c->answer_lock);
    if (!room) tim_block_free(b);
    return room || stale;
}

struct tim_block *tim_take_answer(struct tim_client *c) {
    struct tim_block *b = c->answer_head;
    if (b == NULL) return NULL;
    unlink_block(c, b);
    if (c->owed > 0) c->owed--;
    if (b->progress_of != NULL) b->progress_of->progress = NULL;
    return b;
}

static const char *text_or_empty(const char *text) { return text == NULL ? "" : text; }

/* Tells the log, in their place, how many of its lines were dropped since it was told last. */
static void tell_dropped(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    const uint64_t dropped = c->logs_dropped;
    c->logs_dropped = 0;
    tim_unlock(&c->answer_lock);
    if (dropped == 0) return;
    struct tim_block *b = tim_block_event(TIM_SLOT_LOG);
    if (b == NULL) return;
    char text[96];
    const int size = snprintf(text, sizeof text, "%llu log events were dropped: too many callbacks waited",
                              (unsigned long long)dropped);
    tim_event_number(b, 0, kTIMLog_Warn);
    tim_event_text(b, 1, text, (size_t)size);
    const uint64_t selected = tim_callback_begins(c);
    tim_run_event(c, b);
    tim_callback_ended(selected);
    tim_block_free(b);
}

bool tim_run_block(struct tim_client *c, struct tim_block *b) {
    if (b->is_event && b->kind == TIM_EVENT_LOG && !is_stale(c, b)) tell_dropped(c);
    const bool stale = is_stale(c, b); /* the game may have called TIMUninit just now */
    const uint64_t selected = tim_callback_begins(c);
    if (b->is_event) {
        if (!stale) tim_run_event(c, b);
    } else if (b->cb != NULL && tim_functions[b->number].answer == TIM_ANSWER_MEMBER_LIST) {
        tim_call_member_list(b->cb, text_or_empty(b->json), 0, false, b->user_data);
    } else if (b->cb != NULL) {
        tim_call_comm(b->cb, b->code, text_or_empty(b->desc), text_or_empty(b->json), b->user_data);
    }
    tim_callback_ended(selected);
    tim_block_free(b);
    return !stale;
}

bool tim_in_callback(struct tim_client *c) { return atomic_load(&c->runner) == tim_thread_self(); }

bool tim_enter(struct tim_client *c, uint64_t deadline_us) {
    tim_lock(&c->answer_lock);
    while (atomic_load(&c->runner) != 0) {
        if (deadline_us == 0 || !tim_wait_until(&c->free_cond, &c->answer_lock, deadline_us)) break;
    }
    /* Beside TIMUninit no pump starts: it would only take turns with it. */
    const bool entered = atomic_load(&c->runner) == 0 && (deadline_us != 0 || !c->ending);
    if (entered) atomic_store(&c->runner, tim_thread_self());
    tim_unlock(&c->answer_lock);
    return entered;
}

void tim_leave(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    atomic_store(&c->runner, 0);
    tim_wake_all(&c->free_cond);
    tim_unlock(&c->answer_lock);
}

int tim_drain(struct tim_client *c, uint64_t deadline_us, bool owed_only) {
    int ran = 0;
    while (atomic_load(&c->waiting) > 0) {
        tim_lock(&c->answer_lock);
        struct tim_block *b = owed_only && c->owed == 0 ? NULL : tim_take_answer(c);
        tim_unlock(&c->answer_lock);
        if (b == NULL) break;
        ran += tim_run_block(c, b);
        if (deadline_us != 0 && tim_now_us() >= deadline_us) break;
    }
    return ran;
}

void tim_begin_owing(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    c->ending = true;
    c->owed = atomic_load(&c->waiting);
    tim_unlock(&c->answer_lock);
}

void tim_end_owing(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    c->ending = false;
    c->owed = 0;
    tim_unlock(&c->answer_lock);
}
