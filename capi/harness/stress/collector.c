/*
 * The library under Boehm's collector, which stops threads by signals: the work of
 * Stress.cs in C. A null dereference is a real fault here, which the host's handler leaves.
 *
 *   collector LIBRARY thread|pump SECONDS FOLDER [altstack]
 *
 * altstack: the threads have an alternate signal stack, and faults are handled on it. It
 * prints one line of figures, and exits with 0 only if every accepted call was answered
 * exactly once, no callbacks overlapped, and every fault was caught.
 */
#define _GNU_SOURCE
#define GC_THREADS
#include <gc.h> /* renames pthread_create */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "load.h"

enum { SLOTS = 1 << 14, MOST_WAITING = 1000, ALTERNATE_SIZE = 64 << 10 };

static struct tim tim;
static bool pump, altstack;
static atomic_bool ending, pump_ends;
static _Atomic(const char *) wrong_what;
static atomic_long last, accepted, answered, refused, events, inside;
static atomic_long faults, caught, collections, threads;
static atomic_long waiting[SLOTS]; /* the call's number, at its number modulo SLOTS */

static void wrong(const char *what) {
    const char *none = NULL;
    atomic_compare_exchange_strong(&wrong_what, &none, what);
}

static void pause_ms(long ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {} /* the collector's signals cut it short */
}

/* Faults. The handler runs with all signals blocked, and they stay blocked until the
 * thread is back on its own stack: a collector that stopped it on the alternate one would
 * miss what is on its own. */

static __thread sigjmp_buf *volatile fault_exit;

static void on_fault(int sig, siginfo_t *info, void *context) {
    (void)info;
    (void)context;
    if (fault_exit == NULL) { /* not one of ours: the default action comes with the return */
        signal(sig, SIG_DFL);
        return;
    }
    siglongjmp(*fault_exit, 1);
}

static void handle_faults(void) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | (altstack ? SA_ONSTACK : 0)};
    action.sa_sigaction = on_fault;
    sigfillset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
}

static void dereference_null(void) {
    static volatile int *volatile nowhere;
    sigjmp_buf exit_here;
    sigset_t mask;
    atomic_fetch_add(&faults, 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (sigsetjmp(exit_here, 0) == 0) {
        fault_exit = &exit_here;
        *nowhere = 1;
    } else {
        atomic_fetch_add(&caught, 1);
    }
    fault_exit = NULL;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* The alternate stack of a thread. */

static void *give_alternate_stack(void) {
    if (!altstack) return NULL;
    void *space = malloc(ALTERNATE_SIZE);
    const stack_t stack = {.ss_sp = space, .ss_size = ALTERNATE_SIZE};
    if (space == NULL || sigaltstack(&stack, NULL) != 0) wrong("no alternate stack");
    return space;
}

static void take_alternate_stack(void *space) {
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (space == NULL) return;
    sigaltstack(&none, NULL);
    free(space);
}

/* The library's callback thread is none of the collector's: it is attached by its first
 * callback, and detached when it ends. */

static pthread_key_t attached;

static void detach(void *space) {
    GC_unregister_my_thread();
    take_alternate_stack(space == &attached ? NULL : space);
}

static void attach(void) {
    struct GC_stack_base base;
    if (pump || pthread_getspecific(attached) != NULL) return;
    if (GC_get_stack_base(&base) != GC_SUCCESS || GC_register_my_thread(&base) != GC_SUCCESS) wrong("not attached");
    void *space = give_alternate_stack();
    pthread_setspecific(attached, space == NULL ? &attached : space);
}

/* A list that the collector must keep whole while it is on a thread's stack alone. */
struct link {
    struct link *next;
    unsigned char *bytes; /* size of them, all n */
    size_t size;
    int n;
};

static struct link *build(int count) {
    struct link *head = NULL;
    for (int n = 0; n < count; n++) {
        struct link *l = GC_MALLOC(sizeof *l);
        l->next = head;
        l->n = n;
        l->size = 1 + (size_t)n % 200;
        l->bytes = GC_MALLOC_ATOMIC(l->size);
        memset(l->bytes, n & 255, l->size);
        head = l;
    }
    return head;
}

static void check(const struct link *l, int count) {
    for (int n = count - 1; n >= 0; n--, l = l->next) {
        if (l != NULL && l->n == n && l->bytes[0] == (n & 255) && l->bytes[l->size - 1] == (n & 255)) continue;
        wrong("the collector lost an object");
        return;
    }
}

/* Calls, each from its start to its answer. */

static const void *start_call(void) {
    while (atomic_load(&accepted) - atomic_load(&answered) > MOST_WAITING) pause_ms(1);
    for (;;) {
        const long number = atomic_fetch_add(&last, 1) + 1;
        long none = 0; /* a slow login may have the slot */
        if (atomic_compare_exchange_strong(&waiting[number % SLOTS], &none, number)) return (const void *)number;
    }
}

static bool take_call(const void *user_data) {
    long number = (long)user_data;
    return atomic_compare_exchange_strong(&waiting[number % SLOTS], &number, 0);
}

static void started(int result, const void *user_data) {
    if (result == TIM_SUCC) {
        atomic_fetch_add(&accepted, 1);
        return;
    }
    atomic_fetch_add(&refused, 1);
    if (!take_call(user_data)) wrong("a refused call was answered");
}

static void enter(const char *text) {
    attach();
    if (atomic_fetch_add(&inside, 1) != 0) wrong("callbacks overlapped");
    if (text == NULL) wrong("a text is NULL");
}

static void leave(void) {
    check(build(10), 10);
    atomic_fetch_sub(&inside, 1);
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    enter(json == NULL ? NULL : desc);
    if ((uintptr_t)user_data % 64 == 0) dereference_null();
    if (!take_call(user_data)) wrong("a call was answered twice, or never made");
    atomic_fetch_add(&answered, 1);
    leave();
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    (void)status;
    (void)code;
    (void)user_data;
    enter(desc);
    atomic_fetch_add(&events, 1);
    leave();
}

/* The threads. */

static void allocate(void) {
    while (!atomic_load(&ending)) {
        check(build(2000), 2000);
        dereference_null();
    }
}

static void collect(void) {
    while (!atomic_load(&ending)) {
        GC_gcollect();
        if (atomic_fetch_add(&collections, 1) % 4 == 0) pause_ms(1);
    }
}

static void get(void) {
    char user[128];
    tim.GetLoginStatus();
    tim.GetServerTime();
    if (tim.GetLoginUserID(user) != TIM_SUCC) wrong("TIMGetLoginUserID was refused");
    if (tim.GetSDKVersion() == NULL) wrong("no version");
}

static void make_call(int (*function)(const char *, TIMCommCallback, const void *), const char *json) {
    const void *data = start_call();
    started(function(json, on_answer, data), data);
}

static void call(void) {
    for (int i = 1; !atomic_load(&ending); i++) {
        struct link *kept = build(20);
        for (int n = 0; n < 20; n++) get();
        make_call(tim.SetConfig, i % 2 == 0 ? NULL : "{\"set_config_log_level\"");
        make_call(tim.SetConfig, "{\"set_config_log_level\":6}");
        make_call(tim.GetUserStatus, "[\"bob\"]");
        if (i % 50 == 0) {
            const void *data = start_call();
            started(tim.Login("ann", "ticket", on_answer, data), data);
        }
        if (i % 500 == 0) {
            const void *data = start_call();
            started(tim.Logout(on_answer, data), data);
        }
        if (i % 8 == 0) dereference_null();
        check(kept, 20);
    }
}

static void call_once(void) {
    struct link *kept = build(100);
    get();
    make_call(tim.GetUserStatus, "[\"bob\"]");
    dereference_null();
    check(kept, 100);
}

static void run_pump(void) {
    while (!atomic_load(&pump_ends)) {
        if (tim.XPump(1000) == 0) pause_ms(1);
    }
}

/* A job is named, not passed: a function's address does not go through void *. */
struct job {
    void (*work)(void);
};

static void *run_job(void *job) {
    void *space = give_alternate_stack();
    ((struct job *)job)->work();
    take_alternate_stack(space);
    return NULL;
}

static pthread_t begin(struct job *job) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_job, job) != 0) abort();
    return thread;
}

