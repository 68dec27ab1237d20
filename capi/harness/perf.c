/*
 * What a library with this C API costs, whoever made it: it asks for nothing but the API, so the incumbent,
 * ours and the floors of perf_stub.c are measured by the same program. costs.c measures ours in more detail.
 * Prints one figure a line, its name and its value. A footprint is that of a process that makes no calls, so
 * it is a process of its own. Nobody has to answer at the server's address: the login is pending.
 *
 *   perf footprint LIBRARY EMPTY_LIBRARY SERVER_URL APP_ID CONFIG_FOLDER USER TICKET IDLE_MS
 *   perf load      (the same)
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "costs.h"

enum { MANY = 2000000, SOME = 50000, SETTINGS = 20000, TRIPS = 2000, THREADS = 4, TURNS = 20, NOT_INITIALISED = 6013, PENDING = 2 };

typedef void (*callback)(int32_t, const char *, const char *, const void *);

static struct {
    int (*init)(uint64_t, const char *);
    int (*uninit)(void);
    int (*login)(const char *, const char *, callback, const void *);
    int (*set_config)(const char *, callback, const void *);
    int (*conversations)(callback, const void *);
    int (*statuses)(const char *, callback, const void *);
    int (*status)(void);
    int (*user_id)(char *);
    uint64_t (*server_time)(void);
    const char *(*version)(void);
    int (*empty)(void);
} lib;

static struct {
    const char *library, *empty, *url, *app, *folder, *user, *ticket;
    long idle_ms;
} given;

static atomic_long answers;
static atomic_int last_code;
static _Atomic double answered_ns;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    atomic_store(&answered_ns, now_ns());
    atomic_store(&last_code, (int)code);
    atomic_fetch_add(&answers, 1);
}

static void wait_answers(long n) {
    while (atomic_load(&answers) < n) {
#ifdef __x86_64__
        __builtin_ia32_pause(); /* the other threads of a core get it */
#endif
    }
}

/* The library's life. */

static void load(void) {
    const double start = now_ns();
    void *library = open_library(given.library);
    print("dlopen", (now_ns() - start) / 1e6);
    *(void **)&lib.init = find_symbol(library, "TIMInit");
    *(void **)&lib.uninit = find_symbol(library, "TIMUninit");
    *(void **)&lib.login = find_symbol(library, "TIMLogin");
    *(void **)&lib.set_config = find_symbol(library, "TIMSetConfig");
    *(void **)&lib.conversations = find_symbol(library, "TIMConvGetConvList");
    *(void **)&lib.statuses = find_symbol(library, "TIMGetUserStatus");
    *(void **)&lib.status = find_symbol(library, "TIMGetLoginStatus");
    *(void **)&lib.user_id = find_symbol(library, "TIMGetLoginUserID");
    *(void **)&lib.server_time = find_symbol(library, "TIMGetServerTime");
    *(void **)&lib.version = find_symbol(library, "TIMGetSDKVersion");
}

static int call(void) { return lib.statuses("[\"user1\",\"user2\"]", on_answer, NULL); }

static void quiet(void) {
    lib.set_config("{\"set_config_log_level\":6,\"set_config_is_log_output_console\":false}", NULL, NULL);
}

static void init(void) {
    char config[1024];
    snprintf(config, sizeof config,
             "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\",\"sdk_config_log_file_path\":\"%s\"}",
             given.url, given.folder, given.folder);
    expect("TIMInit", lib.init(strtoull(given.app, NULL, 10), config), 0);
}

/* Without a callback, whose answer is long in coming. */
static void begin_login(void) {
    expect("TIMLogin", lib.login(given.user, given.ticket, NULL, NULL), 0);
    for (int i = 0; i < 2000 && lib.status() != PENDING; i++) rest_ms(1);
    rest_ms(600);
    expect("the login's status", lib.status(), PENDING);
}

/* Footprint. */

static double cpu_ms(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static void print_rest(const char *cpu_name, const char *switches_name) {
    const long before = switches();
    const double cpu = cpu_ms(), start = now_ns();
    rest_ms(given.idle_ms);
    const double used = cpu_ms() - cpu, seconds = (now_ns() - start) / 1e9;
    print(cpu_name, used / seconds * 10);
    print(switches_name, (double)(switches() - before) / seconds);
}

static void measure_footprint(void) {
    struct stat file;
    print("file", stat(given.library, &file) == 0 ? (double)file.st_size : 0);
    load();
    rest_ms(50);
    print_memory("rss_loaded");
    print_threads("threads_loaded");
    quiet();
    init();
    rest_ms(500);
    print_memory("rss_init");
    print_threads("threads_init");
    rest_ms(2000);
    print_rest("cpu_init", "switches_init");
    begin_login();
    print_memory("rss_pending");
    print_threads("threads_pending");
    print_rest("cpu_pending", "switches_pending");
    lib.uninit();
    rest_ms(300);
    print_threads("threads_uninit");
}

/* Calls. */

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_size);
    return values[n / 2];
}

