/* From a call of the game to a request that Go takes. */
#include "submit.h"

#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "json_check.h"

static bool is_utf8(const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p != 0;) {
        const size_t n = tim_utf8_length(p);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

static bool is_json(const struct tim_param *p) { return p->kind == TIM_KIND_OBJECT || p->kind == TIM_KIND_ARRAY; }

static bool is_text(const struct tim_param *p) { return p->kind == TIM_KIND_TEXT || is_json(p); }

/* Whether an optional argument was left out; some wrappers pass "undefined" for that. */
static bool is_absent(const struct tim_param *p, const char *text) {
    if (text == NULL || text[0] == 0) return true;
    return p->check == TIM_CHECK_OPTIONAL && is_json(p) && strcmp(text, "undefined") == 0;
}

static int check_json(const struct tim_param *p, const char *text) {
    bool empty;
    const enum tim_json_kind want = p->kind == TIM_KIND_OBJECT ? TIM_JSON_OBJECT : TIM_JSON_ARRAY;
    if (tim_json_check(text, &empty) != want) return TIM_REFUSED_JSON;
    return empty && p->nonempty ? TIM_REFUSED_JSON : TIM_ACCEPTED;
}

static int check_text(const struct tim_param *p, const char *text) {
    if (p->check != TIM_CHECK_NONE) {
        if (text == NULL) return p->on_null;
        if (text[0] == 0) return p->on_empty;
        if (is_absent(p, text)) return TIM_ACCEPTED;
        if (is_json(p)) return check_json(p, text);
    }
    return text == NULL || is_utf8(text) ? TIM_ACCEPTED : TIM_REFUSED_JSON;
}

static int check_number(const struct tim_param *p, int64_t number) {
    if (p->check != TIM_CHECK_REQUIRED) return TIM_ACCEPTED;
    if (p->values == NULL) return number == 0 ? TIM_REFUSED_PARAM : TIM_ACCEPTED;
    for (uint8_t i = 0; i < p->value_count; i++) {
        if (p->values[i] == number) return TIM_ACCEPTED;
    }
    return TIM_REFUSED_PARAM;
}

int tim_check_args(int fn, const struct tim_value *args) {
    const struct tim_function *f = &tim_functions[fn];
    for (uint8_t i = 0; i < f->param_count; i++) {
        const struct tim_param *p = &f->params[i];
        int result = TIM_ACCEPTED;
        if (is_text(p)) result = check_text(p, args[i].text);
        else if (p->kind == TIM_KIND_BUFFER) result = args[i].text == NULL ? p->on_null : TIM_ACCEPTED;
        else result = check_number(p, args[i].number);
        if (result != TIM_ACCEPTED) return result;
    }
    return TIM_ACCEPTED;
}

/* The text that goes to Go for an argument, or NULL: of a buffer that is the id written to it. */
static const char *text_of(const struct tim_param *p, struct tim_value arg) {
    if (p->kind == TIM_KIND_BUFFER) return arg.text;
    return is_text(p) && !is_absent(p, arg.text) ? arg.text : NULL;
}

/* The bytes of a call's texts, their NULs included. */
static size_t text_size(const struct tim_call *call) {
    const struct tim_function *f = &tim_functions[call->fn];
    size_t size = call->extra == NULL ? 0 : strlen(call->extra) + 1;
    for (uint8_t i = 0; i < f->param_count; i++) {
        const char *text = text_of(&f->params[i], call->args[i]);
        if (text != NULL) size += strlen(text) + 1;
    }
    return size;
}

static struct tim_block *new_block(uint8_t arg_count, size_t extra) {
    struct tim_block *b = malloc(sizeof *b + arg_count * sizeof b->args[0] + extra);
    if (b == NULL) return NULL;
    memset(b, 0, sizeof *b + arg_count * sizeof b->args[0]);
    b->arg_count = arg_count;
    return b;
}

static char *copy_text(struct tim_value *to, char *space, const char *text) {
    if (text == NULL) return space;
    const size_t size = strlen(text) + 1;
    to->text = memcpy(space, text, size);
    return space + size;
}

struct tim_block *tim_block_answer(int fn, tim_callback cb, const void *user_data) {
    struct tim_block *b = new_block(0, 0);
    if (b == NULL) return NULL;
    b->number = fn;
    b->cb = cb;
    b->user_data = user_data;
    return b;
}

struct tim_block *tim_block_call(const struct tim_call *call) {
    const struct tim_function *f = &tim_functions[call->fn];
    const uint8_t count = (uint8_t)(f->param_count + (call->extra != NULL));
    struct tim_block *b = new_block(count, text_size(call));
    if (b == NULL) return NULL;
    b->number = call->fn;
    b->cb = call->cb;
    b->user_data = call->user_data;
    char *space = (char *)&b->args[count];
    for (uint8_t i = 0; i < f->param_count; i++) {
        b->args[i].number = call->args[i].number;
        space = copy_text(&b->args[i], space, text_of(&f->params[i], call->args[i]));
    }
    if (call->extra != NULL) copy_text(&b->args[f->param_count], space, call->extra);
    return b;
}

struct tim_block *tim_block_event(int slot) {
    struct tim_block *b = new_block(tim_slots[slot].arg_count, 0);
    if (b == NULL) return NULL;
    b->is_event = true;
    b->number = slot;
    return b;
}

void tim_block_free(struct tim_block *b) {
    if (b->owns_desc) free((void *)b->desc);
    if (b->owns_json) free((void *)b->json);
    if (b->is_event) {
        for (uint8_t i = 0; i < b->arg_count; i++) free((void *)b->args[i].text);
    }
    free(b);
}

/* What answers the call here, or NULL when it is for the client to answer. */
static const struct tim_outcome *outcome_here(struct tim_client *c, const struct tim_function *f) {
    if (!atomic_load(&c->initialised)) return f->pre.run ? NULL : &f->pre;
    if (f->init.run || !atomic_load(&c->published.logged_out)) return NULL;
    return &f->init;
}

/* A program that logs in or out and reads TIMGetLoginStatus on its next line finds it
 * right: these two return when the client has taken them. */
static bool waits_until_taken(int fn) { return fn == TIM_FN_LOGIN || fn == TIM_FN_LOGOUT; }

/* Gives the call to Go, or answers it here; first (may be NULL) is an answer that comes
 * before its own. */
static int accept(struct tim_client *c, const struct tim_call *call, struct tim_block *first) {
    const struct tim_function *f = &tim_functions[call->fn];
    const struct tim_outcome too_large = {false, 9522, f->init.json};
    const struct tim_outcome *here = outcome_here(c, f);
    if (here == NULL && text_size(call) > TIM_MAX_REQUEST) here = &too_large;
    struct tim_block *b = NULL;
    if (here != NULL) b = tim_block_answer(call->fn, call->cb, call->user_data);
    else if (tim_start_go()) b = tim_block_call(call);
    if (b == NULL) {
        if (first != NULL) tim_block_free(first);
        return TIM_REFUSED_PARAM;
    }
    if (first != NULL) tim_push_answer(c, first);
    if (here != NULL) {
        tim_answer_outcome(c, b, here);
        return TIM_ACCEPTED;
    }
    const uint64_t ticket = tim_push_request(c, b, waits_until_taken(call->fn));
    if (ticket != 0) tim_wait_taken(c, ticket, 0);
    return TIM_ACCEPTED;
}

/* The checked call, with the ids that it asks for written into its buffers. */
static int submit(struct tim_client *c, int fn, const struct tim_value *args, tim_callback cb, const void *user_data) {
    const struct tim_function *f = &tim_functions[fn];
    struct tim_value own[TIM_MAX_PARAMS];
    char id[TIM_ID_SIZE];
    for (uint8_t i = 0; i < f->param_count; i++) {
        own[i] = args[i];
        if (f->params[i].kind != TIM_KIND_BUFFER) continue;
        if (fn != TIM_FN_MSG_SEND_MESSAGE || !tim_sent_before(args[2].text, id, sizeof id)) tim_make_id(c, id, sizeof id);
        own[i].text = id;
        if (args[i].text != NULL) memcpy((char *)args[i].text, id, strlen(id) + 1);
    }
    const struct tim_call call = {fn, own, NULL, cb, user_data};
    return accept(c, &call, NULL);
}

int tim_submit(int fn, const struct tim_value *args, tim_callback cb, const void *user_data) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    int result = tim_check_args(fn, args);
    if (result == TIM_ACCEPTED) result = submit(c, fn, args, cb, user_data);
    tim_let_go(c);
    return result;
}

/* call, with the message's id as its extra, and told before it. */
static int submit_message(struct tim_client *c, struct tim_call *call, tim_callback msgid_cb) {
    char id[TIM_ID_SIZE];
    if (!tim_sent_before(call->args[2].text, id, sizeof id)) tim_make_id(c, id, sizeof id);
    struct tim_block *told = tim_block_answer(call->fn, msgid_cb, call->user_data);
    char *json = tim_message_id_json(call->args[0].text, id);
    if (told == NULL || json == NULL) {
        free(told);
        free(json);
        return TIM_REFUSED_PARAM;
    }
    told->desc = "ok";
    told->json = json;
    told->owns_json = true;
    call->extra = id;
    return accept(c, call, told);
}

int tim_submit_message(int fn, const struct tim_value *args, tim_callback msgid_cb, tim_callback cb,
                       const void *user_data) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    struct tim_call call = {fn, args, NULL, cb, user_data};
    int result = tim_check_args(fn, args);
    if (result == TIM_ACCEPTED) result = submit_message(c, &call, msgid_cb);
    tim_let_go(c);
    return result;
}
