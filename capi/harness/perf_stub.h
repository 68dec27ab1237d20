/* What the parts of the libraries of perf_stub.c share. */
#ifndef BANTER_PERF_STUB_H
#define BANTER_PERF_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef void (*perf_callback)(int32_t, const char *, const char *, const void *);

/* Has another thread run the callback, which is a perf_callback, with the code. */
void perf_ask(void *callback, int code);

static inline void perf_run(void *callback, int code) { ((perf_callback)callback)(code, "", "", NULL); }

static inline uint64_t perf_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec;
}

#endif
