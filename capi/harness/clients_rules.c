/*
 * The rules of TIMExtension.h about several clients, each as a test of its own:
 *
 *   clients_rules NAME thread|pump
 *
 * It exits with 0 when the rule was kept. zz_puppet.c knows every function.
 */
#include <sys/wait.h>

#include "promises.h"
#include "puppet.h"

static atomic_long answers, last_code, strangers, stuck;
static uint64_t client;

/* user_data is the handle of the client that the call was made on. */
void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc;
    (void)json;
    if (TIMXClientSelected() != (uintptr_t)user_data) atomic_fetch_add(&strangers, 1);
    atomic_store(&last_code, (long)code);
    atomic_fetch_add(&answers, 1);
}

void on_message_id(int32_t code, const char *desc, const char *json, const void *user_data) { on_answer(code, desc, json, user_data); }

void on_member_list(const char *json, uint64_t next_seq, bool is_finished, const void *user_data) {
    (void)next_seq;
    (void)is_finished;
    on_answer(0, "", json, user_data);
}

void event_begin(const char *setter) { fail(setter, 1, 0); }
void event_text(const char *text) { (void)text; }
void event_number(int64_t number) { (void)number; }
void event_end(const void *user_data) { (void)user_data; }

static void pick(uint64_t handle) { expect("TIMXClientSelect", TIMXClientSelect(handle), TIM_SUCC); }

/* A new client, selected, in the mode of the test. */
static uint64_t create(void) {
    const uint64_t handle = TIMXClientCreate();
    expect("a handle is not 0", handle != 0, true);
    pick(handle);
    if (pump_mode) expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
    return handle;
}

static void destroy(uint64_t handle) { expect("TIMXClientDestroy", TIMXClientDestroy(handle), TIM_SUCC); }

static int call(uint64_t handle) { return TIMSetConfig("{}", on_answer, (const void *)(uintptr_t)handle); }

static void *select_elsewhere(void *arg) {
    expect("selected on a new thread", (long)TIMXClientSelected(), 0);
    pick((uint64_t)(uintptr_t)arg);
    return NULL;
}

/* What can be selected and destroyed, and what is refused and changes nothing. */
static void test_handles(void) {
    expect("selected at first", (long)TIMXClientSelected(), 0);
    pick(0);
    const uint64_t a = create(), b = create();
    expect("two handles differ", a != b, true);
    pick(a);
    const uint64_t strangers_to_us[] = {1, 5, 4095, 4096 * 9, b + 4096, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof strangers_to_us / sizeof strangers_to_us[0]; i++) {
        expect("selecting what never was", TIMXClientSelect(strangers_to_us[i]), TIM_ERR_PARAM);
        expect("destroying it", TIMXClientDestroy(strangers_to_us[i]), TIM_ERR_PARAM);
    }
    expect("destroying the default client", TIMXClientDestroy(0), TIM_ERR_PARAM);
    expect("destroying none", TIMXClientDestroy(TIMX_CLIENT_NONE), TIM_ERR_PARAM);
    expect("the selection stays", TIMXClientSelected() == a, true);
    pthread_t t;
    pthread_create(&t, NULL, select_elsewhere, (void *)(uintptr_t)b);
    pthread_join(t, NULL);
    expect("another thread's is its own", TIMXClientSelected() == a, true);
    destroy(b);
    for (int i = 0; i < 100; i++) {
        const uint64_t c = TIMXClientCreate();
        expect("a handle is given once", c != a && c != b, true);
        destroy(c);
    }
    expect("selecting what was destroyed", TIMXClientSelect(b), TIM_ERR_PARAM);
    expect("destroying it again", TIMXClientDestroy(b), TIM_ERR_PARAM);
    destroy(a);
}

/* Every function, on a client that is not there any more. */
static void expect_refused(void) {
    static const struct argument none[16];
    char user[128] = "somebody";
    for (const struct call *c = puppet_calls; c->name != NULL; c++) expect(c->name, c->run(none, true, NULL), TIM_ERR_SDKUNINIT);
    for (const struct event *e = puppet_events; e->setter != NULL; e++) e->set(true, NULL);
    expect("TIMInit", TIMInit(APP, "{}"), TIM_ERR_SDKUNINIT);
    expect("TIMUninit", TIMUninit(), TIM_ERR_SDKUNINIT);
    expect("TIMXPump", TIMXPump(0), TIM_ERR_SDKUNINIT);
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_ERR_SDKUNINIT);
    expect("TIMGetLoginUserID", TIMGetLoginUserID(user), TIM_ERR_SDKUNINIT);
    expect("the user", user[0], 0);
    expect("the status", TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
    expect("the time", labs((long)TIMGetServerTime() - (long)time(NULL)) <= 1, true);
}

