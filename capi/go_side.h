/* What Go calls of the C half; cgo sees this header alone. */
#ifndef BANTER_GO_SIDE_H
#define BANTER_GO_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tim_client;
struct tim_block;

/* Waits until there are requests and takes them all, oldest first, linked by tim_next. Ask
 * for the next before a block is answered: an answered block is C's again. */
struct tim_block *tim_wait(void);
struct tim_block *tim_next(const struct tim_block *b);

struct tim_client *tim_client_of(const struct tim_block *b);
int tim_function_of(const struct tim_block *b); /* a TIM_FN_ number */
uint64_t tim_handle(const struct tim_client *c); /* 0 of the default client */

/* A client's last request: it is to be closed and forgotten, and is no more when tim_asked
 * has answered. */
enum { TIM_FAREWELL = -1 };

int tim_arg_count(const struct tim_block *b);
int64_t tim_arg_number(const struct tim_block *b, int i);
const char *tim_arg_text(const struct tim_block *b, int i); /* NULL when it was left out */

/* The caller of the request waits until it has been taken: 0 when it does not. */
uint64_t tim_ticket(const struct tim_block *b);
void tim_taken(struct tim_client *c, uint64_t ticket);

/* The answers of TIMInit, TIMUninit and the farewell, whose callers wait: frees the block. */
enum { TIM_ACCEPTED = 0, TIM_REFUSED_JSON = -3, TIM_REFUSED_PARAM = -4, TIM_REFUSED_GONE = -1 /* forked, destroyed, or no room for it */ };
enum { TIM_KEEP_MODE = -1, TIM_USE_THREAD = 0, TIM_USE_PUMP = 1 };
void tim_asked(struct tim_client *c, struct tim_block *b, int32_t result, int mode);

/* Queues the answer of a call; the texts are copied, and hold no NUL. */
void tim_answer(struct tim_client *c, struct tim_block *b, int32_t code, const char *desc, size_t desc_size,
                const char *json, size_t json_size);
/* Queues a run of the call's callback that tells how far it has come, before its answer. One that
 * still waits tells this instead: a game that does not pump has one waiting for each call. */
void tim_progress(struct tim_client *c, struct tim_block *b, const char *json, size_t json_size);
/* Queues the answer that the contract has for a call that the state decides. */
void tim_answer_state(struct tim_client *c, struct tim_block *b, bool initialised);

/* An event is made, filled and pushed; NULL without memory. The texts are copied. */
struct tim_block *tim_block_event(int slot);
void tim_event_number(struct tim_block *b, int i, int64_t number);
void tim_event_text(struct tim_block *b, int i, const char *text, size_t size);
/* kind: 0 session, 1 change, 2 log. False when there was no room for it. */
bool tim_push_event(struct tim_client *c, struct tim_block *b, uint32_t epoch, int kind);
bool tim_wants(struct tim_client *c, int slot);

/* The epoch that the events of a TIMInit bear. */
uint32_t tim_epoch(const struct tim_block *b);

/* What the hot getters read. Once the epoch's TIMUninit was called, nothing is published. */
void tim_publish_user(struct tim_client *c, uint32_t epoch, const char *user, size_t size);
void tim_publish_status(struct tim_client *c, uint32_t epoch, int status);
void tim_publish_logged_out(struct tim_client *c, uint32_t epoch); /* from now on C answers 6014 itself */
void tim_publish_server_time(struct tim_client *c, int64_t server_ms);
void tim_publish_no_server_time(struct tim_client *c);

/* The file of the install's id, of which TIMUninit locks the byte at TIM_LEAVING_AT; 0: none. */
enum { TIM_LEAVING_AT = 64 };
void tim_has_install(struct tim_client *c, int file);
/* A user's files are about to be opened (1), or were closed (-1). */
void tim_keeps(struct tim_client *c, int change);

/* Go has the files with which it waits, and keeps them: TIMInit need not see to it that there is
 * room for them. */
#ifdef __linux__
void tim_poller_runs(void);
#else
static inline void tim_poller_runs(void) {}
#endif

const char *tim_sdk_version(void);

#endif
