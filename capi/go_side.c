#include "go_side.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "version.h"

struct tim_block *tim_next(const struct tim_block *b) { return b->next; }
struct tim_client *tim_client_of(const struct tim_block *b) { return b->client; }
int tim_function_of(const struct tim_block *b) { return b->number; }
int tim_arg_count(const struct tim_block *b) { return b->arg_count; }
int64_t tim_arg_number(const struct tim_block *b, int i) { return b->args[i].number; }
const char *tim_arg_text(const struct tim_block *b, int i) { return b->args[i].text; }
uint64_t tim_ticket(const struct tim_block *b) { return b->ticket; }

void tim_event_number(struct tim_block *b, int i, int64_t number) { b->args[i].number = number; }

void tim_event_text(struct tim_block *b, int i, const char *text, size_t size) {
    char *to = malloc(size + 1);
    if (to == NULL) return; /* "" then */
    if (size > 0) memcpy(to, text, size);
    to[size] = 0;
    b->args[i].text = to;
    b->bytes += (uint32_t)size;
}

uint64_t tim_handle(const struct tim_client *c) { return c->handle; }

uint32_t tim_epoch(const struct tim_block *b) { return b->epoch; }

const char *tim_sdk_version(void) { return TIM_SDK_VERSION; }
