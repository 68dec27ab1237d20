/*
 * A process ends, in each way that C has, in each state that the library can be in.
 *
 *   leaving STATE WAY
 *
 * Whatever ends it with a status has 7. "pthread_exit" ends the first thread alone: the
 * library goes on for the others, of which one then ends the process. A process that does
 * not end is killed by SIGALRM.
 *
 * HOST_CONFIG, HOST_APP, HOST_USER and HOST_TICKET are for TIMInit and TIMLogin, HOST_FILE
 * is a file to send.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

enum { EXIT_CODE = 7, WRONG = 1, HANGS_S = 60 };

static atomic_long answers;
static sem_t reached; /* the state */
static const char *way;

static void expect(const char *what, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    _exit(WRONG);
}

static void wait_for(const char *what, long want) {
    for (int i = 0; i < HANGS_S * 1000 && atomic_load(&answers) < want; i++) {
        if (TIMXPump(0) == 0) usleep(1000); /* which runs something in pump mode alone */
    }
    expect(what, atomic_load(&answers) >= want, true);
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code, (void)desc, (void)json, (void)user_data;
    atomic_fetch_add(&answers, 1);
}

/* The ways. Only pthread_exit leaves something behind, and return is main's. */

static void *others_go_on(void *unused) {
    const long before = atomic_load(&answers);
    usleep(50000); /* most of the time the first thread has ended */
    expect("a call without the first thread", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("its answer", before + 1);
    exit(EXIT_CODE);
    return unused;
}

static void leave(void) {
    alarm(HANGS_S);
    if (strcmp(way, "exit") == 0) exit(EXIT_CODE);
    if (strcmp(way, "_exit") == 0) _exit(EXIT_CODE);
    if (strcmp(way, "quick_exit") == 0) quick_exit(EXIT_CODE);
    if (strcmp(way, "abort") == 0) abort();
    if (strcmp(way, "pthread_exit") == 0) {
        pthread_t other;
        expect("pthread_create", pthread_create(&other, NULL, others_go_on, NULL), 0);
        pthread_exit(NULL);
    }
    expect("return stands in main", strcmp(way, "return"), 0);
}

/* The states. */

static void init(const char *mode) {
    const char *app = getenv("HOST_APP");
    TIMXSetCallbackMode(strcmp(mode, "pump") == 0 ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread);
    expect("TIMInit", TIMInit(app == NULL ? 1400000000u : strtoull(app, NULL, 10), getenv("HOST_CONFIG")), TIM_SUCC);
}

static void be_loaded(void) {}

static void be_initialised(void) {
    init("thread");
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("its answer", 1);
}

static void be_initialised_for_the_pump(void) {
    init("pump");
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("its answer", 1);
}

static void log_in(void) {
    const char *user = getenv("HOST_USER"), *ticket = getenv("HOST_TICKET");
    expect("TIMLogin", TIMLogin(user == NULL ? "ann" : user, ticket == NULL ? "ticket" : ticket, on_answer, NULL), TIM_SUCC);
}

static void be_logging_in(void) {
    init("thread");
    log_in();
    expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_Logining);
}

static void be_logged_in(void) {
    init("thread");
    log_in();
    wait_for("the login's answer", 1);
    expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_Logined);
}

static void on_progress(const char *message, uint32_t element, uint32_t done, uint32_t total, const void *user_data) {
    (void)message, (void)element, (void)user_data;
    if (done < total) sem_post(&reached);
}

static void on_sent(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)json, (void)user_data;
    if (code != 0) fprintf(stderr, "the file is not sent: %s\n", desc);
    expect("TIMMsgSendMessage", code, 0);
}

/* A file on its way. More are sent than go at once, so that one is when the state is left. */
static void be_uploading(void) {
    be_logged_in();
    char message[2048], id[128];
    snprintf(message, sizeof message,
             "{\"message_elem_array\":[{\"elem_type\":4,\"file_elem_file_path\":\"%s\",\"file_elem_file_name\":\"x\"}]}", getenv("HOST_FILE"));
    TIMSetMsgElemUploadProgressCallback(on_progress, NULL);
    for (int i = 0; i < 4; i++) {
        expect("TIMMsgSendMessage", TIMMsgSendMessage("bob", kTIMConv_C2C, message, id, on_sent, NULL), TIM_SUCC);
    }
    while (sem_wait(&reached) != 0) {}
}

static void on_leave(int32_t code, const char *desc, const char *json, const void *user_data) {
    on_answer(code, desc, json, user_data);
    leave();
}

static void be_inside_a_callback(void) {
    init("thread");
    log_in();
    expect("a call", TIMSetConfig("{}", on_leave, NULL), TIM_SUCC);
    sleep(HANGS_S);
    expect("ends in a callback", 0, 1);
}

static void be_inside_the_pump(void) {
    init("pump");
    log_in();
    expect("a call", TIMSetConfig("{}", on_leave, NULL), TIM_SUCC);
    for (;;) TIMXPump(0);
}

static void on_held(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code, (void)desc, (void)json, (void)user_data;
    sem_post(&reached);
    usleep(1500000); /* so long it holds TIMUninit up */
}

static void *uninit(void *unused) {
    sem_post(&reached);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    return unused;
}

static void be_in_uninit(void) {
    init("thread");
    log_in();
    expect("a call", TIMSetConfig("{}", on_held, NULL), TIM_SUCC);
    while (sem_wait(&reached) != 0) {}
    pthread_t other;
    expect("pthread_create", pthread_create(&other, NULL, uninit, NULL), 0);
    while (sem_wait(&reached) != 0) {}
    usleep(20000);
}

static void be_uninitialised(void) {
    be_initialised();
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
}

static const struct {
    const char *name;
    void (*be)(void);
} states[] = {
    {"loaded", be_loaded},
    {"initialised", be_initialised},
    {"initialised_for_the_pump", be_initialised_for_the_pump},
    {"logging_in", be_logging_in},
    {"logged_in", be_logged_in},
    {"uploading", be_uploading},
    {"inside_a_callback", be_inside_a_callback},
    {"inside_the_pump", be_inside_the_pump},
    {"in_uninit", be_in_uninit},
    {"uninitialised", be_uninitialised},
};

int main(int argc, char **argv) {
    sem_init(&reached, 0, 0);
    for (size_t i = 0; argc == 3 && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(argv[1], states[i].name) != 0) continue;
        way = argv[2];
        states[i].be();
        leave();
        return EXIT_CODE;
    }
    fprintf(stderr, "usage: leaving STATE WAY\n");
    return 2;
}
