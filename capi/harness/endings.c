/*
 * What TIMUninit promises, each as a test of its own:
 *
 *   endings NAME thread|pump
 *
 * What is pending is answered with 7009, a running callback is waited for, and no
 * callback comes after it returned.
 */
#include "promises.h"

static atomic_long answers, late, events;
static atomic_bool ended;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc;
    (void)json;
    (void)user_data;
    if (atomic_load(&ended)) atomic_fetch_add(&late, 1);
    if (code != 7009 && code != 6013 && code != 6014 && code != 0) fail("a code", code, 7009);
    atomic_fetch_add(&answers, 1);
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    (void)status;
    (void)code;
    (void)desc;
    (void)user_data;
    if (atomic_load(&ended)) atomic_fetch_add(&late, 1);
    atomic_fetch_add(&events, 1);
}

/* A login in flight, and some calls that wait. Returns how many. */
static long call_some(int round) {
    const long calls = round % 200;
    expect("TIMLogin", TIMLogin("ann", "ticket", on_answer, NULL), TIM_SUCC);
    for (long i = 0; i < calls; i++) expect("a call", TIMGetUserStatus("[\"ann\"]", on_answer, NULL), TIM_SUCC);
    return calls + 1;
}

static void uninit(void) {
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    atomic_store(&ended, true);
}

/* Everything is answered when TIMUninit returns, and nothing comes later. */
static void test_outside(void) {
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    long calls = 0;
    for (int i = 0; i < 300; i++) {
        atomic_store(&ended, false);
        init();
        calls += call_some(i);
        uninit();
        expect("answers when TIMUninit returned", atomic_load(&answers), calls);
        expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
        expect("a second TIMUninit", TIMUninit(), TIM_SUCC);
    }
    pause_ms(50);
    expect("callbacks after TIMUninit", atomic_load(&late), 0);
}

static atomic_long calls_before, inside_done;

static void on_end_inside(int32_t code, const char *desc, const char *json, const void *user_data) {
    on_answer(code, desc, json, user_data);
    const long before = atomic_load(&calls_before);
    uninit(); /* runs what is left, nested on this thread */
    expect("answers when TIMUninit returned", atomic_load(&answers), before);
    expect("a second one inside", TIMUninit(), TIM_SUCC);
    atomic_fetch_add(&inside_done, 1);
}

/* From inside a callback it runs what is left there. */
static void test_inside(void) {
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    for (int i = 0; i < 100; i++) {
        atomic_store(&ended, false);
        init();
        atomic_fetch_add(&calls_before, 1 + 50);
        /* Go answers it only after the others are queued: they are all pending then. */
        expect("TIMLogin", TIMLogin("ann", "ticket", on_answer, NULL), TIM_SUCC);
        for (int k = 0; k < 49; k++) expect("a call", TIMGetUserStatus("[\"ann\"]", on_answer, NULL), TIM_SUCC);
        expect("the one", TIMSetConfig("{}", on_end_inside, NULL), TIM_SUCC);
        wait_count("callbacks that ended it", &inside_done, i + 1);
    }
    expect("callbacks after TIMUninit", atomic_load(&late), 0);
}

static atomic_bool running, finished;

static void on_running(int32_t code, const char *desc, const char *json, const void *user_data) {
    atomic_store(&running, true);
    pause_ms(200);
    expect("TIMUninit in a callback beside another's", TIMUninit(), TIM_SUCC);
    atomic_store(&finished, true);
    on_answer(code, desc, json, user_data);
}

static void *end_beside(void *arg) {
    (void)arg;
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    if (!atomic_load(&finished)) fail("TIMUninit returned during a callback", 1, 0);
    return NULL;
}

static void *pump_until_running(void *arg) {
    (void)arg;
    while (!atomic_load(&running)) TIMXPump(0);
    return NULL;
}

/* Two at once, while a callback runs: both wait for it. */
static void test_beside(void) {
    for (int i = 0; i < 5; i++) {
        atomic_store(&running, false);
        atomic_store(&finished, false);
        init();
        pthread_t pump, enders[2];
        expect("a call", TIMSetConfig("{}", on_running, NULL), TIM_SUCC);
        pthread_create(&pump, NULL, pump_until_running, NULL);
        while (!atomic_load(&running)) pause_ms(1);
        for (int k = 0; k < 2; k++) pthread_create(&enders[k], NULL, end_beside, NULL);
        for (int k = 0; k < 2; k++) pthread_join(enders[k], NULL);
        pthread_join(pump, NULL);
    }
}

static void on_again(int32_t code, const char *desc, const char *json, const void *user_data) {
    if (atomic_load(&ended)) atomic_fetch_add(&late, 1);
    if (user_data != NULL) expect("a call", TIMLogin("ann", "ticket", on_again, NULL), TIM_SUCC);
    on_answer(code, desc, json, user_data);
}

/* A game that logs in again when its login ends: that call is answered in time too. */
static void test_called_while_ending(void) {
    for (int i = 0; i < 200; i++) {
        atomic_store(&ended, false);
        init();
        expect("TIMLogin", TIMLogin("ann", "ticket", on_again, (void *)1), TIM_SUCC);
        uninit();
        expect("answers when TIMUninit returned", atomic_load(&answers), 2 * (i + 1));
    }
    pause_ms(50);
    expect("callbacks after TIMUninit", atomic_load(&late), 0);
}

static atomic_bool released;

static void on_stuck(int32_t code, const char *desc, const char *json, const void *user_data) {
    atomic_store(&running, true);
    while (!atomic_load(&released)) pause_ms(1);
    on_answer(code, desc, json, user_data);
}

/* A callback that does not return holds TIMUninit up for no longer than its bound, and
 * what waits behind it is answered afterwards. */
static void test_stuck_callback(void) {
    init();
    expect("a call", TIMSetConfig("{}", on_stuck, NULL), TIM_SUCC);
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    pthread_t pump;
    pthread_create(&pump, NULL, pump_until_running, NULL);
    while (!atomic_load(&running)) pause_ms(1);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    expect("answers meanwhile", atomic_load(&answers), 0);
    atomic_store(&released, true);
    pthread_join(pump, NULL);
    wait_count("answers", &answers, 2);
    init();
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_count("answers after the next TIMInit", &answers, 3);
}

static void *start_and_end(void *arg) {
    (void)arg;
    for (int i = 0; i < 100; i++) {
        init();
        expect("TIMUninit", TIMUninit(), TIM_SUCC);
    }
    return NULL;
}

/* Several threads that start and end it: no order is wrong. */
static void test_threads_that_start_and_end(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, start_and_end, NULL);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    init();
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_count("answers", &answers, 1);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"outside", test_outside},
    {"inside", test_inside},
    {"beside", test_beside},
    {"called_while_ending", test_called_while_ending},
    {"stuck_callback", test_stuck_callback},
    {"threads_that_start_and_end", test_threads_that_start_and_end},
};

int main(int argc, char **argv) {
    pump_mode = argc > 2 && strcmp(argv[2], "pump") == 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (argc < 2 || strcmp(argv[1], tests[i].name) != 0) continue;
        tests[i].run();
        return TIMUninit();
    }
    fprintf(stderr, "usage: endings NAME thread|pump\n");
    return 2;
}
