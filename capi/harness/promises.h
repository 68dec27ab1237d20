/* What the programs that test the header's promises share. */
#ifndef BANTER_PROMISES_H
#define BANTER_PROMISES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

#define APP 1400000000u

static bool pump_mode;

static void fail(const char *what, long got, long want) {
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    _exit(1);
}

static void expect(const char *what, long got, long want) {
    if (got != want) fail(what, got, want);
}

static inline void pause_ms(long ms) {
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* TIMInit against an address where nobody listens, in the mode of the test. */
static inline void init(void) {
    char config[1024];
    snprintf(config, sizeof config,
             "{\"sdk_config_server_url\":\"ws://127.0.0.1:1\",\"sdk_config_config_file_path\":\"%s\",\"sdk_config_callback_mode\":\"%s\"}",
             getenv("PROMISES_FOLDER"), pump_mode ? "pump" : "thread");
    expect("TIMInit", TIMInit(APP, config), TIM_SUCC);
}

/* Waits until *count is want, and a little longer for one too many; pumps meanwhile. */
static inline void wait_count(const char *what, const atomic_long *count, long want) {
    for (int i = 0; i < 60000 && atomic_load(count) < want; i++) {
        if (!pump_mode || TIMXPump(0) == 0) pause_ms(1);
    }
    pause_ms(5);
    if (pump_mode) TIMXPump(0);
    expect(what, atomic_load(count), want);
}

#endif
