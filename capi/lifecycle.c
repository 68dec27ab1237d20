/* TIMInit to TIMUninit, and how callbacks are run. */
#include <stdlib.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "clients.h"
#include "config.h"

/* Hands TIMInit or TIMUninit to Go and waits for its result; by the deadline (0: none), else fallback. */
static int ask(struct tim_client *c, struct tim_block *b, uint64_t deadline_us, int fallback, int *mode) {
    *mode = TIM_KEEP_MODE;
    const uint64_t ticket = tim_push_request(c, b, true);
    return tim_wait_taken(c, ticket, deadline_us) ? tim_asked_result(c, mode) : fallback;
}

static void settle_life(struct tim_client *c, enum tim_life life) {
    tim_lock(&c->life_lock);
    c->life = life;
    tim_wake_all(&c->life_cond);
    tim_unlock(&c->life_lock);
}

/* Goes from one state of life to another, waiting for whoever is on the way to either.
 * False when it is the other one already, or when a callback must not wait. */
static bool change_life(struct tim_client *c, enum tim_life from, enum tim_life to, enum tim_life *found) {
    tim_lock(&c->life_lock);
    while ((c->life == TIM_STARTING || c->life == TIM_STOPPING) && !tim_in_callback(c)) {
        tim_wait_on(&c->life_cond, &c->life_lock);
    }
    *found = c->life;
    const bool changed = c->life == from;
    if (changed) c->life = to;
    tim_unlock(&c->life_lock);
    return changed;
}

static void use_mode(struct tim_client *c, enum tim_mode mode) {
    tim_lock(&c->answer_lock);
    atomic_store(&c->mode, mode);
    tim_wake_all(&c->answer_cond);
    tim_wake_all(&c->free_cond);
    tim_unlock(&c->answer_lock);
}

/* What is to run callbacks from now on: the thread that stays, or nobody but the pump. */
static void start_callbacks(struct tim_client *c) {
    if (atomic_load(&c->mode) == TIM_MODE_PUMP) tim_thread_end(c, tim_now_us() + TIM_END_US);
    else tim_thread_stay(c);
}

/* TIMInit with a configuration that is known to be good: what it takes to start the client goes on
 * behind, and the calls that come after it wait for it. */
static int begin(struct tim_client *c, struct tim_block *b, int mode) {
    if (mode != TIM_KEEP_MODE) use_mode(c, (enum tim_mode)mode);
    tim_push_request(c, b, false);
    return TIM_SUCC;
}

/* TIMInit with any other: Go judges it. */
static int ask_whether(struct tim_client *c, struct tim_block *b) {
    int mode;
    tim_thread_hold(c); /* Go has events to tell before its answer names the mode */
    const int result = ask(c, b, 0, TIM_ERR_PARAM, &mode);
    if (result == TIM_SUCC && mode != TIM_KEEP_MODE) use_mode(c, (enum tim_mode)mode);
    tim_thread_resume(c);
    return result;
}

static int start(struct tim_client *c, const struct tim_value *args) {
    const struct tim_call call = {.fn = TIM_FN_INIT, .args = args, .extra = getenv("BANTER_SERVER_URL")};
    struct tim_block *b = tim_start_go() ? tim_block_call(&call) : NULL;
    if (b == NULL) return TIM_ERR_PARAM;
    int mode;
    const bool sure = tim_config_is_plain(b->args[1].text, &mode) && tim_has_room();
    return sure ? begin(c, b, mode) : ask_whether(c, b);
}

static int init(struct tim_client *c, const struct tim_value *args) {
    enum tim_life found;
    if (!change_life(c, TIM_DOWN, TIM_STARTING, &found)) {
        /* In a callback beside a TIMUninit that waits for it, there is nothing to wait for. */
        return found == TIM_STOPPING ? TIM_ERR_PARAM : TIM_SUCC;
    }
    tim_thread_keep_mask();
    atomic_fetch_add(&c->epoch, 1);
    const int result = start(c, args);
    if (result == TIM_SUCC) {
        start_callbacks(c);
        atomic_store(&c->initialised, true);
    }
    settle_life(c, result == TIM_SUCC ? TIM_UP : TIM_DOWN);
    return result;
}

