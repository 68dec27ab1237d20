/*
 * Has Go wait for a thread (Linux and Android).
 *
 * Go's runtime tries for a fifth of a second to get a thread from the system, and then ends
 * the process: a game would end with whatever else had taken all threads for a moment. So the
 * pthread_create that Go calls, in start_linux.c, is patient. What is of C copes without a
 * thread, and calls tim_pthread_create.
 */
#ifdef __linux__
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <time.h>

#include "thread.h"

/* Of one try; Go makes twenty. */
enum { MOST_TRIES = 40, BETWEEN_NS = 100 * 1000 * 1000 };

typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* The process's own, which may be another's than the C library's: a sanitizer's, a collector's. */
int tim_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
    create *own = (create *)dlsym(RTLD_DEFAULT, "pthread_create");
    return own == NULL ? ENOSYS : own(thread, attr, run, arg);
}

int tim_pthread_create_patiently(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
    int result = 0;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        result = tim_pthread_create(thread, attr, run, arg);
        if (result != EAGAIN) return result;
        const struct timespec between = {0, BETWEEN_NS};
        nanosleep(&between, NULL);
    }
    return result;
}
#endif
