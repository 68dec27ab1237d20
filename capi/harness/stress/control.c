/*
 * The control of the stress programs: what they use of the library, in plain C. It has
 * the library's two callback modes and answers calls as the library does without a
 * server, so whatever fails on it fails for a reason that is not in the library.
 *
 * It is for those programs alone: nobody calls TIMUninit inside a callback here, and a
 * login stays in flight until a logout, an uninit or the next login.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

struct answer {
    struct answer *next;
    TIMCommCallback cb; /* NULL: an event, the network's */
    const void *user_data;
    int32_t code;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, changed = PTHREAD_COND_INITIALIZER;
static struct answer *head, **tail = &head, *login;
static bool up, quit, busy; /* busy: somebody runs callbacks */
static enum TIMXCallbackMode mode;
static enum { NONE, RUNS, ENDED } thread_state;
static pthread_t thread;
static TIMNetworkStatusListenerCallback on_network;

/* Runs the oldest answer, with the lock held on both ends. */
static void run_oldest(void) {
    struct answer *a = head;
    head = a->next;
    if (head == NULL) tail = &head;
    busy = true;
    pthread_mutex_unlock(&lock);
    if (a->cb != NULL) a->cb(a->code, a->code == 0 ? "" : "refused", "{}", a->user_data);
    else if (on_network != NULL) on_network(kTIMConnectFailed, a->code, "refused", a->user_data);
    free(a);
    pthread_mutex_lock(&lock);
    busy = false;
    pthread_cond_broadcast(&changed);
}

/* A thread outside Init..Uninit ends after a second without work. */
static bool wait_for_work(void) {
    struct timespec idle_until;
    clock_gettime(CLOCK_REALTIME, &idle_until);
    idle_until.tv_sec++;
    while (head == NULL && !quit) {
        if (up) pthread_cond_wait(&work, &lock);
        else if (pthread_cond_timedwait(&work, &lock, &idle_until) != 0 && head == NULL && !up) return false;
    }
    return head != NULL;
}

static void *run_callbacks(void *unused) {
    pthread_mutex_lock(&lock);
    while (wait_for_work()) run_oldest();
    thread_state = ENDED;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void collect_thread(void) {
    if (thread_state != ENDED) return;
    pthread_join(thread, NULL);
    thread_state = NONE;
}

static void need_thread(void) {
    pthread_cond_signal(&work);
    if (mode != kTIMXCallbackMode_Thread || thread_state == RUNS) return;
    collect_thread();
    quit = false;
    if (pthread_create(&thread, NULL, run_callbacks, NULL) == 0) thread_state = RUNS;
}

static void push(struct answer *a, int32_t code) {
    a->code = code;
    a->next = NULL;
    *tail = a;
    tail = &a->next;
    need_thread();
}

static struct answer *new_answer(TIMCommCallback cb, const void *user_data) {
    struct answer *a = calloc(1, sizeof *a);
    if (a == NULL) abort();
    a->cb = cb;
    a->user_data = user_data;
    return a;
}

static void end_login(int32_t code) {
    if (login != NULL) push(login, code);
    login = NULL;
}

static int answer(TIMCommCallback cb, const void *user_data, int32_t code) {
    struct answer *a = new_answer(cb, user_data);
    pthread_mutex_lock(&lock);
    push(a, up ? code : 6013);
    pthread_mutex_unlock(&lock);
    return TIM_SUCC;
}

int TIMInit(uint64_t sdk_app_id, const char *json_sdk_config) {
    if (sdk_app_id == 0) return TIM_ERR_PARAM;
    const bool pump = json_sdk_config != NULL && strstr(json_sdk_config, "\"pump\"") != NULL;
    pthread_mutex_lock(&lock);
    if (!up) {
        up = true;
        mode = pump ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread;
        push(new_answer(NULL, NULL), 9511);
    }
    pthread_mutex_unlock(&lock);
    return TIM_SUCC;
}

int TIMUninit(void) {
    pthread_mutex_lock(&lock);
    if (up) {
        up = false;
        end_login(7009);
        while (busy && mode == kTIMXCallbackMode_Pump) pthread_cond_wait(&changed, &lock);
        while (head != NULL && mode == kTIMXCallbackMode_Pump) run_oldest();
        quit = true;
        pthread_cond_broadcast(&work);
        while (thread_state == RUNS && quit) pthread_cond_wait(&changed, &lock);
        collect_thread();
    }
    pthread_mutex_unlock(&lock);
    return TIM_SUCC;
}

int TIMXSetCallbackMode(enum TIMXCallbackMode wanted) {
    pthread_mutex_lock(&lock);
    if (!up) mode = wanted;
    pthread_mutex_unlock(&lock);
    return TIM_SUCC;
}

int TIMXPump(unsigned budget_us) {
    int ran = 0;
    (void)budget_us;
    pthread_mutex_lock(&lock);
    for (; mode == kTIMXCallbackMode_Pump && head != NULL && !busy; ran++) run_oldest();
    pthread_mutex_unlock(&lock);
    return ran;
}

int TIMLogin(const char *user_id, const char *user_sig, TIMCommCallback cb, const void *user_data) {
    if (user_id == NULL || user_sig == NULL) return TIM_ERR_PARAM;
    struct answer *a = new_answer(cb, user_data);
    pthread_mutex_lock(&lock);
    end_login(7009);
    if (up) login = a;
    else push(a, 6013);
    pthread_mutex_unlock(&lock);
    return TIM_SUCC;
}

int TIMLogout(TIMCommCallback cb, const void *user_data) {
    pthread_mutex_lock(&lock);
    end_login(6023);
    pthread_mutex_unlock(&lock);
    return answer(cb, user_data, 0);
}

int TIMSetConfig(const char *json_config, TIMCommCallback cb, const void *user_data) {
    if (json_config == NULL) return TIM_ERR_PARAM;
    if (strchr(json_config, '}') == NULL) return TIM_ERR_JSON;
    return answer(cb, user_data, 0);
}

int TIMGetUserStatus(const char *json_identifier_array, TIMCommCallback cb, const void *user_data) {
    if (json_identifier_array == NULL) return TIM_ERR_PARAM;
    return answer(cb, user_data, 6014);
}

void TIMSetNetworkStatusListenerCallback(TIMNetworkStatusListenerCallback cb, const void *user_data) {
    (void)user_data;
    pthread_mutex_lock(&lock);
    on_network = cb;
    pthread_mutex_unlock(&lock);
}

enum TIMLoginStatus TIMGetLoginStatus(void) { return kTIMLoginStatus_UnLogined; }
uint64_t TIMGetServerTime(void) { return (uint64_t)time(NULL); }
const char *TIMGetSDKVersion(void) { return "control"; }

int TIMGetLoginUserID(char *user_id_buffer) {
    if (user_id_buffer == NULL) return TIM_ERR_PARAM;
    user_id_buffer[0] = 0;
    return TIM_SUCC;
}
