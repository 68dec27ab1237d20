/* The memory of a client. */
#include "client.h"

#include <stdlib.h>

void tim_client_conds(struct tim_client *c) {
    tim_cond *const conds[] = {&c->taken_cond, &c->answer_cond, &c->free_cond, &c->life_cond};
    for (size_t i = 0; i < tim_count(conds); i++) tim_cond_setup(conds[i]);
}

struct tim_client *tim_client_new(void) {
    struct tim_client *c = malloc(sizeof *c);
    struct tim_block *farewell = tim_block_answer(TIM_FAREWELL, NULL, NULL);
    if (c == NULL || farewell == NULL) {
        free(c);
        free(farewell);
        return NULL;
    }
    *c = (struct tim_client)TIM_CLIENT_INIT;
    tim_mutex *const locks[] = {&c->answer_lock, &c->table_lock, &c->life_lock};
    for (size_t i = 0; i < tim_count(locks); i++) tim_mutex_setup(locks[i]);
    tim_client_conds(c);
    c->farewell = farewell;
    return c;
}

void tim_client_free(struct tim_client *c) {
    tim_cond *const conds[] = {&c->taken_cond, &c->answer_cond, &c->free_cond, &c->life_cond};
    for (size_t i = 0; i < tim_count(conds); i++) tim_cond_end(conds[i]);
    tim_mutex *const locks[] = {&c->answer_lock, &c->table_lock, &c->life_lock};
    for (size_t i = 0; i < tim_count(locks); i++) tim_mutex_end(locks[i]);
    for (size_t i = 0; i < TIM_SLOT_COUNT; i++) free(c->table[i].more);
    free(c->farewell); /* of one that was never used */
    free(c);
}
