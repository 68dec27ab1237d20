/*
 * What the library costs a game: time of calls, memory, threads, wake-ups. Prints one
 * figure a line, its name and its value. It knows only the public headers, and loads the
 * library itself, to see what that costs.
 *
 *   costs footprint LIBRARY EMPTY_LIBRARY SERVER_URL APP_ID CONFIG_FOLDER USER TICKET IDLE_MS
 *   costs calls     (the same)
 *
 * A footprint is that of a process that has made no calls yet, so it is one of its own.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

enum { MANY = 1000000, SOME = 20000, TRIPS = 2000, COLD = 200 };

static struct {
    __typeof__(&TIMInit) init;
    __typeof__(&TIMUninit) uninit;
    __typeof__(&TIMLogin) login;
    __typeof__(&TIMSetConfig) set_config;
    __typeof__(&TIMSubscribeUserInfo) user_info;
    __typeof__(&callExperimentalAPI) experimental;
    __typeof__(&TIMGetLoginStatus) status;
    __typeof__(&TIMGetLoginUserID) user_id;
    __typeof__(&TIMGetServerTime) server_time;
    __typeof__(&TIMGetSDKVersion) version;
    __typeof__(&TIMXPump) pump;
    __typeof__(&TIMXSetCallbackMode) set_mode;
    int (*empty)(void);
} lib;

static struct {
    const char *library, *empty, *url, *app, *folder, *user, *ticket;
    long idle_ms;
} given;

static atomic_int answers, last_code;
static bool pumping;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    atomic_store(&last_code, (int)code);
    atomic_fetch_add(&answers, 1);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Prints the median of n values in ns as us, and what 99 of 100 stay under. */
static void print_us(const char *name, double *ns, int n) {
    char p99[64];
    qsort(ns, (size_t)n, sizeof *ns, by_size);
    print(name, ns[n / 2] / 1e3);
    snprintf(p99, sizeof p99, "%s_p99", name);
    print(p99, ns[n * 99 / 100] / 1e3);
}

/* Runs callbacks, or lets the library's thread run them, until n have come. */
static void wait_answers(int n) {
    while (atomic_load(&answers) < n) {
        if (pumping) lib.pump(0);
    }
}

/* Calls. */

static const char *network_info = "{\"request_internal_operation\":\"internal_operation_set_network_info\","
                                  "\"request_set_network_info_network_connected_param\":false}";

static int call_client(void) { return lib.experimental(network_info, on_answer, NULL); }
static int call_server(void) { return lib.user_info("[\"bob\"]", on_answer, NULL); }
static int call_settings(void) { return lib.set_config("{\"set_config_log_level\":4}", on_answer, NULL); }
static int call_refused(void) { return lib.user_info(NULL, on_answer, NULL); }
static int get_status(void) { return (int)lib.status(); }
static int get_time(void) { return (int)lib.server_time(); }
static int get_version(void) { return lib.version()[0]; }
static int run_pump(void) { return lib.pump(0); }
static int run_empty(void) { return lib.empty(); }

static int get_user(void) {
    char user[128];
    return lib.user_id(user);
}

/* Prints what a call costs its thread when many are made at once: the median, and the mean, which has
 * the calls that lost their core to the library's threads. And how many are answered in a second. */
static void print_queued(const char *name, const char *rate, int (*call)(void)) {
    static double took[SOME];
    char mean[64];
    atomic_store(&answers, 0);
    const double start = now_ns();
    double before = start;
    for (int i = 0; i < SOME; i++) {
        expect(name, call(), TIM_SUCC);
        const double after = now_ns();
        took[i] = after - before;
        before = after;
    }
    snprintf(mean, sizeof mean, "%s_mean", name);
    print(mean, (before - start) / SOME / 1e3);
    wait_answers(SOME);
    print(rate, SOME / (now_ns() - start) * 1e9);
    print_us(name, took, SOME);
}

/* Prints what a call costs its thread when the library sleeps. */
static void print_cold(const char *name, int (*call)(void)) {
    double took[COLD];
    for (int i = 0; i < COLD; i++) {
        atomic_store(&answers, 0);
        rest_ms(2);
        const double start = now_ns();
        call();
        took[i] = now_ns() - start;
        wait_answers(1);
    }
    print_us(name, took, COLD);
}

/* Prints how long it takes from a call to its callback. */
static void print_trip(const char *name, int (*call)(void), int code) {
    static double took[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        atomic_store(&answers, 0);
        const double start = now_ns();
        call();
        wait_answers(1);
        took[i] = now_ns() - start;
        expect(name, atomic_load(&last_code), code);
    }
    print_us(name, took, TRIPS);
}

