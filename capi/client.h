/* All C state of a client, and what the files of the boundary share. */
#ifndef BANTER_CLIENT_H
#define BANTER_CLIENT_H

#include <stdatomic.h>

#include "go_side.h"
#include "submit.h"
#include "thread.h"
#include "zz_events.h"
#include "zz_functions.h"

#define TIM_MAX_REQUEST (1u << 20)  /* bytes of a call's texts; more is 9522 in the callback */
#define TIM_MAX_EVENTS 4096u        /* events that wait; answers have no limit */
#define TIM_MAX_EVENT_BYTES (32u << 20) /* and of their texts: a game may pause for long */
#define TIM_END_US 2000000u         /* how long TIMUninit may take */
#define TIM_IDLE_US 1000000u        /* a callback thread outside Init..Uninit ends after so much idleness */
#define TIM_START_US 300000u        /* a start is over when no call has come for so long */

enum tim_event_kind {
    TIM_EVENT_SESSION, /* always has room */
    TIM_EVENT_CHANGE,  /* refused when full: the client tells it later, or syncs */
    TIM_EVENT_LOG,     /* when full, the oldest of these goes */
};

/* One call or one event. A call's block is made when the call is accepted, goes to Go as
 * the request, comes back as the answer, and is freed after its callback. */
struct tim_block {
    struct tim_block *next, *prev; /* of the queue that holds it */
    struct tim_client *client;     /* of a request */
    struct tim_block *next_log;    /* of the waiting log events */
    tim_callback cb;               /* of a call */
    const void *user_data;
    const char *desc, *json; /* the answer's */
    struct tim_block *progress; /* of a call: what waits to tell how far it has come, or NULL */
    struct tim_block *progress_of; /* of that: its call, whose answer comes later */
    uint64_t ticket;         /* of a call that waits until Go has taken it, else 0 */
    int32_t number;          /* TIM_FN_ of a call, TIM_SLOT_ of an event */
    int32_t code;            /* the answer's */
    uint32_t epoch;          /* of an event: the TIMInit it belongs to; of a call: that of its time */
    uint32_t bytes;          /* of an event: of its texts */
    uint8_t arg_count;
    bool is_event, owns_desc, owns_json;
    enum tim_event_kind kind;
    struct tim_value args[]; /* arg_count; texts lie behind them, or are the event's own */
};

struct tim_listener {
    tim_callback cb;
    const void *user_data;
};

/* A slot of the callback table: one listener, or several for TIMAddRecvNewMsgCallback. */
struct tim_listeners {
    struct tim_listener one;
    struct tim_listener *more;
    size_t more_count;
};

enum tim_life { TIM_DOWN, TIM_STARTING, TIM_UP, TIM_STOPPING };
enum tim_mode { TIM_MODE_THREAD = TIM_USE_THREAD, TIM_MODE_PUMP = TIM_USE_PUMP };
enum tim_runner { TIM_THREAD_NONE, TIM_THREAD_RUNS, TIM_THREAD_ENDED /* and wants a join */ };

#define TIM_USER_WORDS 8 /* 64 bytes: an id of 32, and its NUL */
#define TIM_USER_SLOTS 8

/* What the hot getters read anyway says so, of the default client, once tim_unusual is not 0 (for good). */
#define TIM_LOOK_CLOSER (1u << 30)
#define TIM_NO_USER_WORD UINT64_MAX /* no text of UTF-8 has such bytes */

/* What the hot getters read; Go writes it. */
struct tim_published {
    atomic_uint login_status; /* and TIM_LOOK_CLOSER */
    atomic_uint_fast64_t user_word; /* the user id's first bytes, and 0 behind it; or TIM_NO_USER_WORD */
    atomic_uint user_changes; /* of the user id; that of now is in the slot with this number */
    atomic_uint_fast64_t users[TIM_USER_SLOTS][TIM_USER_WORDS];
    atomic_int_fast64_t server_minus_boot_ms;
    atomic_bool server_time_known;
    atomic_uint server_time_changes;
    /* What getters remember between themselves: of which second of the wall clock, and of which
     * change, and how far the server's clock is ahead of it then. */
    atomic_uint_fast64_t wall_known; /* 0: nothing */
    atomic_int_fast64_t server_minus_wall_ms;
    atomic_bool wall_busy; /* somebody finds it out */
    atomic_bool logged_out; /* nobody is logged in, and all events that tell of it are queued */
};

