/*
 * A process starts others while the library is at work: nothing that the library has open
 * may be theirs, and in a forked child every call says at once that there is no library.
 *
 *   spawn STATE WAY     WAY: fork, fork_exec, vfork_exec, posix_spawn, system or popen
 *
 * HOST_PROGRAM is the program: files.c. HOST_CONFIG, HOST_APP, HOST_USER and HOST_TICKET
 * are for TIMInit and TIMLogin.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "TIMCloud.h"

enum { RIGHT = 3, HANGS_S = 60, MAX_FILES = 1024 };

static atomic_long answers;
static const char *way;
static char *program, files_text[16];

static void expect(const char *what, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    _exit(1);
}

/* How many files are open; with inherited only those that another program would have too. */
static int files(bool inherited) {
    int n = 0;
    for (int fd = 0; fd < MAX_FILES; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        if (flags != -1 && (!inherited || (flags & FD_CLOEXEC) == 0)) n++;
    }
    return n;
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code, (void)desc, (void)json, (void)user_data;
    atomic_fetch_add(&answers, 1);
}

static void be_child(void) {
    alarm(HANGS_S);
    expect("TIMSetConfig in the child", TIMSetConfig("{}", on_answer, NULL), TIM_ERR_SDKUNINIT);
    expect("TIMInit in the child", TIMInit(1400000000u, "{}"), TIM_ERR_SDKUNINIT);
    expect("TIMLogin in the child", TIMLogin("ann", "ticket", on_answer, NULL), TIM_ERR_SDKUNINIT);
    expect("TIMUninit in the child", TIMUninit(), TIM_ERR_SDKUNINIT);
    _exit(RIGHT);
}

static int ended(pid_t child) {
    int status = -1;
    expect("a child", child > 0, true);
    expect("waitpid", waitpid(child, &status, 0), child);
    return status;
}

static int by_shell(bool system_call) {
    char command[5000];
    snprintf(command, sizeof command, "exec '%s' %s", program, files_text);
    if (system_call) return system(command);
    FILE *out = popen(command, "r");
    expect("popen", out != NULL, true);
    return pclose(out);
}

static int start(void) {
    char *const arguments[] = {program, files_text, NULL};
    pid_t child = 0;
    if (strcmp(way, "system") == 0) return by_shell(true);
    if (strcmp(way, "popen") == 0) return by_shell(false);
    if (strcmp(way, "posix_spawn") == 0) {
        expect("posix_spawn", posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    } else if (strcmp(way, "vfork_exec") == 0) {
        if ((child = vfork()) == 0) {
            execv(program, arguments);
            _exit(1);
        }
    } else if ((child = fork()) == 0) {
        if (strcmp(way, "fork") == 0) be_child();
        execv(program, arguments);
        _exit(1);
    }
    return ended(child);
}

static void check(void) {
    expect("files that a program would inherit", files(true), atoi(files_text));
    for (int i = 0; i < 5; i++) expect("the child's end", start(), RIGHT << 8);
}

static void wait_for(const char *what, long want) {
    for (int i = 0; i < HANGS_S * 1000 && atomic_load(&answers) < want; i++) usleep(1000);
    expect(what, atomic_load(&answers) >= want, true);
}

static void log_in(void) {
    expect("TIMInit", TIMInit(strtoull(getenv("HOST_APP"), NULL, 10), getenv("HOST_CONFIG")), TIM_SUCC);
    expect("TIMLogin", TIMLogin(getenv("HOST_USER"), getenv("HOST_TICKET"), on_answer, NULL), TIM_SUCC);
    wait_for("the login's answer", 2);
    expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_Logined);
}

static void on_check(int32_t code, const char *desc, const char *json, const void *user_data) {
    check();
    on_answer(code, desc, json, user_data);
}

/* A call that is answered: Go has started, and the library goes on as if nothing had been. */
static void call(void) {
    const long before = atomic_load(&answers);
    expect("a call", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("its answer", before + 1);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    way = argv[2];
    program = getenv("HOST_PROGRAM");
    expect("HOST_PROGRAM", program != NULL, true);
    call(); /* while it starts, Go reads some files of the system's */
    snprintf(files_text, sizeof files_text, "%d", files(true));
    expect("files of the library's before TIMInit", files(false), files(true));
    if (strcmp(argv[1], "loaded") == 0) {
        check();
        call();
        return 0;
    }
    log_in();
    expect("files of the library's", files(false) > files(true), true);
    if (strcmp(argv[1], "inside_a_callback") == 0) {
        const long before = atomic_load(&answers);
        expect("a call", TIMSetConfig("{}", on_check, NULL), TIM_SUCC);
        wait_for("its answer", before + 1);
    } else {
        check();
    }
    call();
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    return 0;
}
