/*
 * TIMUninit, and at once somebody else who wants the same files: another client of the process,
 * or the process that comes after it. Whoever comes must have them: a line of the log tells when
 * not. Ends with 0 when all had them.
 *
 *   successors SERVER_URL APP_ID CONFIG_FOLDER USER TICKET ROUNDS clients|processes
 */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

static sem_t answered;
static int last_code;
static atomic_bool without;

static void expect(const char *what, int got, int want) {
    if (got == want) return;
    fprintf(stderr, "%s is %d, want %d\n", what, got, want);
    exit(1);
}

static void on_answer(int32_t code, const char *desc, const char *json_params, const void *user_data) {
    (void)desc, (void)json_params, (void)user_data;
    last_code = (int)code;
    sem_post(&answered);
}

static void wait_for(const char *what) {
    while (sem_wait(&answered) != 0 && errno == EINTR) {}
    expect(what, last_code, TIM_SUCC);
}

static void on_log(enum TIMLogLevel level, const char *line, const void *user_data) {
    (void)level, (void)user_data;
    if (strstr(line, "another client") == NULL) return;
    fprintf(stderr, "%s\n", line);
    atomic_store(&without, true);
}

static const char *config, *user, *ticket;
static uint64_t app;

static void log_in(void) {
    expect("TIMLogin", TIMLogin(user, ticket, on_answer, NULL), TIM_SUCC);
    wait_for("the login's code");
    expect("TIMConvGetConvList", TIMConvGetConvList(on_answer, NULL), TIM_SUCC);
    wait_for("the list's code");
}

/* Until what it waits for is open: the user's messages, or without a login the install's id. */
static void play(bool logged_in) {
    TIMSetLogCallback(on_log, NULL);
    expect("TIMInit", TIMInit(app, config), TIM_SUCC);
    expect("TIMSetConfig", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("the configuration's code");
    if (logged_in) log_in();
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    expect("the status", TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
}

static void play_in_clients(int rounds) {
    const uint64_t clients[] = {0, TIMXClientCreate(), TIMXClientCreate()};
    for (int i = 0; i < rounds; i++) {
        expect("TIMXClientSelect", TIMXClientSelect(clients[i % 3]), TIM_SUCC);
        play(i % 2 == 0);
    }
}

/* The process that was there stays, and ends after its successor. */
static void play_in_processes(char **argv, int rounds) {
    char left[16];
    snprintf(left, sizeof left, "%d", rounds - 1);
    argv[6] = left;
    play(rounds % 2 == 0);
    if (rounds <= 1) return;
    int status = 0;
    const pid_t next = fork();
    if (next == 0) {
        execv("/proc/self/exe", argv);
        _exit(1);
    }
    while (waitpid(next, &status, 0) < 0 && errno == EINTR) {}
    expect("the next process's status", status, 0);
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    char text[1024];
    snprintf(text, sizeof text, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    config = text, app = strtoull(argv[2], NULL, 10), user = argv[4], ticket = argv[5];
    sem_init(&answered, 0, 0);
    if (strcmp(argv[7], "clients") == 0) play_in_clients(atoi(argv[6]));
    else play_in_processes(argv, atoi(argv[6]));
    return atomic_load(&without);
}