struct tim_client {
    struct tim_published published;
    atomic_bool initialised;
    atomic_uint epoch;
    uint64_t handle; /* 0 of the default client */

    /* Guarded by the lock of the request queue, which is one for all clients. */
    tim_cond taken_cond;
    uint64_t last_ticket, taken_ticket;
    int32_t asked_result;
    int asked_mode;
    bool asked_go; /* whether Go has ever had a request of it */
    uint64_t given, given_back; /* requests that Go has had, and those with a caller that it answered */
    struct tim_block *farewell; /* the last request, for which there is always memory */

    tim_mutex answer_lock; /* guards the answer queue, the callback thread and who runs callbacks */
    tim_cond answer_cond, free_cond;
    struct tim_block *answer_head, *answer_tail, *log_head, *log_tail;
    atomic_size_t waiting; /* blocks in the answer queue: the idle pump reads it alone */
    size_t events, event_bytes;
    bool ending;  /* TIMUninit runs what is left */
    size_t owed;  /* blocks at the queue's head that it runs before it returns */
    uint64_t answered; /* the other requests that Go has answered */
    int users;         /* whose files Go has open */
    int install;       /* the file of the install's id, or 0 */
    uint64_t logs_dropped; /* since the log was told last */
    atomic_int mode; /* enum tim_mode; changed with answer_lock held */
    atomic_uintptr_t runner; /* the thread that is in a callback or a pump, or 0 */
    bool thread_waits, stay, quit, quit_awaited;
    bool undecided; /* TIMInit has not said yet who runs callbacks: nobody does meanwhile */
    bool inherited; /* the callback thread ends the client when it ends itself */
    bool over;      /* no callback thread starts any more */
    uint64_t quit_deadline;
    enum tim_runner thread_state;
    tim_thread thread;
    unsigned thread_number; /* how many there have been */

    tim_mutex table_lock; /* guards the callback table */
    struct tim_listeners table[TIM_SLOT_COUNT];

    tim_mutex life_lock; /* guards life */
    tim_cond life_cond;
    enum tim_life life;
};

/* What a client is before its first call; its condition variables are tim_client_conds'. */
#define TIM_CLIENT_INIT                                                              \
    {.published.login_status = 3, .published.logged_out = true, /* nobody is in */   \
     .answer_lock = TIM_MUTEX_INIT, .table_lock = TIM_MUTEX_INIT, .life_lock = TIM_MUTEX_INIT}

/* client.c */
void tim_client_conds(struct tim_client *c);
struct tim_client *tim_client_new(void); /* NULL without memory */
void tim_client_free(struct tim_client *c);

/* clients.c */
void tim_clients_setup(void);
void tim_mark_forked(void);
/* Ends a destroyed client that nobody holds: Go forgets it, what still waits is run here, and
 * its memory is freed. */
void tim_client_end(struct tim_client *c);

/* One call with good arguments. extra (may be NULL) goes to Go as one argument more. */
struct tim_call {
    int fn;
    const struct tim_value *args;
    const char *extra;
    tim_callback cb;
    const void *user_data;
};

/* submit.c; blocks are NULL without memory */
struct tim_block *tim_block_call(const struct tim_call *call);                              /* args copied */
struct tim_block *tim_block_answer(int fn, tim_callback cb, const void *user_data);         /* no args */
void tim_block_free(struct tim_block *b);