TIM_API int TIMInit(uint64_t sdk_app_id, const char *json_sdk_config) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    const struct tim_value args[] = {tim_number((int64_t)sdk_app_id), tim_text(json_sdk_config)};
    int result = tim_check_args(TIM_FN_INIT, args);
    if (result == TIM_SUCC) result = init(c, args);
    tim_let_go(c);
    return result;
}

/* Runs what is left, or sees to it that the callback thread does; nested when this is a callback. */
static void finish_callbacks(struct tim_client *c, uint64_t deadline_us) {
    tim_begin_owing(c);
    if (tim_in_callback(c)) {
        tim_drain(c, deadline_us, true);
    } else if (atomic_load(&c->mode) == TIM_MODE_PUMP && tim_enter(c, deadline_us)) {
        tim_drain(c, deadline_us, true);
        tim_leave(c);
    }
    tim_thread_end(c, deadline_us);
    tim_end_owing(c);
}

/* What has Go close the client; NULL when it knows nothing of it. */
static struct tim_block *closing(struct tim_client *c) {
    const struct tim_call call = {.fn = TIM_FN_UNINIT};
    return tim_has_asked_go(c) ? tim_block_call(&call) : NULL;
}

void tim_finish(struct tim_client *c, uint64_t deadline_us) {
    int mode;
    struct tim_block *b = closing(c);
    if (b != NULL) ask(c, b, deadline_us, TIM_SUCC, &mode);
    finish_callbacks(c, deadline_us);
}

/* tim_finish where every call is answered. Go is told at last, so that it does not take the
 * processor from the callback thread, which is waited for. */
static void leave(struct tim_client *c, uint64_t deadline_us) {
    finish_callbacks(c, deadline_us);
    struct tim_block *b = closing(c);
    if (b != NULL) tim_push_request(c, b, false);
}

/* Whoever comes after TIMUninit finds the client as one that is closed: the getters say so, what
 * Go tells is stale, the next TIMInit waits for Go, and other clients wait for the file. So nothing is
 * to be waited for here when nobody is logged in, no user's files are open, and every call is answered. */
void tim_stop(struct tim_client *c, uint64_t deadline_us) {
    enum tim_life found;
    if (!change_life(c, TIM_UP, TIM_STOPPING, &found)) return;
    const bool nobody = atomic_load(&c->published.logged_out);
    atomic_store(&c->initialised, false);
    tim_publish_end(c);
    if (nobody && tim_owes_nothing(c) && tim_leave_install(c)) leave(c, deadline_us);
    else tim_finish(c, deadline_us);
    settle_life(c, TIM_DOWN);
}

TIM_API int TIMUninit(void) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    tim_stop(c, tim_now_us() + TIM_END_US);
    tim_let_go(c);
    return TIM_SUCC;
}

/* What a pump does when something waits. */
static int pump(struct tim_client *c, unsigned budget_us) {
    if (atomic_load(&c->mode) != TIM_MODE_PUMP || !tim_enter(c, 0)) return 0;
    const int ran = tim_drain(c, budget_us == 0 ? 0 : tim_now_us() + budget_us, false);
    tim_leave(c);
    return ran;
}

TIM_API int TIMXPump(unsigned budget_us) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    const bool idle = atomic_load_explicit(&c->waiting, memory_order_acquire) == 0;
    const int ran = idle ? 0 : pump(c, budget_us);
    tim_let_go(c);
    return ran;
}

TIM_API int TIMXSetCallbackMode(enum TIMXCallbackMode mode) {
    struct tim_client *c = tim_hold_for_call();
    if (c == NULL) return TIM_REFUSED_GONE;
    const bool known = mode == kTIMXCallbackMode_Thread || mode == kTIMXCallbackMode_Pump;
    tim_lock(&c->life_lock);
    const bool allowed = known && c->life == TIM_DOWN;
    if (allowed) use_mode(c, mode == kTIMXCallbackMode_Pump ? TIM_MODE_PUMP : TIM_MODE_THREAD);
    tim_unlock(&c->life_lock);
    tim_let_go(c);
    return allowed ? TIM_SUCC : TIM_ERR_PARAM;
}
