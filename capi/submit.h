/*
 * What the generated C of the boundary stands on: how a call's arguments are described
 * and checked, how it is submitted, and how callbacks are kept and called.
 *
 * A thread of the game never runs Go. A call checks its arguments here, is copied into
 * one block, queued and returns; its answer comes back in the same block.
 */
#ifndef BANTER_SUBMIT_H
#define BANTER_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any function pointer of the game. It is cast back to its exact type before it is called. */
typedef void (*tim_callback)(void);

/* One argument of a call, or of a callback. text is never NULL in a callback. */
struct tim_value {
    int64_t number; /* integers, enums and bools; a uint64_t keeps its bits */
    const char *text;
};

static inline struct tim_value tim_text(const char *text) {
    const struct tim_value v = {0, text};
    return v;
}

static inline struct tim_value tim_number(int64_t number) {
    const struct tim_value v = {number, NULL};
    return v;
}

#define tim_count(array) (sizeof(array) / sizeof((array)[0]))

/* What an argument is. */
enum tim_kind {
    TIM_KIND_TEXT,   /* const char *, UTF-8 */
    TIM_KIND_OBJECT, /* const char *, a JSON object */
    TIM_KIND_ARRAY,  /* const char *, a JSON array */
    TIM_KIND_NUMBER, /* an integer */
    TIM_KIND_UNSIGNED, /* a uint64_t */
    TIM_KIND_BOOL,
    TIM_KIND_BUFFER, /* char *, at least 128 bytes, written when the call returns 0 */
};

/* How it is checked. Any text that is not NULL must be valid UTF-8, else TIM_ERR_JSON. */
enum tim_check {
    TIM_CHECK_NONE,     /* rules.json "any" */
    TIM_CHECK_REQUIRED, /* NULL, "", number 0, a number that is not one of values: refused */
    TIM_CHECK_OPTIONAL, /* NULL and "" (and "undefined", for JSON) pass, as absent */
};

struct tim_param {
    const char *name;
    enum tim_kind kind;
    enum tim_check check;
    bool nonempty;         /* {} or [] is TIM_ERR_JSON */
    int8_t on_null;        /* returned for NULL: 0 lets it pass */
    int8_t on_empty;       /* returned for "": 0 lets it pass */
    const int32_t *values; /* the allowed numbers, or NULL: all */
    uint8_t value_count;
};

/* What a call answers without the client. */
struct tim_outcome {
    bool run; /* the state does not decide: ask the client */
    int32_t code;
    const char *json; /* also the list of the member list callback */
};

/* Who does the work. */
enum tim_dispatch {
    TIM_DISPATCH_REQUEST, /* one command to the server */
    TIM_DISPATCH_CALL,    /* a method of core.Client */
};

/* What a function's callback looks like. */
enum tim_answer_kind {
    TIM_ANSWER_COMM,        /* TIMCommCallback */
    TIM_ANSWER_MEMBER_LIST, /* TIMMsgGroupMessageReadMemberListCallback */
};

/* One call function, in the table tim_functions (zz_functions.c). params leaves out
 * callbacks and user_data. */
struct tim_function {
    const char *name;
    const struct tim_param *params;
    uint8_t param_count;
    enum tim_dispatch dispatch;
    enum tim_answer_kind answer;
    struct tim_outcome pre;  /* before TIMInit */
    struct tim_outcome init; /* nobody logged in */
};

#define TIM_MAX_PARAMS 8

/*
 * Checks args, in order, by the function's params, and submits the call. Returns
 * TIM_SUCC when cb will be called exactly once, and what the first failed check says
 * (or TIM_ERR_PARAM without memory, TIM_ERR_SDKUNINIT in a forked child) when it never
 * will be. args holds one value for each of the function's params; a BUFFER's is its
 * address, as text. fn is a TIM_FN_ constant of zz_functions.h.
 */
int tim_submit(int fn, const struct tim_value *args, tim_callback cb, const void *user_data);

/* tim_submit for TIMMsgSendNewMsgEx: msgid_cb hears the message's id first, then cb the answer. */
int tim_submit_message(int fn, const struct tim_value *args, tim_callback msgid_cb, tim_callback cb,
                       const void *user_data);

/* A callback slot is a set_callback function's, a TIM_SLOT_ constant of zz_events.h.
 * The table outlives TIMUninit; NULL empties a slot. */
void tim_set_callback(int slot, tim_callback cb, const void *user_data);

/* A slot that holds several callbacks, told apart by their pointer: adding one that is
 * there replaces its user_data. */
void tim_add_callback(int slot, tim_callback cb, const void *user_data);
void tim_remove_callback(int slot, tim_callback cb);

/* How an event is handed to a callback of its slot's type: generated, one a slot. */
typedef void (*tim_event_call)(tim_callback cb, const struct tim_value *args, const void *user_data);

/* One slot, in the table tim_slots (zz_events.c). texts is a bit for each argument that is text. */
struct tim_slot {
    const char *setter; /* such as TIMSetKickedOfflineCallback */
    tim_event_call call;
    uint8_t arg_count;
    uint8_t texts;
};

/* tim_answer_call hands an answer to a callback of the function's kind: generated in zz_events.c.
 * For the member list, args of the call are not needed: next_seq is 0 and is_finished as the rule says. */
void tim_call_comm(tim_callback cb, int32_t code, const char *desc, const char *json, const void *user_data);
void tim_call_member_list(tim_callback cb, const char *json, uint64_t next_seq, bool is_finished, const void *user_data);

/* Generated: zz_functions.h has TIM_FN_COUNT, zz_events.h has TIM_SLOT_COUNT. */
extern const struct tim_function tim_functions[];
extern const struct tim_slot tim_slots[];

/*
 * Written by hand, with their checks (getters.c, lifecycle.c), and so not generated in zz_exports.c:
 * TIMInit, TIMUninit, TIMGetSDKVersion, TIMGetServerTime, TIMGetLoginStatus, TIMGetLoginUserID,
 * TIMXPump, TIMXSetCallbackMode, TIMXVersion.
 * TIMInit and TIMUninit are in tim_functions all the same (their params are checked by tim_check_args,
 * and their TIM_FN_ numbers name them to Go). The four sync functions with JSON and no callback
 * (TIMConvSetDraft, TIMConvCancelDraft, TIMConvSubscribeUnreadMessageCountByFilter and its opposite) are
 * tim_submit with cb NULL.
 */

/* Only the checks of tim_submit. */
int tim_check_args(int fn, const struct tim_value *args);

#endif
