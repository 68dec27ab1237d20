#ifndef _WIN32
#define _GNU_SOURCE
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static sigset_t host_mask;
static pthread_mutex_t host_mask_lock = PTHREAD_MUTEX_INITIALIZER;

void tim_mutex_setup(tim_mutex *m) { pthread_mutex_init(m, NULL); }
void tim_mutex_end(tim_mutex *m) { pthread_mutex_destroy(m); }
void tim_lock(tim_mutex *m) { pthread_mutex_lock(m); }
void tim_unlock(tim_mutex *m) { pthread_mutex_unlock(m); }
void tim_wait_on(tim_cond *c, tim_mutex *m) { pthread_cond_wait(c, m); }
void tim_wake_all(tim_cond *c) { pthread_cond_broadcast(c); }
void tim_wake_one(tim_cond *c) { pthread_cond_signal(c); }

void tim_cond_setup(tim_cond *c) {
#ifdef __APPLE__
    pthread_cond_init(c, NULL);
#else
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
#endif
}

void tim_cond_end(tim_cond *c) { pthread_cond_destroy(c); }

bool tim_wait_until(tim_cond *c, tim_mutex *m, uint64_t deadline_us) {
#ifdef __APPLE__
    const uint64_t now = tim_now_us();
    const uint64_t left = deadline_us > now ? deadline_us - now : 0;
    const struct timespec t = {(time_t)(left / 1000000), (long)(left % 1000000) * 1000};
    return pthread_cond_timedwait_relative_np(c, m, &t) != ETIMEDOUT;
#else
    const struct timespec t = {(time_t)(deadline_us / 1000000), (long)(deadline_us % 1000000) * 1000};
    return pthread_cond_timedwait(c, m, &t) != ETIMEDOUT;
#endif
}

/* What a new thread needs; freed by it. */
struct start {
    void (*run)(void *);
    void *arg;
};

static void *started(void *p) {
    const struct start s = *(struct start *)p;
    free(p);
    /* The starter may be a thread of Go's, on which the signals of the game are blocked; a
     * collector's suspend signal must reach this thread. */
    pthread_mutex_lock(&host_mask_lock);
    const sigset_t mask = host_mask;
    pthread_mutex_unlock(&host_mask_lock);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    s.run(s.arg);
    return NULL;
}

bool tim_thread_start(tim_thread *t, void (*run)(void *), void *arg) {
    struct start *s = malloc(sizeof *s);
    if (s == NULL) return false;
    s->run = run;
    s->arg = arg;
    if (tim_pthread_create(t, NULL, started, s) == 0) return true;
    free(s);
    return false;
}

void tim_thread_join(tim_thread t) { pthread_join(t, NULL); }

uintptr_t tim_thread_self(void) { return (uintptr_t)pthread_self(); }

void tim_thread_detach(tim_thread t) { pthread_detach(t); }

void tim_thread_keep_mask(void) {
    pthread_mutex_lock(&host_mask_lock);
    pthread_sigmask(SIG_SETMASK, NULL, &host_mask);
    pthread_mutex_unlock(&host_mask_lock);
}

#ifdef __ANDROID__
/* A library that is opened late has no other thread-local memory on every Android. */
static pthread_key_t selected_key;
static bool has_key;

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a handle must fit into a pointer");
uint64_t tim_thread_selected(void) { return has_key ? (uint64_t)pthread_getspecific(selected_key) : 0; }
void tim_thread_select(uint64_t handle) {
    if (has_key) pthread_setspecific(selected_key, (void *)handle);
}
bool tim_thread_can_select(void) { return has_key; }
static void setup_selected(void) { has_key = pthread_key_create(&selected_key, NULL) == 0; }
#else
_Thread_local uint64_t tim_selected_handle;
static void setup_selected(void) {}
#endif

static uint64_t clock_us(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t tim_now_us(void) { return clock_us(CLOCK_MONOTONIC); }

uint64_t tim_boot_ms(void) {
#ifdef CLOCK_BOOTTIME
    return clock_us(CLOCK_BOOTTIME) / 1000;
#else
    return clock_us(CLOCK_MONOTONIC) / 1000; /* Apple's goes on in sleep */
#endif
}

uint64_t tim_wall_s(void) { return (uint64_t)time(NULL); }

uint64_t tim_wall_ms(void) { return clock_us(CLOCK_REALTIME) / 1000; }

uint64_t tim_coarse_wall_ms(void) {
#ifdef CLOCK_REALTIME_COARSE
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
#else
    return tim_wall_ms();
#endif
}

uint64_t tim_random_seed(void) {
    return clock_us(CLOCK_REALTIME) * 0x9E3779B97F4A7C15u ^ (uint64_t)getpid() << 32 ^ clock_us(CLOCK_MONOTONIC);
}

/* In a forked child there is no Go and no callback thread, and locks may be held by
 * threads that are not there: everything but the getters says no, until exec. */
static void forked(void) { tim_mark_forked(); }

/* Priority 101: before the signal guard changes the mask, and before Go's runtime starts. */
__attribute__((constructor(101))) static void setup(void) {
    tim_thread_keep_mask();
    setup_selected();
    tim_requests_setup();
    tim_clients_setup();
    pthread_atfork(NULL, NULL, forked);
}
#endif
