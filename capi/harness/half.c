/*
 * The C half under four producers, in both callback modes, with init and uninit all the
 * while: built with a sanitizer against fake_go.c. It fails when an accepted call is not
 * answered exactly once, a refused one is answered, callbacks overlap, or a user id that
 * is read meanwhile is a mixture of two.
 *
 *   half [rounds]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

enum { PRODUCERS = 4 };

static atomic_long accepted, answered, inside, overlaps, wrong, events, progress;
static atomic_bool ending;

static void fail(const char *what) {
    fprintf(stderr, "half: %s\n", what);
    exit(1);
}

static void pause_us(long us) {
    const struct timespec t = {0, us * 1000};
    nanosleep(&t, NULL);
}

static void enter(void) {
    if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&overlaps, 1);
}

static void leave(void) { atomic_fetch_sub(&inside, 1); }

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    enter();
    if (desc == NULL || json == NULL || (uintptr_t)user_data != 1) atomic_fetch_add(&wrong, 1);
    if (code != 0 && code != 6013 && code != 6014) atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&answered, 1);
    leave();
}

/* Hears how far a call has come, before its answer. */
static void on_download(int32_t code, const char *desc, const char *json, const void *user_data) {
    if (strcmp(desc, "downloading") != 0) {
        on_answer(code, desc, json, user_data);
        return;
    }
    enter();
    if (code != 0 || strcmp(json, "{\"n\":1}") != 0 || (uintptr_t)user_data != 1) atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&progress, 1);
    leave();
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    enter();
    if (status == kTIMDisconnected || code != 0 || strcmp(desc, "told") != 0 || user_data != NULL) atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&events, 1);
    leave();
}

static void on_log(enum TIMLogLevel level, const char *line, const void *user_data) {
    enter();
    if (level != kTIMLog_Info || strcmp(line, "line") != 0 || user_data == NULL) atomic_fetch_add(&wrong, 1);
    leave();
}

static void count(int result) {
    if (result == TIM_SUCC) atomic_fetch_add(&accepted, 1);
}

static void read_user(void) {
    char id[128];
    if (TIMGetLoginUserID(id) != TIM_SUCC) atomic_fetch_add(&wrong, 1);
    const size_t n = strlen(id);
    for (size_t i = 1; i < n; i++) {
        if (id[i] != id[0]) atomic_fetch_add(&wrong, 1); /* a mixture of two users */
    }
    TIMGetLoginStatus();
    TIMGetServerTime();
}

static void *produce(void *arg) {
    static const char *const users[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbb", "cccccccccccccccccc", "dd"};
    const char *user = users[(uintptr_t)arg];
    while (!atomic_load(&ending)) {
        count(TIMSetConfig("{\"set_config_log_level\":6}", on_answer, (void *)1));
        count(TIMGetUserStatus("[\"ann\"]", on_answer, (void *)1));
        count(TIMGetUserStatus("[\"ann\"", on_answer, (void *)1)); /* refused */
        count(TIMMsgDownloadElemToPath("{}", "path", on_download, (void *)1));
        count(TIMLogin(user, "ticket", on_answer, (void *)1));
        read_user();
        count(TIMLogout(on_answer, (void *)1));
        TIMGetUserStatus("[\"ann\"]", NULL, NULL);
        TIMSetLogCallback((uintptr_t)arg % 2 ? on_log : NULL, (void *)2);
        do pause_us(200);
        while (atomic_load(&accepted) - atomic_load(&answered) > 1000); /* more would only be a longer queue */
    }
    return NULL;
}

static void *pump(void *arg) {
    (void)arg;
    while (!atomic_load(&ending)) {
        TIMXPump(500);
        pause_us(50);
    }
    return NULL;
}

static void wait_for_answers(void) {
    for (int i = 0; i < 5000 && atomic_load(&answered) < atomic_load(&accepted); i++) {
        TIMXPump(0);
        pause_us(1000);
    }
    if (atomic_load(&answered) != atomic_load(&accepted)) {
        fprintf(stderr, "accepted %ld, answered %ld\n", atomic_load(&accepted), atomic_load(&answered));
        fail("an accepted call was not answered exactly once");
    }
}

/* A configuration for a round, and who is to run callbacks: what C reads of it itself, or what is
 * for Go to judge, whose stand-in then goes by the app id. */
static int init_round(int i) {
    static const char *const plain[] = {"{\"sdk_config_callback_mode\":\"thread\"}", "{\"sdk_config_callback_mode\":\"pump\"}"};
    const int mode = i / 2 % 2;
    return TIMInit(1400000000u + (unsigned)mode, i % 2 == 0 ? plain[mode] : "{\"sdk_config_tls_pin_sha256\":\" \"}");
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 50;
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    pthread_t producers[PRODUCERS], pumps[2];
    for (uintptr_t i = 0; i < PRODUCERS; i++) pthread_create(&producers[i], NULL, produce, (void *)i);
    for (int i = 0; i < 2; i++) pthread_create(&pumps[i], NULL, pump, NULL);
    for (int i = 0; i < rounds; i++) {
        if (init_round(i) != TIM_SUCC) fail("TIMInit");
        pause_us(i % 7 * 300);
        if (TIMUninit() != TIM_SUCC) fail("TIMUninit");
    }
    atomic_store(&ending, true);
    for (int i = 0; i < PRODUCERS; i++) pthread_join(producers[i], NULL);
    for (int i = 0; i < 2; i++) pthread_join(pumps[i], NULL);
    wait_for_answers();
    if (atomic_load(&overlaps) > 0) fail("callbacks overlapped");
    if (atomic_load(&wrong) > 0) fail("a callback heard something wrong, or a user id was a mixture");
    if (atomic_load(&progress) == 0) fail("no call told how far it had come");
    printf("half: %d rounds, %ld calls, %ld events\n", rounds, atomic_load(&accepted), atomic_load(&events));
    return 0;
}
