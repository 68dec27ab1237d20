/*
 * The promises of the header about calls and callbacks, each as a test of its own:
 *
 *   promises NAME thread|pump
 *
 * It exits with 0 when the promise was kept. What concerns TIMUninit is in endings.c.
 */
#include "promises.h"

static atomic_long answers, wrong;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    (void)user_data;
    if (desc == NULL || json == NULL) atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&answers, 1);
}

/* Calls followed at once by TIMInit, or by TIMUninit and TIMInit: every callback comes. */
static void test_init_races(void) {
    long calls = 0;
    for (int i = 0; i < 1000; i++) {
        if (i % 2 == 0) expect("TIMSetConfig", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
        else expect("TIMLogin", TIMLogin("ann", "ticket", on_answer, NULL), TIM_SUCC);
        init();
        if (i % 3 == 0) expect("TIMGetUserStatus", TIMGetUserStatus("[\"ann\"]", on_answer, NULL), TIM_SUCC);
        calls += 1 + (i % 3 == 0);
        expect("TIMUninit", TIMUninit(), TIM_SUCC);
    }
    wait_count("answers", &answers, calls);
}

static long chained;
static uintptr_t deepest, shallowest = UINTPTR_MAX;

/* Calls again from inside the callback, 20,000 times in all. */
static void on_chain(int32_t code, const char *desc, const char *json, const void *user_data) {
    char here;
    const uintptr_t at = (uintptr_t)&here;
    deepest = at > deepest ? at : deepest;
    shallowest = at < shallowest ? at : shallowest;
    if (pump_mode) expect("TIMXPump in a callback", TIMXPump(0), 0);
    if (++chained < 20000) expect("a call in a callback", TIMGetUserStatus("[\"ann\"]", on_chain, user_data), TIM_SUCC);
    on_answer(code, desc, json, user_data);
}

/* Calls from inside callbacks do not nest, and none is lost. */
static void test_chained_calls(void) {
    init();
    expect("the first", TIMGetUserStatus("[\"ann\"]", on_chain, NULL), TIM_SUCC);
    wait_count("answers", &answers, 20000);
    if (deepest - shallowest > 4096) fail("bytes of stack between callbacks", (long)(deepest - shallowest), 4096);
}

/* Callbacks may be NULL, and user_data is any number. */
static void on_number(int32_t code, const char *desc, const char *json, const void *user_data) {
    static const uintptr_t numbers[] = {1, 0, UINTPTR_MAX, (uintptr_t)1 << 63, 0xDEADBEEF};
    const long i = atomic_load(&answers);
    if ((uintptr_t)user_data != numbers[i % 5]) atomic_fetch_add(&wrong, 1);
    on_answer(code, desc, json, user_data);
}

static void test_null_callbacks_and_numbers(void) {
    static const uintptr_t numbers[] = {1, 0, UINTPTR_MAX, (uintptr_t)1 << 63, 0xDEADBEEF};
    for (int i = 0; i < 500; i++) {
        expect("NULL callback", TIMGetUserStatus("[\"ann\"]", NULL, (void *)1), TIM_SUCC);
        expect("NULL callback", TIMSetConfig("{}", NULL, NULL), TIM_SUCC);
        expect("a number", TIMGetUserStatus("[\"ann\"]", on_number, (void *)numbers[i % 5]), TIM_SUCC);
        if (i == 250) init();
    }
    wait_count("answers", &answers, 500);
}

static atomic_int inside;
static atomic_bool done;

static void on_slow(int32_t code, const char *desc, const char *json, const void *user_data) {
    if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&wrong, 1);
    for (volatile int i = 0; i < 200; i++) {
    }
    on_answer(code, desc, json, user_data);
    atomic_fetch_sub(&inside, 1);
}

static void *pump_thread(void *ran) {
    while (!atomic_load(&done)) atomic_fetch_add((atomic_long *)ran, TIMXPump(100));
    return NULL;
}

