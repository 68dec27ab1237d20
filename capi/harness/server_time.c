/*
 * The server's time while the wall clock is set, the machine sleeps, and the server tells anew.
 * The clocks are this program's own; Go's part is played here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../clients.h"
#include "TIMCloud.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND };

/* In milliseconds. The steady clock stops while the machine sleeps. */
static int64_t wall = INT64_C(1700000000) * SECOND, boot = 12345678, steady = 12340000;

int clock_gettime(clockid_t clock, struct timespec *t) {
    int64_t ms = steady;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) ms = wall;
    if (clock == CLOCK_BOOTTIME) ms = boot;
    *t = (struct timespec){ms / SECOND, ms % SECOND * 1000000};
    return 0;
}

static void expect_time(const char *what, uint64_t want) {
    const uint64_t got = TIMGetServerTime();
    if (got == want) return;
    fprintf(stderr, "%s: %llu, want %llu\n", what, (unsigned long long)got, (unsigned long long)want);
    exit(1);
}

static void pass(int64_t ms) {
    wall += ms;
    boot += ms;
    steady += ms;
}

static void sleep_for(int64_t ms) {
    wall += ms;
    boot += ms;
}

static void test_steps(void) {
    static const int64_t steps[] = {HOUR, -2 * HOUR, SECOND, -SECOND, 1001, -5001, 20 * 365 * 24 * (int64_t)HOUR};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        tim_publish_server_time(&tim_default, 5000 * SECOND + 400);
        expect_time("before a step", 5000);
        wall += steps[i];
        expect_time("after a step", 5000);
        pass(700);
        expect_time("a while after a step", 5001);
    }
}

/* A step within a second of the wall clock is seen with the next second. */
static void test_small_step(void) {
    wall = wall / SECOND * SECOND + 100;
    tim_publish_server_time(&tim_default, 6000 * SECOND + 500);
    expect_time("before a small step", 6000);
    wall += 300;
    expect_time("after a small step", 6000);
    pass(SECOND);
    expect_time("with the next second", 6001);
}

int main(void) {
    tim_publish_server_time(&tim_default, 1000 * SECOND + 200);
    expect_time("as told", 1000);
    for (int i = 0; i < 100; i++) {
        pass(50);
        expect_time("as time goes by", 1000 + (uint64_t)(200 + 50 * (i + 1)) / SECOND);
    }
    sleep_for(8 * HOUR);
    expect_time("after a sleep", 1005 + 8 * 3600);
    tim_publish_server_time(&tim_default, 2000 * SECOND);
    expect_time("told anew in the same second", 2000);
    tim_publish_server_time(&tim_default, 1999 * SECOND);
    expect_time("and once more", 1999);
    test_steps();
    test_small_step();
    return 0;
}
