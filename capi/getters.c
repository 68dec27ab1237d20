/* The hot getters: they read memory that Go publishes, without a lock or a crossing. */
#include <string.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "clients.h"
#include "version.h"

/* Of what only games with several clients run: it stays out of the way of the others. */
#define TIM_RARE __attribute__((noinline, cold))
/* Of what takes longer: what does not is compiled as if it were not there. */
#define TIM_LONG __attribute__((noinline))

/* It may bear TIM_LOOK_CLOSER. */
static unsigned marked_status_of(const struct tim_client *c) {
    return atomic_load_explicit(&c->published.login_status, memory_order_acquire);
}

static TIM_RARE enum TIMLoginStatus status_of_selected(void) {
    struct tim_client *c = tim_hold_selected();
    if (c == NULL) return kTIMLoginStatus_UnLogined;
    const unsigned status = marked_status_of(c) & ~TIM_LOOK_CLOSER;
    tim_let_go(c);
    return (enum TIMLoginStatus)status;
}

TIM_API enum TIMLoginStatus TIMGetLoginStatus(void) {
    const unsigned status = marked_status_of(&tim_default);
    return (status & TIM_LOOK_CLOSER) == 0 ? (enum TIMLoginStatus)status : status_of_selected();
}

TIM_API const char *TIMGetSDKVersion(void) { return TIM_SDK_VERSION; }

TIM_API const char *TIMXVersion(void) { return BANTER_VERSION; }

/*
 * The server's time is kept as its distance from a clock that neither sleeps nor is set. That one
 * takes five times as long to read as the coarse wall clock, and this is for whole seconds: so a
 * second of the wall clock remembers how far the server's is from it, and once it is over, or the
 * wall clock was set, the next call looks again.
 */
static uint64_t wall_key(const struct tim_published *p, uint64_t wall_ms) {
    return wall_ms / 1000 << 8 | (atomic_load_explicit(&p->server_time_changes, memory_order_acquire) & 0xFF);
}

/* Finds out how far the server's clock is from the wall clock, and remembers it if nobody else
 * is about to. */
static TIM_RARE int64_t measure_wall(struct tim_published *p, uint64_t wall_ms) {
    const bool alone = !atomic_exchange_explicit(&p->wall_busy, true, memory_order_acquire);
    const uint64_t key = wall_key(p, wall_ms); /* before what it stands for */
    const int64_t server_ms = (int64_t)tim_boot_ms() + atomic_load(&p->server_minus_boot_ms);
    const int64_t difference = server_ms - (int64_t)tim_wall_ms();
    if (!alone) return difference;
    atomic_store_explicit(&p->wall_known, 0, memory_order_relaxed);
    atomic_store_explicit(&p->server_minus_wall_ms, difference, memory_order_release);
    atomic_store_explicit(&p->wall_known, key, memory_order_release);
    atomic_store_explicit(&p->wall_busy, false, memory_order_release);
    return difference;
}

static uint64_t server_time(struct tim_published *p) {
    if (!atomic_load_explicit(&p->server_time_known, memory_order_acquire)) return tim_wall_s();
    const uint64_t wall_ms = tim_coarse_wall_ms(), key = wall_key(p, wall_ms);
    int64_t difference = 0;
    bool known = atomic_load_explicit(&p->wall_known, memory_order_acquire) == key;
    if (known) {
        difference = atomic_load_explicit(&p->server_minus_wall_ms, memory_order_acquire);
        known = atomic_load_explicit(&p->wall_known, memory_order_relaxed) == key; /* still, and so of this key */
    }
    if (!known) difference = measure_wall(p, wall_ms);
    return (uint64_t)((int64_t)wall_ms + difference) / 1000;
}

static TIM_RARE uint64_t server_time_of_selected(void) {
    struct tim_client *c = tim_hold_selected();
    if (c == NULL) return tim_wall_s();
    const uint64_t time = server_time(&c->published);
    tim_let_go(c);
    return time;
}

TIM_API uint64_t TIMGetServerTime(void) {
    return tim_unusual_now() == 0 ? server_time(&tim_default.published) : server_time_of_selected();
}

/* Whether a word of a user id is its last: what comes behind the id is 0. */
static bool has_end(uint64_t word) {
    char bytes[sizeof word];
    memcpy(bytes, &word, sizeof word);
    return bytes[sizeof word - 1] == 0;
}

static const atomic_uint_fast64_t *words_of(const struct tim_published *p, unsigned change) {
    return p->users[change % TIM_USER_SLOTS];
}

/* Whether what was read after that change is of it: its slot is written again only after others, each of
 * which is counted before the next begins. */
static bool is_still(const struct tim_published *p, unsigned change) {
    return atomic_load_explicit(&p->user_changes, memory_order_acquire) == change;
}

