/*
 * A process forks while the library is at work. In the child there is no Go, and locks may
 * be held by threads that are not there: its getters work, every other call says at once
 * that there is no library, and it can end or become another program. The parent goes on.
 *
 *   fork thread|pump
 *
 * It is linked with puppet's table of all functions.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../puppet.h"

enum { FORKS = 20, CALLERS = 2 };

static bool pump;
static atomic_bool ending;
static atomic_long accepted, answered;

static void expect(const char *what, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s: %ld, want %ld\n", what, got, want);
    _exit(1);
}

void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    (void)desc;
    (void)json;
    (void)user_data;
    atomic_fetch_add(&answered, 1);
}

void on_message_id(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)code;
    (void)desc;
    (void)json;
    (void)user_data;
}

void on_member_list(const char *json, uint64_t next_seq, bool is_finished, const void *user_data) {
    (void)json;
    (void)next_seq;
    (void)is_finished;
    (void)user_data;
}

/* No event is listened for: puppet's table only wants them to be there. */
void event_begin(const char *setter) { (void)setter; }
void event_text(const char *text) { (void)text; }
void event_number(int64_t number) { (void)number; }
void event_end(const void *user_data) { (void)user_data; }

static void pause_ms(long ms) {
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* Calls all the while, so that a fork finds locks held. */
static void *make_calls(void *unused) {
    while (!atomic_load(&ending)) {
        if (atomic_load(&accepted) - atomic_load(&answered) > 1000) pause_ms(1);
        else if (TIMSetConfig("{}", on_answer, NULL) == TIM_SUCC) atomic_fetch_add(&accepted, 1);
    }
    return unused;
}

static void *run_pump(void *unused) {
    while (!atomic_load(&ending)) {
        if (TIMXPump(0) == 0) pause_ms(1);
    }
    return unused;
}

static int count_calls(void) {
    char user[128];
    const struct argument arguments[8] = {{"{}", 1, user}, {"{}", 1, user}, {"{}", 1, user}, {"{}", 1, user},
                                          {"{}", 1, user}, {"{}", 1, user}, {"{}", 1, user}, {"{}", 1, user}};
    int calls = 0;
    for (const struct call *c = puppet_calls; c->name != NULL; c++, calls++) {
        expect(c->name, c->run(arguments, true, NULL), TIM_ERR_SDKUNINIT);
    }
    return calls;
}

/* Everything that a child can do, within the ten seconds that its alarm leaves it. */
static void be_child(void) {
    char user[128];
    alarm(10);
    expect("TIMGetLoginUserID", TIMGetLoginUserID(user), TIM_SUCC);
    expect("TIMGetLoginStatus", TIMGetLoginStatus(), kTIMLoginStatus_Logining);
    expect("TIMGetServerTime is there", TIMGetServerTime() > 0, true);
    expect("TIMGetSDKVersion is there", TIMGetSDKVersion() != NULL && TIMXVersion() != NULL, true);
    expect("TIMInit", TIMInit(1400000000u, "{}"), TIM_ERR_SDKUNINIT);
    expect("TIMUninit", TIMUninit(), TIM_ERR_SDKUNINIT);
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_ERR_SDKUNINIT);
    expect("TIMXPump", TIMXPump(0), TIM_ERR_SDKUNINIT);
    for (const struct event *e = puppet_events; e->setter != NULL; e++) e->set(true, NULL);
    if (count_calls() < 160) expect("calls in the table", count_calls(), 160);
}

/* A child that ends in one of three ways; 3 is its exit code in each. */
static void fork_child(int way) {
    const pid_t child = fork();
    if (child == 0) {
        if (way % 3 == 0) execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
        be_child();
        if (way % 3 == 1) exit(3);
        _exit(3);
    }
    int status = 0;
    expect("waitpid", waitpid(child, &status, 0), child);
    expect("the child's end", status, 3 << 8);
}

static void wait_for_answers(void) {
    for (int i = 0; i < 20000 && atomic_load(&answered) < atomic_load(&accepted); i++) {
        if (!pump || TIMXPump(0) == 0) pause_ms(1);
    }
    expect("answers", atomic_load(&answered), atomic_load(&accepted));
}

int main(int argc, char **argv) {
    pump = argc > 1 && strcmp(argv[1], "pump") == 0;
    TIMXSetCallbackMode(pump ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread);
    expect("TIMInit", TIMInit(1400000000u, getenv("HOST_CONFIG")), TIM_SUCC);
    expect("TIMLogin", TIMLogin("ann", "ticket", on_answer, NULL), TIM_SUCC);
    atomic_fetch_add(&accepted, 1);
    pthread_t callers[CALLERS], pumping;
    for (int i = 0; i < CALLERS; i++) pthread_create(&callers[i], NULL, make_calls, NULL);
    if (pump) pthread_create(&pumping, NULL, run_pump, NULL);
    for (int i = 0; i < FORKS; i++) fork_child(i);

    atomic_store(&ending, true);
    for (int i = 0; i < CALLERS; i++) pthread_join(callers[i], NULL);
    if (pump) pthread_join(pumping, NULL);
    expect("TIMLogout", TIMLogout(on_answer, NULL), TIM_SUCC);
    atomic_fetch_add(&accepted, 1);
    wait_for_answers();
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    return 0;
}