/* Two threads that pump: one callback at a time, and none runs twice. */
static void test_two_pumps(void) {
    atomic_long ran = 0;
    pump_mode = true;
    init();
    while (TIMXPump(0) > 0 || TIMXPump(0) > 0) pause_ms(1);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, pump_thread, &ran);
    for (int i = 0; i < 20000; i++) expect("a call", TIMGetUserStatus("[\"ann\"]", on_slow, NULL), TIM_SUCC);
    while (atomic_load(&answers) < 20000) pause_ms(1);
    atomic_store(&done, true);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    expect("answers", atomic_load(&answers), 20000);
    if (atomic_load(&ran) < 20000) fail("what the pumps say they ran", atomic_load(&ran), 20000);
}

static void on_ordered(int32_t code, const char *desc, const char *json, const void *user_data) {
    if ((long)(uintptr_t)user_data != atomic_load(&answers)) atomic_fetch_add(&wrong, 1);
    on_answer(code, desc, json, user_data);
}

/* 100,000 calls without a pump: all are answered, in their order. */
static void test_backlog(void) {
    init();
    for (long i = 0; i < 100000; i++) {
        expect("a call", TIMGetUserStatus("[\"ann\"]", on_ordered, (void *)(uintptr_t)i), TIM_SUCC);
    }
    wait_count("answers", &answers, 100000);
}

static const char *const users[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbb"};

static void *read_user(void *arg) {
    char id[128];
    (void)arg;
    for (long i = 1; !atomic_load(&done); i++) {
        if (i % 10000 == 0) pause_ms(1); /* a busy machine has others to run, too */
        expect("TIMGetLoginUserID", TIMGetLoginUserID(id), TIM_SUCC);
        if (id[0] != 0 && strcmp(id, users[0]) != 0 && strcmp(id, users[1]) != 0) atomic_fetch_add(&wrong, 1);
    }
    return NULL;
}

/* Two users take turns under four reading threads: the id is never a mixture. */
static void test_switching_users(void) {
    const char *tickets[] = {getenv("TICKET_A"), getenv("TICKET_B")};
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\",\"sdk_config_callback_mode\":\"%s\"}",
             getenv("SERVER_URL"), getenv("PROMISES_FOLDER"), pump_mode ? "pump" : "thread");
    expect("TIMInit", TIMInit(strtoull(getenv("APP_ID"), NULL, 10), config), TIM_SUCC);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_user, NULL);
    for (int i = 0; i < 200; i++) {
        expect("TIMLogin", TIMLogin(users[i % 2], tickets[i % 2], on_answer, NULL), TIM_SUCC);
        while (atomic_load(&answers) <= i) {
            if (!pump_mode || TIMXPump(0) == 0) pause_ms(0);
        }
        expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_Logined);
        char id[128];
        TIMGetLoginUserID(id);
        expect("the user who logged in last", strcmp(id, users[i % 2]), 0);
    }
    atomic_store(&done, true);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

static void on_panic(int32_t code, const char *desc, const char *json, const void *user_data) {
    expect("the code after a panic", code, ERR_SDK_INTERNAL_ERROR);
    on_answer(code, desc, json, user_data);
}

/* A panic in Go becomes 7012, and the library goes on. Needs a library built to panic. */
static void test_panic(void) {
    static const char provoke[] = "{\"request_internal_operation\":\"provoke_panic\"}";
    for (long i = 0; i < 100; i++) {
        if (i == 50) init();
        expect("callExperimentalAPI", callExperimentalAPI(provoke, on_panic, NULL), TIM_SUCC);
        wait_count("answers", &answers, 2 * i + 1);
        expect("TIMSetConfig", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
        wait_count("answers", &answers, 2 * i + 2);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"init_races", test_init_races},
    {"chained_calls", test_chained_calls},
    {"null_callbacks_and_numbers", test_null_callbacks_and_numbers},
    {"two_pumps", test_two_pumps},
    {"backlog", test_backlog},
    {"switching_users", test_switching_users},
    {"panic", test_panic},
};

int main(int argc, char **argv) {
    pump_mode = argc > 2 && strcmp(argv[2], "pump") == 0;
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(pump_mode ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread), TIM_SUCC);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (argc < 2 || strcmp(argv[1], tests[i].name) != 0) continue;
        tests[i].run();
        TIMUninit();
        expect("wrong callbacks", atomic_load(&wrong), 0);
        return 0;
    }
    fprintf(stderr, "usage: promises NAME thread|pump\n");
    return 2;
}
