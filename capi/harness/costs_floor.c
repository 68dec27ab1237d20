/*
 * What no library of this kind can undercut, in the terms of costs.c: a thread woken and its
 * answer, a thread started and joined, one that has rested and is ended, a clock, a text copied; and a library of Go's that does
 * nothing, once its runtime runs.
 *
 *   costs_floor EMPTY_LIBRARY EMPTY_GO_LIBRARY
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "costs.h"

enum { MANY = 1000000, TRIPS = 2000, COLD = 200, ENDS = 9 };

static int (*copy_text)(char *to);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int asked; /* with lock */
static atomic_int answered;

static void *answer(void *arg) {
    pthread_mutex_lock(&lock);
    for (int seen = 0; seen >= 0;) {
        while (asked == seen) pthread_cond_wait(&cond, &lock);
        seen = asked;
        atomic_store(&answered, seen);
    }
    pthread_mutex_unlock(&lock);
    return arg;
}

static void ask(int number) {
    pthread_mutex_lock(&lock);
    asked = number;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&lock);
    while (atomic_load(&answered) != number) {}
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_median(const char *name, double *ns, int n) {
    qsort(ns, (size_t)n, sizeof *ns, by_size);
    print(name, ns[n / 2] / 1e3);
}

/* Prints how long a thread takes to answer that waits for it, each time after a rest. */
static void print_switch(const char *name, int n, long rest) {
    static double took[TRIPS];
    static int number;
    for (int i = 0; i < n; i++) {
        if (rest > 0) rest_ms(rest);
        const double start = now_ns();
        ask(++number);
        took[i] = now_ns() - start;
    }
    print_median(name, took, n);
}

static void *nothing(void *arg) { return arg; }

static void print_thread(void) {
    static double took[COLD];
    for (int i = 0; i < COLD; i++) {
        pthread_t t;
        const double start = now_ns();
        if (pthread_create(&t, NULL, nothing, NULL) != 0) exit(1);
        pthread_join(t, NULL);
        took[i] = now_ns() - start;
    }
    print_median("floor_thread", took, COLD);
}

/* Prints how long it takes to have a thread end that has rested, and to join it. */
static void print_end(void) {
    static double took[ENDS];
    for (int i = 0; i < ENDS; i++) {
        pthread_t t;
        if (pthread_create(&t, NULL, answer, NULL) != 0) exit(1);
        rest_ms(300);
        const double start = now_ns();
        pthread_mutex_lock(&lock);
        asked = -1;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&lock);
        pthread_join(t, NULL);
        took[i] = now_ns() - start;
        asked = 0;
    }
    print_median("floor_end", took, ENDS);
}

static int read_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (int)t.tv_sec;
}

static int run_copy(void) {
    char text[128];
    return copy_text(text);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    alarm(300);
    const double memory = memory_kib();
    open_library(argv[2]);
    rest_ms(300); /* its runtime has started */
    print("floor_rss", (memory_kib() - memory) / 1024);
    print_threads("floor_threads");
    *(void **)&copy_text = find_symbol(open_library(argv[1]), "copy_text");
    print_each("floor_clock", read_clock, MANY);
    print_each("floor_copy", run_copy, MANY);
    print_end();
    pthread_t t;
    if (copy_text == NULL || pthread_create(&t, NULL, answer, NULL) != 0) return 1;
    print_switch("floor_switch", TRIPS, 0);
    print_switch("floor_switch_cold", COLD, 2);
    print_thread();
    ask(-1);
    pthread_join(t, NULL);
    return 0;
}