static void print_trip(const char *name) {
    static double took[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        atomic_store(&answers, 0);
        const double start = now_ns();
        call();
        wait_answers(1);
        took[i] = (atomic_load(&answered_ns) - start) / 1e3;
    }
    print(name, median(took, TRIPS));
}

static void print_rate(const char *name) {
    atomic_store(&answers, 0);
    const double start = now_ns();
    for (int i = 0; i < SOME; i++) call();
    wait_answers(SOME);
    print(name, SOME / ((now_ns() - start) / 1e9));
}

static void print_settings(void) {
    atomic_store(&answers, 0);
    const double start = now_ns();
    for (int i = 0; i < SETTINGS; i++) lib.set_config("{\"set_config_log_level\":6}", on_answer, NULL);
    print("settings", (now_ns() - start) / SETTINGS / 1e3);
    wait_answers(SETTINGS);
}

static double run_empty(int n) {
    const double start = now_ns();
    for (int i = 0; i < n; i++) lib.empty();
    return (now_ns() - start) / n;
}

static double run_status(int n) {
    const double start = now_ns();
    for (int i = 0; i < n; i++) lib.status();
    return (now_ns() - start) / n;
}

static double run_user(int n) {
    char user[256];
    const double start = now_ns();
    for (int i = 0; i < n; i++) lib.user_id(user);
    return (now_ns() - start) / n;
}

static double run_version(int n) {
    const double start = now_ns();
    for (int i = 0; i < n; i++) lib.version();
    return (now_ns() - start) / n;
}

static double run_time(int n) {
    const double start = now_ns();
    for (int i = 0; i < n; i++) lib.server_time();
    return (now_ns() - start) / n;
}

static double run_clock(int n) {
    struct timespec t;
    const double start = now_ns();
    for (int i = 0; i < n; i++) clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (now_ns() - start) / n;
}

static void *run_in_thread(void *arg) {
    run_status(MANY / THREADS);
    return arg;
}

static void print_in_threads(const char *name) {
    pthread_t threads[THREADS];
    const double start = now_ns();
    for (int i = 0; i < THREADS; i++) expect("pthread_create", pthread_create(&threads[i], NULL, run_in_thread, NULL), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    print(name, (now_ns() - start) / MANY);
}

/* Prints how often a getter takes the time of what it is held against. They run in turn, so that
 * a processor that changes its speed changes that of both. */
static void print_ratio(const char *name, double (*getter)(int), double (*floor)(int)) {
    double ratios[TURNS];
    for (int i = 0; i < TURNS; i++) {
        const double least = floor(MANY / TURNS);
        ratios[i] = getter(MANY / TURNS) / least;
    }
    print(name, median(ratios, TURNS));
}

static void measure_getters(void) {
    run_status(MANY / TURNS);
    print("status", run_status(MANY));
    print("user_id", run_user(MANY / 2));
    print_in_threads("status_threads");
    print("server_time", run_time(MANY / 10));
    print("version", run_version(MANY / 2));
    print("empty", run_empty(MANY));
    print("clock", run_clock(MANY));
    print_ratio("status_ratio", run_status, run_empty);
    print_ratio("user_id_ratio", run_user, run_empty);
    print_ratio("version_ratio", run_version, run_empty);
    print_ratio("server_time_ratio", run_time, run_clock);
}

static void measure_init(void) {
    atomic_store(&answers, 0);
    double start = now_ns();
    init();
    print("init", (now_ns() - start) / 1e3);
    call();
    wait_answers(1);
    print("init_answered", (atomic_load(&answered_ns) - start) / 1e6);
    rest_ms(300);
    start = now_ns();
    lib.uninit();
    do {
        atomic_store(&answers, 0);
        lib.conversations(on_answer, NULL);
        wait_answers(1);
    } while (atomic_load(&last_code) != NOT_INITIALISED);
    print("uninit", (atomic_load(&answered_ns) - start) / 1e6);
    rest_ms(100);
    init();
    rest_ms(500);
}

static void measure_load(void) {
    *(void **)&lib.empty = find_symbol(open_library(given.empty), "empty");
    load();
    rest_ms(50);
    print_trip("trip_before");
    print_rate("rate_before");
    quiet();
    measure_init();
    measure_getters();
    print_settings();
    print_trip("trip");
    print_rate("rate");
    print_memory("rss_worked");
    lib.uninit();
}

int main(int argc, char **argv) {
    if (argc != 10) return 2;
    given.library = argv[2], given.empty = argv[3], given.url = argv[4], given.app = argv[5];
    given.folder = argv[6], given.user = argv[7], given.ticket = argv[8], given.idle_ms = atol(argv[9]);
    alarm(300); /* an answer that never comes is waited for without a clock */
    if (strcmp(argv[1], "footprint") == 0) measure_footprint();
    else measure_load();
    return 0;
}
