/* Locks, threads and clocks of the system: thread_posix.c and thread_windows.c. */
#ifndef BANTER_THREAD_H
#define BANTER_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN /* without it windows.h brings winsock.h, whose names clash with ours */
#include <windows.h>
typedef SRWLOCK tim_mutex;
typedef CONDITION_VARIABLE tim_cond;
typedef HANDLE tim_thread;
#define TIM_MUTEX_INIT SRWLOCK_INIT
#define TIM_COND_INIT CONDITION_VARIABLE_INIT
#else
#include <pthread.h>
typedef pthread_mutex_t tim_mutex;
typedef pthread_cond_t tim_cond;
typedef pthread_t tim_thread;
#define TIM_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#define TIM_COND_INIT PTHREAD_COND_INITIALIZER
#ifdef __linux__
/* The process's pthread_create, at once or after some time when there is no thread: thread_wait.c. */
int tim_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int tim_pthread_create_patiently(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
#else
#define tim_pthread_create pthread_create
#endif
#endif

void tim_mutex_setup(tim_mutex *m); /* of one that has no TIM_MUTEX_INIT */
void tim_mutex_end(tim_mutex *m);
void tim_lock(tim_mutex *m);
void tim_unlock(tim_mutex *m);

/* tim_cond_setup makes c wait by the monotonic clock. It is called once, before any wait. */
void tim_cond_setup(tim_cond *c);
void tim_cond_end(tim_cond *c);
void tim_wait_on(tim_cond *c, tim_mutex *m);
/* Waits until tim_now_us() is deadline_us; false when that time has come. */
bool tim_wait_until(tim_cond *c, tim_mutex *m, uint64_t deadline_us);
void tim_wake_all(tim_cond *c);
void tim_wake_one(tim_cond *c);

/* Starts run(arg) on a plain thread with the signal mask that the host had when it loaded
 * the library or last called TIMInit; false when the system has no thread for us. */
bool tim_thread_start(tim_thread *t, void (*run)(void *), void *arg);
void tim_thread_join(tim_thread t);
void tim_thread_detach(tim_thread t);
/* A number of the calling thread, never 0. */
uintptr_t tim_thread_self(void);
/* Remembers the calling thread's signal mask for the threads that are started later. */
void tim_thread_keep_mask(void);

/* Starts Go's runtime, if it has not been; false when the system has no thread for it. */
#ifdef __linux__
bool tim_start_go(void); /* start_linux.c */
#else /* it starts when the library is loaded */
static inline bool tim_start_go(void) { return true; }
#endif

/* Whether Go is sure to find room for the files with which it waits, without which TIMInit is
 * refused. False: that is for Go to find out. */
#ifdef __linux__
bool tim_has_room(void);
#else
static inline bool tim_has_room(void) { return true; }
#endif

/* The handle of the client that the calling thread has selected, 0 at first. */
#if defined(_WIN32) || defined(__ANDROID__)
uint64_t tim_thread_selected(void);
void tim_thread_select(uint64_t handle);
bool tim_thread_can_select(void); /* false when the system has no place left for it */
#else
#ifdef __APPLE__
extern _Thread_local uint64_t tim_selected_handle;
#else /* read without a call: the loader keeps room for eight bytes of a library that is opened late */
extern _Thread_local uint64_t tim_selected_handle __attribute__((tls_model("initial-exec")));
#endif
static inline uint64_t tim_thread_selected(void) { return tim_selected_handle; }
static inline void tim_thread_select(uint64_t handle) { tim_selected_handle = handle; }
static inline bool tim_thread_can_select(void) { return true; }
#endif

uint64_t tim_now_us(void);      /* monotonic */
uint64_t tim_boot_ms(void);     /* monotonic, and goes on while the machine sleeps */
uint64_t tim_wall_s(void);      /* UNIX seconds by the local clock */
uint64_t tim_wall_ms(void);     /* milliseconds of it */
uint64_t tim_coarse_wall_ms(void); /* the same, late by a tick of the system's at most, and quick to read */
uint64_t tim_random_seed(void); /* different in every process */

#endif
