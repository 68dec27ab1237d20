/*
 * The library is unloaded and loaded again, and the process ends while it is at work.
 *
 *   lifetime LIBRARY reload | unload_running | exit WHO | exit_logged_in WHO | term
 *
 * WHO calls exit: main, thread or callback. The exit code is then 7; a process that takes
 * longer than two seconds to end is killed by SIGALRM. "term" ends by SIGTERM.
 * HOST_CONFIG, HOST_APP, HOST_USER and HOST_TICKET are for TIMInit and TIMLogin.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "host.h"

enum { EXIT_CODE = 7, ROUNDS = 5 };

static const char *library;

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value == NULL ? otherwise : value;
}

static void log_in(void) {
    expect("TIMLogin", tim.Login(setting("HOST_USER", "ann"), setting("HOST_TICKET", "ticket"), on_answer, NULL), TIM_SUCC);
    expect("TIMGetLoginStatus", tim.GetLoginStatus(), kTIMLoginStatus_Logining);
}

static void unload(void *handle) {
    expect("dlclose", dlclose(handle), 0);
    memset(&tim, 0, sizeof tim);
}

static void reload(const char *how) {
    (void)how;
    for (int i = 0; i < ROUNDS; i++) {
        void *handle = load(library, &tim);
        init();
        log_in();
        call();
        expect("TIMUninit", tim.Uninit(), TIM_SUCC);
        expect("answers", atomic_load(&answers), 2 * (i + 1));
        unload(handle);
    }
}

/* A host that forgets TIMUninit: callbacks still come, and the next load finds it initialised. */
static void unload_running(const char *how) {
    (void)how;
    for (int i = 0; i < ROUNDS; i++) {
        const long before = atomic_load(&answers);
        void *handle = load(library, &tim);
        init();
        expect("TIMSetConfig", tim.SetConfig("{}", on_answer, NULL), TIM_SUCC);
        unload(handle);
        for (int k = 0; k < 20000 && atomic_load(&answers) == before; k++) pause_ms(1);
        expect("answers after dlclose", atomic_load(&answers), before + 1);
    }
    load(library, &tim);
    expect("TIMUninit", tim.Uninit(), TIM_SUCC);
    init();
    call();
    expect("TIMUninit", tim.Uninit(), TIM_SUCC);
}

static void *leave(void *unused) {
    (void)unused;
    alarm(2);
    exit(EXIT_CODE);
}

static void leave_here(void) { leave(NULL); }

static void exit_by(const char *who) {
    pthread_t thread;
    if (strcmp(who, "main") == 0) leave_here();
    if (strcmp(who, "thread") == 0) pthread_create(&thread, NULL, leave, NULL);
    if (strcmp(who, "callback") == 0) {
        in_callback = leave_here;
        expect("TIMSetConfig", tim.SetConfig("{}", on_answer, NULL), TIM_SUCC);
    }
    pause_ms(60000);
    expect("ends in a minute", 0, 1);
}

static void exit_logging_in(const char *who) {
    load(library, &tim);
    init();
    log_in();
    exit_by(who);
}

static void exit_logged_in(const char *who) {
    load(library, &tim);
    init();
    log_in();
    for (int i = 0; i < 20000 && atomic_load(&answers) == 0; i++) pause_ms(1);
    expect("TIMGetLoginStatus", tim.GetLoginStatus(), kTIMLoginStatus_Logined);
    exit_by(who);
}

#ifndef _WIN32
static void term(const char *how) {
    (void)how;
    load(library, &tim);
    init();
    log_in();
    call();
    alarm(2);
    kill(getpid(), SIGTERM);
    pause_ms(60000);
}
#endif

int main(int argc, char **argv) {
    static const struct named all[] = {{"reload", reload},
                                       {"unload_running", unload_running},
#ifndef _WIN32
                                       {"term", term},
#endif
                                       {"exit", exit_logging_in},
                                       {"exit_logged_in", exit_logged_in}};
    library = argc > 1 ? argv[1] : "";
    return run_named(all, sizeof all / sizeof all[0], argc, argv);
}