/* Copies the user id of now, up to its end, into a buffer of TIM_USER_WORDS words. */
static TIM_LONG void copy_user(const struct tim_published *p, char *buffer) {
    unsigned change;
    do {
        change = atomic_load_explicit(&p->user_changes, memory_order_acquire);
        for (int w = 0; w < TIM_USER_WORDS; w++) {
            const uint64_t word = atomic_load_explicit(&words_of(p, change)[w], memory_order_acquire);
            memcpy(buffer + w * sizeof word, &word, sizeof word);
            if (has_end(word)) break; /* the last word of a slot has one */
        }
    } while (!is_still(p, change));
}

void tim_copy_user(struct tim_client *c, char *buffer) { copy_user(&c->published, buffer); }

static TIM_RARE int user_of_selected(char *buffer) {
    struct tim_client *c = tim_hold_selected();
    if (c == NULL) {
        buffer[0] = 0;
        return TIM_ERR_SDKUNINIT;
    }
    copy_user(&c->published, buffer);
    tim_let_go(c);
    return TIM_SUCC;
}

static TIM_LONG int user_of_more_words(char *buffer) {
    if (tim_unusual_now() != 0) return user_of_selected(buffer);
    copy_user(&tim_default.published, buffer);
    return TIM_SUCC;
}

/* An id that fits into a word with its NUL is read at once, and so is whole. */
TIM_API int TIMGetLoginUserID(char *user_id_buffer) {
    if (user_id_buffer == NULL) return TIM_ERR_PARAM;
    const uint64_t word = atomic_load_explicit(&tim_default.published.user_word, memory_order_acquire);
    if (__builtin_expect(!has_end(word), false)) return user_of_more_words(user_id_buffer);
    memcpy(user_id_buffer, &word, sizeof word);
    return TIM_SUCC;
}

/* What says that the word is not to be used stays. */
static void store_user_word(struct tim_published *p, uint64_t word) {
    uint64_t before = atomic_load_explicit(&p->user_word, memory_order_relaxed);
    while (before != TIM_NO_USER_WORD &&
           !atomic_compare_exchange_weak_explicit(&p->user_word, &before, word, memory_order_release, memory_order_relaxed)) {}
}

static void store_user(struct tim_published *p, const char *user, size_t size) {
    uint64_t words[TIM_USER_WORDS] = {0};
    memcpy(words, user, size < sizeof words - 1 ? size : sizeof words - 1);
    const unsigned change = atomic_load_explicit(&p->user_changes, memory_order_relaxed) + 1;
    for (int w = 0; w < TIM_USER_WORDS; w++) {
        atomic_store_explicit(&p->users[change % TIM_USER_SLOTS][w], words[w], memory_order_release);
    }
    atomic_fetch_add_explicit(&p->user_changes, 1, memory_order_release);
    store_user_word(p, words[0]);
}

static void store_status(struct tim_published *p, int status) {
    if (status != kTIMLoginStatus_UnLogined) atomic_store(&p->logged_out, false);
    unsigned before = atomic_load_explicit(&p->login_status, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&p->login_status, &before, (unsigned)status | (before & TIM_LOOK_CLOSER),
                                                  memory_order_release, memory_order_relaxed)) {}
}

/* Go publishes for the TIMInit of an epoch. Its TIMUninit may have returned already. */
static bool begin_publishing(struct tim_client *c, uint32_t epoch) {
    tim_lock(&c->answer_lock);
    return epoch == atomic_load(&c->epoch);
}

static void end_publishing(struct tim_client *c) { tim_unlock(&c->answer_lock); }

void tim_publish_user(struct tim_client *c, uint32_t epoch, const char *user, size_t size) {
    if (begin_publishing(c, epoch)) store_user(&c->published, user, size);
    end_publishing(c);
}

void tim_publish_status(struct tim_client *c, uint32_t epoch, int status) {
    if (begin_publishing(c, epoch)) store_status(&c->published, status);
    end_publishing(c);
}

void tim_publish_logged_out(struct tim_client *c, uint32_t epoch) {
    if (begin_publishing(c, epoch)) atomic_store(&c->published.logged_out, true);
    end_publishing(c);
}

void tim_publish_end(struct tim_client *c) {
    tim_lock(&c->answer_lock);
    atomic_fetch_add(&c->epoch, 1);
    store_user(&c->published, "", 0);
    store_status(&c->published, kTIMLoginStatus_UnLogined);
    atomic_store(&c->published.logged_out, true);
    tim_unlock(&c->answer_lock);
}

void tim_publish_server_time(struct tim_client *c, int64_t server_ms) {
    atomic_store(&c->published.server_minus_boot_ms, server_ms - (int64_t)tim_boot_ms());
    atomic_fetch_add(&c->published.server_time_changes, 1); /* what was measured before is out of date */
    atomic_store_explicit(&c->published.server_time_known, true, memory_order_release);
}

void tim_publish_no_server_time(struct tim_client *c) {
    atomic_store_explicit(&c->published.server_time_known, false, memory_order_release);
}
