/*
 * Who runs the first event: TIMInit may choose the pump, and Go has an event to tell before
 * TIMInit has returned. Runs against fake_go.c.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

extern unsigned fake_init_us; /* how long TIMInit takes after its first event */

#define PUMP_APP 1400000001u /* of fake_go.c */
#define THREAD_APP 1400000002u
#define FOR_GO_TO_JUDGE "{\"sdk_config_tls_pin_sha256\":\" \"}"
#define PUMP "{\"sdk_config_callback_mode\":\"pump\"}"

static pthread_t game;
static atomic_int here, elsewhere;

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    (void)status, (void)code, (void)desc, (void)user_data;
    atomic_fetch_add(pthread_equal(pthread_self(), game) ? &here : &elsewhere, 1);
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code, (void)desc, (void)json;
    atomic_store((atomic_int *)user_data, 1);
}

static void expect(const char *what, int got, int want) {
    if (got == want) return;
    fprintf(stderr, "%s: %d, want %d\n", what, got, want);
    exit(1);
}

static void wait_for(const char *what, atomic_int *value) {
    for (int i = 0; i < 30000 && atomic_load(value) == 0; i++) usleep(1000);
    expect(what, atomic_load(value), 1);
}

/* A call before TIMInit, so that a callback thread waits for more when it comes. */
static void wake_thread(void) {
    atomic_int answered = 0;
    expect("a call", TIMSetConfig("{}", on_answer, &answered), TIM_SUCC);
    wait_for("its answer", &answered);
}

static void test_pump(int with_thread) {
    if (with_thread) wake_thread();
    atomic_store(&here, 0);
    atomic_store(&elsewhere, 0);
    expect("TIMInit", TIMInit(PUMP_APP, FOR_GO_TO_JUDGE), TIM_SUCC);
    expect("events before the pump", atomic_load(&here) + atomic_load(&elsewhere), 0);
    expect("TIMXPump", TIMXPump(0), 1);
    expect("events on this thread", atomic_load(&here), 1);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    expect("events on another thread", atomic_load(&elsewhere), 0);
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Thread), TIM_SUCC);
}

/* A mode that the C side reads itself: TIMInit returns before Go has begun. */
static void test_plain_pump(int with_thread) {
    if (with_thread) wake_thread();
    atomic_store(&here, 0);
    atomic_store(&elsewhere, 0);
    expect("TIMInit", TIMInit(THREAD_APP, PUMP), TIM_SUCC);
    for (int i = 0; i < 30000 && atomic_load(&here) + atomic_load(&elsewhere) == 0; i++) {
        usleep(1000);
        TIMXPump(0);
    }
    expect("events on this thread", atomic_load(&here), 1);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    expect("events on another thread", atomic_load(&elsewhere), 0);
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Thread), TIM_SUCC);
}

static void test_thread(int with_thread) {
    if (with_thread) wake_thread();
    atomic_store(&elsewhere, 0);
    expect("TIMInit", TIMInit(THREAD_APP, FOR_GO_TO_JUDGE), TIM_SUCC);
    wait_for("the event on the library's thread", &elsewhere);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
}

int main(void) {
    game = pthread_self();
    fake_init_us = 20000;
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    for (int i = 0; i < 6; i++) {
        test_pump(i % 2);
        test_plain_pump(i % 2);
        test_thread(i / 2 % 2);
    }
    return 0;
}