/* Threads that live for one call. */
static void churn(void) {
    static struct job once = {call_once};
    while (!atomic_load(&ending)) {
        pthread_join(begin(&once), NULL);
        atomic_fetch_add(&threads, 1);
    }
}

/* Init and uninit until the time is over; leaves the library initialised. */
static long live(const char *config, time_t end) {
    for (long rounds = 1;; rounds++) {
        if (tim.Init(1400000000, config) != TIM_SUCC) wrong("TIMInit was refused");
        pause_ms(rounds % 5 * 60);
        if (time(NULL) >= end) return rounds;
        if (tim.Uninit() != TIM_SUCC) wrong("TIMUninit was refused");
        pause_ms(rounds % 3 * 10);
    }
}

static int report(long rounds) {
    const long left = atomic_load(&accepted) - atomic_load(&answered);
    if (left != 0) wrong("after TIMUninit a call had no answer");
    if (atomic_load(&caught) != atomic_load(&faults)) wrong("a fault was not caught");
    if (answered == 0 || faults == 0 || events == 0 || threads == 0) wrong("the stress was none");
    const char *what = atomic_load(&wrong_what);
    printf("%s: accepted %ld answered %ld refused %ld events %ld faults %ld of %ld collections %ld threads %ld rounds %ld: %s\n",
           tim.GetSDKVersion(), accepted, answered, refused, events, caught, faults, collections, threads, rounds,
           what == NULL ? "ok" : what);
    return what != NULL;
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    pump = strcmp(argv[2], "pump") == 0;
    altstack = argc > 5 && strcmp(argv[5], "altstack") == 0;
    const time_t end = time(NULL) + atoi(argv[3]);
    GC_INIT();
    GC_allow_register_threads();
    handle_faults();
    pthread_key_create(&attached, detach);
    give_alternate_stack();
    load(argv[1], &tim);

    char config[1024];
    snprintf(config, sizeof config,
             "{\"sdk_config_server_url\":\"ws://127.0.0.1:1\",\"sdk_config_callback_mode\":\"%s\","
             "\"sdk_config_config_file_path\":\"%s\",\"sdk_config_log_file_path\":\"%s\"}",
             argv[2], argv[4], argv[4]);
    tim.XSetCallbackMode(pump ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread);
    tim.SetNetworkStatusListenerCallback(on_network, NULL);
    struct job jobs[] = {{allocate}, {allocate}, {allocate}, {collect}, {call}, {call}, {churn}}, pumping = {run_pump};
    enum { JOBS = sizeof jobs / sizeof jobs[0] };
    pthread_t running[JOBS], pump_thread = 0;
    for (int i = 0; i < JOBS; i++) running[i] = begin(&jobs[i]);
    if (pump) pump_thread = begin(&pumping);

    const long rounds = live(config, end);
    atomic_store(&ending, true);
    for (int i = 0; i < JOBS; i++) pthread_join(running[i], NULL);
    if (tim.Uninit() != TIM_SUCC) wrong("TIMUninit was refused");
    atomic_store(&pump_ends, true);
    if (pump) pthread_join(pump_thread, NULL);
    return report(rounds);
}