/* requests.c */
void tim_requests_setup(void);
/* Queues b for Go. waits: returns the ticket that tim_wait_taken waits for. */
uint64_t tim_push_request(struct tim_client *c, struct tim_block *b, bool waits);
/* Waits until Go has taken the call; false past the deadline (0: none). */
bool tim_wait_taken(struct tim_client *c, uint64_t ticket, uint64_t deadline_us);
/* What Go answered to TIMInit or TIMUninit, and the mode that it chose. */
int tim_asked_result(struct tim_client *c, int *mode);
/* Whether Go has answered every call that it was given, and has no user's files open. */
bool tim_owes_nothing(struct tim_client *c);
/* Whether Go has ever been asked for anything of the client's; if not, it knows nothing of it. */
bool tim_has_asked_go(struct tim_client *c);
/* Gives back the memory that a start has taken for good: give_back_linux.c. */
#ifdef __linux__
void tim_give_back(void);
#else
static inline void tim_give_back(void) {}
#endif
/* Waits until Go has closed the client and forgotten it. No call may come after it. */
void tim_forget(struct tim_client *c);

/* message_id.c */
#define TIM_ID_SIZE 128
/* Writes a new id of a message or an invitation: <user id>-<seconds>-<random>. */
void tim_make_id(struct tim_client *c, char *buffer, size_t size);
/* What TIMMsgSendNewMsgEx's first callback hears; NULL without memory. */
char *tim_message_id_json(const char *conv_id, const char *id);

/* The id of a message whose sending has failed, when message, a JSON object, is one: it is sent
 * again under the same id. */
bool tim_sent_before(const char *message, char *buffer, size_t size);

/* answers.c */
void tim_push_answer(struct tim_client *c, struct tim_block *b);
/* Takes the oldest; with answer_lock held. */
struct tim_block *tim_take_answer(struct tim_client *c);
/* Runs its callback and frees it; false for an event of an earlier TIMInit. */
bool tim_run_block(struct tim_client *c, struct tim_block *b);
void tim_answer_outcome(struct tim_client *c, struct tim_block *b, const struct tim_outcome *outcome);
bool tim_in_callback(struct tim_client *c);
/* Runs what waits, or only what is owed, until the deadline (0: none); the caller is the runner. */
int tim_drain(struct tim_client *c, uint64_t deadline_us, bool owed_only);
/* From here to tim_end_owing, what waits now, and what its callbacks call for, is owed. */
void tim_begin_owing(struct tim_client *c);
void tim_end_owing(struct tim_client *c);
/* Takes the right to run callbacks; false past the deadline, at once with deadline 0. */
bool tim_enter(struct tim_client *c, uint64_t deadline_us);
void tim_leave(struct tim_client *c);

/* callback_thread.c; the first two with answer_lock held */
void tim_thread_need(struct tim_client *c);
void tim_thread_collect(struct tim_client *c);
void tim_thread_hold(struct tim_client *c); /* starts nothing more until the next two say how to go on */
void tim_thread_resume(struct tim_client *c);
void tim_thread_stay(struct tim_client *c);
void tim_thread_end(struct tim_client *c, uint64_t deadline_us);
/* Leaves a client that nobody holds to its callback thread, if there is one, which then ends
 * the client when it ends itself. False: there is none, and there will be none. */
bool tim_thread_inherits(struct tim_client *c);

/* lifecycle.c */
/* TIMUninit, of a client that may be down already. */
void tim_stop(struct tim_client *c, uint64_t deadline_us);
/* Has Go close the client and answer what it was asked before, and sees to it that the answers
 * are run. Returns when Go has done so. */
void tim_finish(struct tim_client *c, uint64_t deadline_us);

/* callbacks.c */
void tim_run_event(struct tim_client *c, const struct tim_block *b);

/* leaving.c */
/* Tells whoever wants the file of the install that it is about to be free. False: nobody would
 * hear of it. */
bool tim_leave_install(struct tim_client *c);

/* getters.c */
/* The getters say that nobody is logged in, whatever Go publishes until the next TIMInit, and
 * what happened until now is no news any more. */
void tim_publish_end(struct tim_client *c);
void tim_copy_user(struct tim_client *c, char *buffer);

#endif
