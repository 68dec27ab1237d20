/* The hot getters: they read memory that Go publishes, without a lock or a crossing. */
#include <string.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "clients.h"
#include "version.h"

TIM_API enum TIMLoginStatus TIMGetLoginStatus(void) {
    struct tim_client *c = tim_hold();
    if (c == NULL) return kTIMLoginStatus_UnLogined;
    const int status = atomic_load_explicit(&c->published.login_status, memory_order_acquire);
    tim_let_go(c);
    return (enum TIMLoginStatus)status;
}

TIM_API const char *TIMGetSDKVersion(void) { return TIM_SDK_VERSION; }

TIM_API const char *TIMXVersion(void) { return BANTER_VERSION; }

TIM_API uint64_t TIMGetServerTime(void) {
    struct tim_client *c = tim_hold();
    if (c == NULL) return tim_wall_s();
    const bool known = atomic_load_explicit(&c->published.server_time_known, memory_order_acquire);
    const int64_t offset = atomic_load_explicit(&c->published.server_minus_boot_ms, memory_order_relaxed);
    tim_let_go(c);
    return known ? (uint64_t)((int64_t)tim_boot_ms() + offset) / 1000 : tim_wall_s();
}

/* Reads the slot that holds the user id of now. A slot is written again only after
 * TIM_USER_SLOTS - 1 other changes; should that come in between, its version tells. */
void tim_copy_user(struct tim_client *c, char *buffer, size_t size) {
    struct tim_published *p = &c->published;
    uint64_t words[TIM_USER_WORDS];
    unsigned before, after;
    do {
        const unsigned i = atomic_load_explicit(&p->user_index, memory_order_acquire);
        before = atomic_load_explicit(&p->users[i].version, memory_order_acquire);
        for (int w = 0; w < TIM_USER_WORDS; w++) {
            words[w] = atomic_load_explicit(&p->users[i].words[w], memory_order_acquire);
        }
        after = atomic_load_explicit(&p->users[i].version, memory_order_acquire);
    } while (before != after || (before & 1) != 0);
    const size_t n = size < sizeof words ? size : sizeof words;
    memcpy(buffer, words, n);
    buffer[n - 1] = 0;
}

TIM_API int TIMGetLoginUserID(char *user_id_buffer) {
    if (user_id_buffer == NULL) return TIM_ERR_PARAM;
    struct tim_client *c = tim_hold();
    if (c == NULL) {
        user_id_buffer[0] = 0;
        return TIM_ERR_SDKUNINIT;
    }
    tim_copy_user(c, user_id_buffer, TIM_USER_WORDS * 8);
    tim_let_go(c);
    return TIM_SUCC;
}

void tim_publish_user(struct tim_client *c, const char *user, size_t size) {
    struct tim_published *p = &c->published;
    uint64_t words[TIM_USER_WORDS] = {0};
    memcpy(words, user, size < sizeof words - 1 ? size : sizeof words - 1);
    const unsigned i = (atomic_load_explicit(&p->user_index, memory_order_relaxed) + 1) % TIM_USER_SLOTS;
    atomic_fetch_add_explicit(&p->users[i].version, 1, memory_order_acq_rel);
    for (int w = 0; w < TIM_USER_WORDS; w++) {
        atomic_store_explicit(&p->users[i].words[w], words[w], memory_order_release);
    }
    atomic_fetch_add_explicit(&p->users[i].version, 1, memory_order_acq_rel);
    atomic_store_explicit(&p->user_index, i, memory_order_release);
}

void tim_publish_status(struct tim_client *c, int status) {
    if (status != kTIMLoginStatus_UnLogined) atomic_store(&c->published.logged_out, false);
    atomic_store_explicit(&c->published.login_status, status, memory_order_release);
}

void tim_publish_logged_out(struct tim_client *c) { atomic_store(&c->published.logged_out, true); }

void tim_publish_server_time(struct tim_client *c, int64_t server_ms) {
    atomic_store_explicit(&c->published.server_minus_boot_ms, server_ms - (int64_t)tim_boot_ms(), memory_order_relaxed);
    atomic_store_explicit(&c->published.server_time_known, true, memory_order_release);
}

void tim_publish_no_server_time(struct tim_client *c) {
    atomic_store_explicit(&c->published.server_time_known, false, memory_order_release);
}
