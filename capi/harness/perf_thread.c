/* The thread that answers in the library of plain C of perf_stub.c. */
#include <pthread.h>
#include <stdlib.h>

#include "perf_stub.h"

struct question {
    struct question *next;
    void *callback;
    int code;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static struct question *first, **last = &first; /* with lock */
static bool runs;                               /* with lock */

static void *answer(void *arg) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (first == NULL) pthread_cond_wait(&cond, &lock);
        struct question *q = first;
        first = q->next;
        if (first == NULL) last = &first;
        pthread_mutex_unlock(&lock);
        perf_run(q->callback, q->code);
        free(q);
        pthread_mutex_lock(&lock);
    }
    return arg;
}

void perf_ask(void *callback, int code) {
    struct question *q = malloc(sizeof *q);
    if (q == NULL) abort();
    *q = (struct question){NULL, callback, code};
    pthread_mutex_lock(&lock);
    pthread_t t;
    if (!runs && pthread_create(&t, NULL, answer, NULL) != 0) abort();
    runs = true;
    *last = q;
    last = &q->next;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&lock);
}