/* The library's life. */

static void load(void) {
    void *library = open_library(given.library);
    *(void **)&lib.init = find_symbol(library, "TIMInit");
    *(void **)&lib.uninit = find_symbol(library, "TIMUninit");
    *(void **)&lib.login = find_symbol(library, "TIMLogin");
    *(void **)&lib.set_config = find_symbol(library, "TIMSetConfig");
    *(void **)&lib.user_info = find_symbol(library, "TIMSubscribeUserInfo");
    *(void **)&lib.experimental = find_symbol(library, "callExperimentalAPI");
    *(void **)&lib.status = find_symbol(library, "TIMGetLoginStatus");
    *(void **)&lib.user_id = find_symbol(library, "TIMGetLoginUserID");
    *(void **)&lib.server_time = find_symbol(library, "TIMGetServerTime");
    *(void **)&lib.version = find_symbol(library, "TIMGetSDKVersion");
    *(void **)&lib.pump = find_symbol(library, "TIMXPump");
    *(void **)&lib.set_mode = find_symbol(library, "TIMXSetCallbackMode");
    *(void **)&lib.empty = find_symbol(open_library(given.empty), "empty");
}

static double init(void) {
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", given.url, given.folder);
    const double start = now_ns();
    expect("TIMInit", lib.init(strtoull(given.app, NULL, 10), config), TIM_SUCC);
    return now_ns() - start;
}

static double log_in(void) {
    atomic_store(&answers, 0);
    const double start = now_ns();
    expect("TIMLogin", lib.login(given.user, given.ticket, on_answer, NULL), TIM_SUCC);
    wait_answers(1);
    expect("the login's code", atomic_load(&last_code), TIM_SUCC);
    return now_ns() - start;
}

static double uninit(void) {
    const double start = now_ns();
    expect("TIMUninit", lib.uninit(), TIM_SUCC);
    return now_ns() - start;
}

static void measure_footprint(void) {
    print_memory("rss_before");
    const double start = now_ns();
    open_library(given.library);
    print("dlopen", (now_ns() - start) / 1e6);
    rest_ms(50); /* the library's threads have started */
    print_memory("rss_loaded");
    print_threads("threads_loaded");
    load();
    print("init", init() / 1e3);
    rest_ms(500);
    print_memory("rss_init");
    print_threads("threads_init");
    print_idle("idle_init", given.idle_ms);
    print("login", log_in() / 1e6);
    print_memory("rss_login");
    print_threads("threads_login");
    print_idle("idle_login", given.idle_ms);
    print("uninit", uninit() / 1e3);
    print_threads("threads_uninit");
    print("init_again", init() / 1e3);
    rest_ms(300);
    print("uninit_idle", uninit() / 1e3);
}

static void measure_before_init(void) {
    print_trip("settings_answered", call_settings, 0);
    atomic_store(&answers, 0);
    print_each("settings", call_settings, SOME);
    wait_answers(SOME);
    print_trip("before_init", call_server, 6013);
}

/* Calls, with the library's thread running callbacks. */
static void measure_thread(void) {
    init();
    log_in();
    print_each("empty", run_empty, MANY);
    print_each("status", get_status, MANY);
    print_each("user_id", get_user, MANY);
    print_each("server_time", get_time, MANY);
    print_each("version", get_version, MANY);
    print_each("refused", call_refused, MANY);
    print_queued("posted", "thread_rate", call_client);
    print_cold("posted_cold", call_client);
    print_trip("thread", call_client, 0);
    print_trip("thread_server", call_server, 7013);
    print_memory("rss_worked");
    uninit();
}

/* Calls, with the game running callbacks. */
static void measure_pump(void) {
    pumping = true;
    expect("TIMXSetCallbackMode", lib.set_mode(kTIMXCallbackMode_Pump), TIM_SUCC);
    init();
    log_in();
    print_each("pump_empty", run_pump, MANY);
    print_queued("posted_pump", "pump_rate", call_client);
    print_trip("pump", call_client, 0);
    print_trip("pump_server", call_server, 7013);
    uninit();
}

int main(int argc, char **argv) {
    if (argc != 10) return 2;
    given.library = argv[2], given.empty = argv[3], given.url = argv[4], given.app = argv[5];
    given.folder = argv[6], given.user = argv[7], given.ticket = argv[8], given.idle_ms = atol(argv[9]);
    alarm(300); /* an answer that never comes is waited for without a clock */
    if (strcmp(argv[1], "footprint") == 0) {
        measure_footprint();
        return 0;
    }
    load();
    measure_before_init();
    measure_thread();
    measure_pump();
    return 0;
}
