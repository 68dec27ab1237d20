/*
 * Starts Go's runtime with the first call that needs it, instead of with the library (Linux
 * and Android): a game that has loaded the library and not used it yet has none of its
 * threads, and little of its memory.
 *
 * The library's initialiser of Go does two things. It installs the signal handlers, on the
 * loading thread, which guard_linux.c keeps watch over; until the runtime is there, they hand
 * every signal on to whoever had it before. Then it starts a thread, which becomes the
 * runtime. The library's calls of pthread_create come here, where that one is put off.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "go_side.h"
#include "thread.h"

static bool loading;          /* of the loading thread, before there is any other of the library's */
static sigset_t loading_mask; /* what Go's threads are to inherit */
static atomic_bool put_off;   /* whether the runtime's first thread is yet to be started */
static void *(*go_run)(void *);
static void *go_arg;
static tim_mutex lock = TIM_MUTEX_INIT; /* held by whoever starts it */

/* After the guard has set the mask, and before Go's initialiser, which has no priority. */
__attribute__((constructor(103))) static void begin(void) {
    pthread_sigmask(SIG_SETMASK, NULL, &loading_mask);
    loading = true;
}

/* After it: this number means no priority, and so the order of linking. */
__attribute__((constructor(65535))) static void end(void) { loading = false; }

/* The library's own, hidden from its host. A linker flag (--wrap) would do the same, but the
 * linker of released files does not know it. */
__attribute__((visibility("hidden"))) int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
    if (!loading || atomic_load(&put_off)) return tim_pthread_create_patiently(t, attr, run, arg);
    go_run = run;
    go_arg = arg;
    atomic_store(&put_off, true);
    *t = pthread_self(); /* of a thread that nobody joins, a number that nobody looks at */
    return 0;
}

/* Starts the runtime's first thread as Go would have: detached, with the mask of the guard. */
static bool start(void) {
    sigset_t mask;
    pthread_attr_t attr;
    pthread_t t;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &loading_mask, &mask);
    const bool started = tim_pthread_create(&t, &attr, go_run, go_arg) == 0;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_attr_destroy(&attr);
    return started;
}

bool tim_start_go(void) {
    if (!atomic_load_explicit(&put_off, memory_order_acquire)) return true;
    tim_lock(&lock);
    if (atomic_load(&put_off) && start()) atomic_store(&put_off, false);
    const bool started = !atomic_load(&put_off);
    tim_unlock(&lock);
    return started;
}

static atomic_bool poller_runs;

void tim_poller_runs(void) { atomic_store_explicit(&poller_runs, true, memory_order_release); }

/* More than the six that poller_linux.go wants to see, since another thread may open some
 * before it looks. */
enum { ROOM = 10 };

bool tim_has_room(void) {
    if (atomic_load_explicit(&poller_runs, memory_order_acquire)) return true;
    int files[ROOM], n = 0;
    while (n < ROOM && (files[n] = eventfd(0, EFD_CLOEXEC)) >= 0) n++;
    for (int i = 0; i < n; i++) close(files[i]);
    return n == ROOM;
}
