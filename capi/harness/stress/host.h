/* What the programs share that test how the library leaves its host. */
#ifndef BANTER_STRESS_HOST_H
#define BANTER_STRESS_HOST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static struct tim tim;
static atomic_long answers;
static void (*in_callback)(void); /* run by each answer, when it is there */

static inline void expect(const char *what, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    _exit(1);
}

static inline void pause_ms(long ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {}
}

static inline void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    (void)desc;
    (void)json;
    (void)user_data;
    if (in_callback != NULL) in_callback();
    atomic_fetch_add(&answers, 1);
}

/* TIMInit, in thread mode; HOST_CONFIG says where the server is. */
static inline void init(void) {
    const char *config = getenv("HOST_CONFIG");
    const char *app = getenv("HOST_APP");
    expect("TIMInit", tim.Init(app == NULL ? 1400000000u : strtoull(app, NULL, 10), config), TIM_SUCC);
}

/* Makes a call and waits for its answer. */
static inline void call(void) {
    const long before = atomic_load(&answers);
    expect("TIMSetConfig", tim.SetConfig("{}", on_answer, NULL), TIM_SUCC);
    for (int i = 0; i < 20000 && atomic_load(&answers) == before; i++) pause_ms(1);
    if (atomic_load(&answers) == before) expect("answers in 20 s", 0, 1);
}

/* One thing a program can do, by its name. */
struct named {
    const char *name;
    void (*run)(const char *how);
};

/* PROGRAM LIBRARY NAME [HOW]: runs the one that is named. */
static inline int run_named(const struct named *all, size_t count, int argc, char **argv) {
    for (size_t i = 0; argc > 2 && i < count; i++) {
        if (strcmp(argv[2], all[i].name) != 0) continue;
        all[i].run(argc > 3 ? argv[3] : "");
        return 0;
    }
    fprintf(stderr, "usage: %s LIBRARY NAME [HOW]\n", argv[0]);
    return 2;
}

#endif
