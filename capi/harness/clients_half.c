/*
 * Clients of the C half that come and go under threads that use them all the while: built
 * with a sanitizer against fake_go.c. It fails when an accepted call is not answered
 * exactly once, a callback runs for another client than its own or with another selected,
 * callbacks of one client overlap, or one comes after its client was destroyed.
 *
 *   clients_half [rounds]
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

enum { OWNERS = 3, GUESTS = 3 };

/* One client, from its creation on; it is kept when the client is gone. */
struct life {
    uint64_t handle;
    atomic_long accepted, answered, inside;
    atomic_bool gone;     /* TIMXClientDestroy has returned */
    atomic_bool destroys; /* its next callback destroys it */
    struct life *next;
};

static _Atomic(struct life *) current[OWNERS], all;
static atomic_long overlaps, strangers, late, calls, callbacks;
static atomic_bool ending;
static int rounds = 50;

static void fail(const char *what, long number) {
    fprintf(stderr, "clients_half: %s: %ld\n", what, number);
    exit(1);
}

static void expect(const char *what, long got, long want) {
    if (got != want) fail(what, got);
}

static void pause_us(long us) {
    const struct timespec t = {0, us * 1000};
    nanosleep(&t, NULL);
}

static void enter(struct life *l) {
    if (TIMXClientSelected() != l->handle) atomic_fetch_add(&strangers, 1);
    if (atomic_fetch_add(&l->inside, 1) != 0) atomic_fetch_add(&overlaps, 1);
    if (atomic_load(&l->gone)) atomic_fetch_add(&late, 1);
    atomic_fetch_add(&callbacks, 1);
    TIMXClientSelect(0); /* is undone */
}

static void leave(struct life *l) {
    atomic_fetch_sub(&l->inside, 1); /* before the end, which runs callbacks within this one */
    if (atomic_exchange(&l->destroys, false)) expect("destroyed inside", TIMXClientDestroy(l->handle), TIM_SUCC);
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    struct life *l = (struct life *)user_data;
    (void)code;
    (void)desc;
    (void)json;
    enter(l);
    atomic_fetch_add(&l->answered, 1);
    leave(l);
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    struct life *l = (struct life *)user_data;
    (void)status;
    (void)code;
    (void)desc;
    enter(l);
    leave(l);
}

static void count(struct life *l, int result) {
    if (result == TIM_SUCC) atomic_fetch_add(&l->accepted, 1), atomic_fetch_add(&calls, 1);
    else if (result != TIM_ERR_SDKUNINIT) fail("a call returned", result);
}

/* What anybody may do with a client that somebody else may destroy meanwhile. */
static void use(struct life *l) {
    char user[128];
    if (TIMXClientSelect(l->handle) != TIM_SUCC) return;
    count(l, TIMSetConfig("{}", on_answer, l));
    count(l, TIMLogin("ann", "ticket", on_answer, l));
    TIMGetLoginStatus();
    TIMGetServerTime();
    const int found = TIMGetLoginUserID(user);
    if (found == TIM_SUCC && user[0] != 0 && strcmp(user, "ann") != 0) fail("a user id", user[0]);
    count(l, TIMGetUserStatus("[\"bob\"]", on_answer, l));
    TIMXPump(200);
    count(l, TIMLogout(on_answer, l));
    TIMXClientSelect(0);
}

static void *visit(void *arg) {
    for (unsigned i = (unsigned)(uintptr_t)arg; !atomic_load(&ending); i++) {
        struct life *l = atomic_load(&current[i % OWNERS]);
        if (l != NULL) use(l);
        pause_us(i % 5 * 40);
    }
    return NULL;
}

static struct life *create(void) {
    struct life *l = calloc(1, sizeof *l);
    l->handle = TIMXClientCreate();
    if (l->handle == 0) fail("no client", 0);
    l->next = atomic_load(&all);
    while (!atomic_compare_exchange_weak(&all, &l->next, l)) {}
    return l;
}

/* Ends a client in one of three ways: from here, from here beside another, from its own callback. */
static void destroy(struct life *l, int round) {
    if (round % 3 == 0) {
        atomic_store(&l->destroys, true);
        for (int i = 0; atomic_load(&l->destroys) && i < 2000; i++) {
            if (TIMXClientSelect(l->handle) == TIM_SUCC) count(l, TIMGetUserStatus("[\"bob\"]", on_answer, l));
            TIMXPump(0);
            pause_us(200);
        }
        return;
    }
    expect("destroyed", TIMXClientDestroy(l->handle), TIM_SUCC);
    atomic_store(&l->gone, true);
    expect("destroyed again", TIMXClientDestroy(l->handle), TIM_ERR_PARAM);
    expect("selected when gone", TIMXClientSelect(l->handle), TIM_ERR_PARAM);
}

/* Who runs callbacks changes from round to round, and who judges that: C, or for eight rounds the
 * stand-in for Go, which goes by the app id. */
static const char *config_of(int i) {
    if (i / 8 % 2 == 1) return "{\"sdk_config_tls_pin_sha256\":\" \"}";
    return i % 2 == 0 ? "{\"sdk_config_callback_mode\":\"thread\"}" : "{\"sdk_config_callback_mode\":\"pump\"}";
}

static void *own(void *arg) {
    const uintptr_t me = (uintptr_t)arg;
    for (int i = 0; i < rounds; i++) {
        struct life *l = create();
        expect("selected", TIMXClientSelect(l->handle), TIM_SUCC);
        TIMSetNetworkStatusListenerCallback(on_network, l);
        atomic_store(&current[me], l);
        if (i % 4 != 3) expect("TIMInit", TIMInit(2 + (unsigned)i % 2, config_of(i)), TIM_SUCC);
        pause_us(i % 7 * 200);
        if (i % 4 == 1) expect("TIMUninit", TIMUninit(), TIM_SUCC);
        destroy(l, i);
    }
    return NULL;
}

/* Waits for what a callback that destroyed its client has left to do. */
static void wait_for_answers(const struct life *l) {
    for (int i = 0; i < 5000 && atomic_load(&l->answered) < atomic_load(&l->accepted); i++) pause_us(1000);
    expect("answers of a client", atomic_load(&l->answered), atomic_load(&l->accepted));
}

int main(int argc, char **argv) {
    if (argc > 1) rounds = atoi(argv[1]);
    pthread_t owners[OWNERS], guests[GUESTS];
    for (uintptr_t i = 0; i < OWNERS; i++) pthread_create(&owners[i], NULL, own, (void *)i);
    for (uintptr_t i = 0; i < GUESTS; i++) pthread_create(&guests[i], NULL, visit, (void *)i);
    for (int i = 0; i < OWNERS; i++) pthread_join(owners[i], NULL);
    atomic_store(&ending, true);
    for (int i = 0; i < GUESTS; i++) pthread_join(guests[i], NULL);
    for (const struct life *l = atomic_load(&all); l != NULL; l = l->next) wait_for_answers(l);
    expect("callbacks that overlapped", atomic_load(&overlaps), 0);
    expect("callbacks with another client selected", atomic_load(&strangers), 0);
    expect("callbacks of a client that was gone", atomic_load(&late), 0);
    expect("the default client's status", TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
    printf("clients_half: %d clients, %ld calls, %ld callbacks\n", OWNERS * rounds, atomic_load(&calls), atomic_load(&callbacks));
    return 0;
}