/* A thread that has a destroyed client selected is refused, and never works on the default one. */
static void test_destroyed(void) {
    init(); /* the default client: its listeners, set below by mistake, would hear of the network */
    const uint64_t a = create();
    init();
    destroy(a);
    expect("it stays selected", TIMXClientSelected() == a, true);
    expect_refused();
    pick(TIMX_CLIENT_NONE);
    expect("none is selected", TIMXClientSelected() == TIMX_CLIENT_NONE, true);
    expect_refused();
    expect("answers", atomic_load(&answers), 0);
    pick(0);
    expect("the default client is as it was", TIMUninit(), TIM_SUCC);
}

static void log_in_again(int32_t code, const char *desc, const char *json, const void *user_data) {
    expect("the login's code", code, 7009);
    expect("a call while it ends", call(client), TIM_ERR_SDKUNINIT);
    on_answer(code, desc, json, user_data);
}

/* What is pending is answered with 7009 before TIMXClientDestroy returns. */
static void test_pending(void) {
    client = create();
    init();
    expect("TIMLogin", TIMLogin("ann", "ticket", log_in_again, (const void *)(uintptr_t)client), TIM_SUCC);
    expect("the status", TIMGetLoginStatus(), kTIMLoginStatus_Logining);
    destroy(client);
    expect("answers", atomic_load(&answers), 1);
}

/* Before TIMInit, too, and without waiting for anything. */
static void test_never_initialised(void) {
    const uint64_t a = create();
    for (int i = 0; i < 100; i++) {
        expect("TIMSetConfig", call(a), TIM_SUCC);
        expect("TIMGetUserStatus", TIMGetUserStatus("[\"ann\"]", on_answer, (const void *)(uintptr_t)a), TIM_SUCC);
    }
    destroy(a);
    expect("answers", atomic_load(&answers), 200);
    destroy(create());
}

static void on_level(int32_t code, const char *desc, const char *json, const void *user_data) {
    const char *level = strstr(json, "\"set_config_log_level\":");
    atomic_store(&stuck, level == NULL ? -1 : atol(level + strlen("\"set_config_log_level\":")));
    on_answer(code, desc, json, user_data);
}

/* What is set on one client does not hold for another. */
static void test_settings(void) {
    const uint64_t a = create();
    expect("TIMSetConfig", TIMSetConfig("{\"set_config_log_level\":6}", on_level, (const void *)(uintptr_t)a), TIM_SUCC);
    wait_count("answers", &answers, 1);
    expect("its level", atomic_load(&stuck), 6);
    const uint64_t b = create();
    expect("TIMSetConfig", TIMSetConfig("{}", on_level, (const void *)(uintptr_t)b), TIM_SUCC);
    wait_count("answers", &answers, 2);
    expect("the other's level", atomic_load(&stuck), 4);
    destroy(a);
    destroy(b);
}

static void on_selecting(int32_t code, const char *desc, const char *json, const void *user_data) {
    const uint64_t other = (uint64_t)(uintptr_t)user_data; /* of the client that is not its own */
    expect("its own client is selected", TIMXClientSelected() == client, true);
    pick(other);
    expect("a call on another", call(other), TIM_SUCC);
    (void)code;
    (void)desc;
    (void)json;
}

/* A callback finds its own client selected, and what it selects is undone. */
static void test_callbacks_select(void) {
    const uint64_t other = create();
    client = create();
    const long rounds = 100;
    for (long i = 1; i <= rounds; i++) {
        pick(client);
        expect("TIMSetConfig", TIMSetConfig("{}", on_selecting, (const void *)(uintptr_t)other), TIM_SUCC);
        for (int n = 0; pump_mode && n < 60000 && TIMXPump(0) == 0; n++) pause_ms(1);
        expect("as before the pump", TIMXClientSelected() == client, true);
        pick(other);
        wait_count("answers", &answers, i);
    }
    destroy(client);
    destroy(other);
}

/* With the callback thread, what a callback of the default client selects is undone as well,
 * also when it is the first to create one. */
static void on_creating(int32_t code, const char *desc, const char *json, const void *user_data) {
    expect("selected", (long)TIMXClientSelected(), 0);
    create();
    on_answer(code, desc, json, (const void *)(uintptr_t)TIMXClientSelected());
    (void)user_data;
}

static void test_default_callbacks(void) {
    if (pump_mode) expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
    for (long i = 1; i <= 10; i++) {
        expect("TIMSetConfig", TIMSetConfig("{}", on_creating, NULL), TIM_SUCC);
        wait_count("answers", &answers, i);
    }
}

