/* The callback table: set by the game from any thread, read when an event is run. */
#include <stdlib.h>
#include <string.h>

#include "clients.h"

void tim_set_callback(int slot, tim_callback cb, const void *user_data) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return;
    tim_lock(&c->table_lock);
    c->table[slot].one.cb = cb;
    c->table[slot].one.user_data = user_data;
    tim_unlock(&c->table_lock);
    tim_let_go(c);
}

/* The place of cb in l, or its count. */
static size_t find(const struct tim_listeners *l, tim_callback cb) {
    size_t i = 0;
    while (i < l->more_count && l->more[i].cb != cb) i++;
    return i;
}

static void add(struct tim_listeners *l, tim_callback cb, const void *user_data) {
    const size_t i = find(l, cb);
    if (i == l->more_count) {
        struct tim_listener *more = realloc(l->more, (l->more_count + 1) * sizeof *more);
        if (more == NULL) return;
        l->more = more;
        l->more_count++;
    }
    l->more[i].cb = cb;
    l->more[i].user_data = user_data;
}

void tim_add_callback(int slot, tim_callback cb, const void *user_data) {
    struct tim_client *c = cb == NULL ? NULL : tim_hold_for_call();
    if (c == NULL) return;
    tim_lock(&c->table_lock);
    add(&c->table[slot], cb, user_data);
    tim_unlock(&c->table_lock);
    tim_let_go(c);
}

void tim_remove_callback(int slot, tim_callback cb) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return;
    tim_lock(&c->table_lock);
    struct tim_listeners *l = &c->table[slot];
    const size_t i = find(l, cb);
    if (i < l->more_count) {
        l->more_count--;
        memmove(&l->more[i], &l->more[i + 1], (l->more_count - i) * sizeof l->more[0]);
    }
    tim_unlock(&c->table_lock);
    tim_let_go(c);
}

/* The listener at place i of a slot, the single one first; false past the last. */
static bool listener_at(struct tim_client *c, int slot, size_t i, struct tim_listener *found) {
    tim_lock(&c->table_lock);
    const struct tim_listeners *l = &c->table[slot];
    const bool there = i <= l->more_count;
    if (there) *found = i == 0 ? l->one : l->more[i - 1];
    tim_unlock(&c->table_lock);
    return there;
}

bool tim_wants(struct tim_client *c, int slot) {
    tim_lock(&c->table_lock);
    const bool wants = c->table[slot].one.cb != NULL || c->table[slot].more_count > 0;
    tim_unlock(&c->table_lock);
    return wants;
}

void tim_run_event(struct tim_client *c, const struct tim_block *b) {
    const struct tim_slot *slot = &tim_slots[b->number];
    struct tim_value args[TIM_MAX_PARAMS];
    for (uint8_t i = 0; i < b->arg_count; i++) {
        args[i] = b->args[i];
        if (args[i].text == NULL) args[i].text = "";
    }
    struct tim_listener l;
    for (size_t i = 0; listener_at(c, b->number, i, &l); i++) {
        if (l.cb != NULL) slot->call(l.cb, args, l.user_data);
    }
}
