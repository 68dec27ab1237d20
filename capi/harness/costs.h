/* What the programs that measure costs share. Each prints one figure a line, its name and its value. */
#ifndef BANTER_COSTS_H
#define BANTER_COSTS_H

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static inline void print(const char *name, double value) { printf("%s %.2f\n", name, value); }

static inline void expect(const char *what, int got, int want) {
    if (got == want) return;
    fprintf(stderr, "%s is %d, want %d\n", what, got, want);
    exit(1);
}

static inline void *open_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror()), exit(1);
    return library;
}

static inline void *find_symbol(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (symbol == NULL) fprintf(stderr, "%s\n", dlerror()), exit(1);
    return symbol;
}

static inline double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline void rest_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) != 0) {}
}

/* Prints ns for one call of n. */
static inline void print_each(const char *name, int (*call)(void), int n) {
    const double start = now_ns();
    for (int i = 0; i < n; i++) call();
    print(name, (now_ns() - start) / n);
}

static inline long number_in(const char *path, const char *form) {
    char line[256];
    long number = 0;
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL && sscanf(line, form, &number) != 1) {}
    if (f != NULL) fclose(f);
    return number;
}

static inline double memory_kib(void) { return (double)number_in("/proc/self/smaps_rollup", "Rss: %ld"); }
/* What is the process's own: the library gives pages of its file back, and takes them again. */
static inline double own_kib(void) { return (double)number_in("/proc/self/smaps_rollup", "Anonymous: %ld"); }
static inline void print_memory(const char *name) { print(name, memory_kib() / 1024); }
static inline void print_threads(const char *name) { print(name, (double)number_in("/proc/self/status", "Threads: %ld")); }

/* How often the threads have gone to sleep or been sent there, the calling one aside. */
static inline long switches(void) {
    long sum = 0;
    DIR *d = opendir("/proc/self/task");
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] == '.' || atoi(e->d_name) == getpid()) continue;
        char path[300];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
        sum += number_in(path, "voluntary_ctxt_switches: %ld") + number_in(path, "nonvoluntary_ctxt_switches: %ld");
    }
    closedir(d);
    return sum;
}

/* Prints how often they do in a second, in which nothing happens. */
static inline void print_idle(const char *name, long ms) {
    rest_ms(500); /* what was going on settles */
    const long before = switches();
    rest_ms(ms);
    print(name, (double)(switches() - before) * 1e3 / (double)ms);
}

#endif