static void on_destroying(int32_t code, const char *desc, const char *json, const void *user_data) {
    on_answer(code, desc, json, user_data);
    if (TIMXClientDestroy((uint64_t)(uintptr_t)user_data) != TIM_SUCC) return; /* a later answer, of the end */
    expect("a call of one that ends", call(client), TIM_ERR_SDKUNINIT);
    expect("its uninit", TIMUninit(), TIM_ERR_SDKUNINIT);
}

/* A client may be destroyed in its own callback: the rest is answered, and it ends after it. */
static void test_inside(void) {
    for (int i = 0; i < 100; i++) {
        atomic_store(&answers, 0);
        client = create();
        if (i % 2 == 0) init();
        int accepted = 0;
        for (int n = 0; n < 20; n++) {
            const int result = TIMSetConfig("{}", on_destroying, (const void *)(uintptr_t)client);
            if (result != TIM_SUCC) expect("refused when it has ended", result, TIM_ERR_SDKUNINIT);
            accepted += result == TIM_SUCC;
        }
        for (int n = 0; n < 60000 && atomic_load(&answers) < accepted; n++) {
            if (!pump_mode || TIMXPump(0) <= 0) pause_ms(1);
        }
        expect("answers", atomic_load(&answers), accepted);
        expect("it has ended", TIMXClientSelect(client), TIM_ERR_PARAM);
        pick(0);
    }
}

static void on_stuck(int32_t code, const char *desc, const char *json, const void *user_data) {
    atomic_store(&stuck, 1);
    for (int n = 0; n < 60000 && atomic_load(&stuck) != 2; n++) pause_ms(1);
    on_answer(code, desc, json, user_data);
}

static void *pump_client(void *arg) {
    pick((uint64_t)(uintptr_t)arg);
    while (TIMXPump(0) >= 0) pause_ms(1);
    return NULL;
}

/* A callback that does not return holds nobody up for long; the rest is answered after it. */
static void test_stuck(void) {
    const uint64_t a = create();
    init();
    pthread_t t;
    if (pump_mode) pthread_create(&t, NULL, pump_client, (void *)(uintptr_t)a);
    expect("TIMSetConfig", TIMSetConfig("{}", on_stuck, (const void *)(uintptr_t)a), TIM_SUCC);
    for (int n = 0; n < 60000 && atomic_load(&stuck) == 0; n++) pause_ms(1);
    for (int i = 0; i < 10; i++) expect("TIMSetConfig", call(a), TIM_SUCC);
    destroy(a);
    expect("answers while it is stuck", atomic_load(&answers), 0);
    atomic_store(&stuck, 2);
    for (int n = 0; n < 60000 && atomic_load(&answers) < 11; n++) pause_ms(1);
    expect("answers", atomic_load(&answers), 11);
    if (pump_mode) pthread_join(t, NULL);
}

/* In a forked child nothing can be selected any more, and getters go on. */
static void test_fork(void) {
    const uint64_t a = create();
    const pid_t child = fork();
    if (child == 0) {
        expect("TIMXClientCreate", TIMXClientCreate() == 0, true);
        expect("TIMXClientSelect", TIMXClientSelect(0), TIM_ERR_SDKUNINIT);
        expect("TIMXClientDestroy", TIMXClientDestroy(a), TIM_ERR_SDKUNINIT);
        expect("TIMXClientSelected", TIMXClientSelected() == a, true);
        expect("a call", call(a), TIM_ERR_SDKUNINIT);
        expect("TIMXPump", TIMXPump(0), TIM_ERR_SDKUNINIT);
        expect("the status", TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    expect("the child's status", status, 0);
    expect("the parent's call", call(a), TIM_SUCC);
    wait_count("answers", &answers, 1);
    destroy(a);
}

/* 4,096 at a time; places are given again. */
static void test_many(void) {
    static uint64_t all[4096];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4096; i++) expect("a client", (all[i] = TIMXClientCreate()) != 0, true);
        expect("one too many", TIMXClientCreate() == 0, true);
        for (int i = 0; i < 4096; i++) destroy(all[(i * 37 + round) % 4096]);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"handles", test_handles},
    {"destroyed", test_destroyed},
    {"pending", test_pending},
    {"never_initialised", test_never_initialised},
    {"settings", test_settings},
    {"callbacks_select", test_callbacks_select},
    {"default_callbacks", test_default_callbacks},
    {"inside", test_inside},
    {"stuck", test_stuck},
    {"fork", test_fork},
    {"many", test_many},
};

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    pump_mode = strcmp(argv[2], "pump") == 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (strcmp(tests[i].name, argv[1]) != 0) continue;
        tests[i].run();
        expect("callbacks with another client selected", atomic_load(&strangers), 0);
        return 0;
    }
    return 2;
}
