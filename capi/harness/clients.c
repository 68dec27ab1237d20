/*
 * An evening of many players in one process, each a client of its own, against a real server.
 * It knows only the public headers. Exits with 0 when everybody heard what concerns them, once,
 * and nothing else.
 *
 *   clients SERVER_URL APP_ID CONFIG_FOLDER thread|pump < lines of a user and a ticket
 *
 * All log in; newcomers, players of the same names, kick the first few; half log out; then
 * all are destroyed in no order, while those who are left go on asking the server.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

enum { MAX_PLAYERS = 256, KICKED = 20, THREADS = 4 };

struct player {
    uint64_t client;
    char user[64], ticket[2048];
    atomic_long asked, answered, code, kicks;
    atomic_bool destroyed;
};

static struct player players[MAX_PLAYERS + KICKED];
static int player_count;
static atomic_long strangers, late;
static bool pump_mode;
static char config[1024];
static uint64_t app;

static void expect(const char *what, const struct player *p, long got, long want) {
    if (got == want) return;
    fprintf(stderr, "%s of %s: %ld, want %ld\n", what, p->user, got, want);
    _Exit(1);
}

static void pause_ms(long ms) {
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* What every callback checks: it is with its own client, who is still there. */
static struct player *player_of(const void *user_data) {
    struct player *p = (struct player *)user_data;
    char user[128];
    if (TIMXClientSelected() != p->client) atomic_fetch_add(&strangers, 1);
    if (TIMGetLoginUserID(user) == TIM_SUCC && user[0] != 0 && strcmp(user, p->user) != 0) atomic_fetch_add(&strangers, 1);
    if (atomic_load(&p->destroyed)) atomic_fetch_add(&late, 1);
    return p;
}

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    struct player *p = player_of(user_data);
    (void)desc;
    (void)json;
    atomic_store(&p->code, (long)code);
    atomic_fetch_add(&p->answered, 1);
}

static void on_kick(const void *user_data) { atomic_fetch_add(&player_of(user_data)->kicks, 1); }

static void pick(const struct player *p) { expect("TIMXClientSelect", p, TIMXClientSelect(p->client), TIM_SUCC); }

static void log_in(struct player *p) {
    pick(p);
    atomic_fetch_add(&p->asked, 1);
    expect("TIMLogin", p, TIMLogin(p->user, p->ticket, on_answer, p), TIM_SUCC);
}

static void log_out(struct player *p) {
    pick(p);
    atomic_fetch_add(&p->asked, 1);
    expect("TIMLogout", p, TIMLogout(on_answer, p), TIM_SUCC);
}

static void ask(struct player *p) {
    pick(p);
    atomic_fetch_add(&p->asked, 1);
    expect("TIMGetUserStatus", p, TIMGetUserStatus("[\"nobody\"]", on_answer, p), TIM_SUCC);
}

static void create(struct player *p) {
    p->client = TIMXClientCreate();
    pick(p);
    if (pump_mode) expect("TIMXSetCallbackMode", p, TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
    TIMSetKickedOfflineCallback(on_kick, p);
    expect("TIMInit", p, TIMInit(app, config), TIM_SUCC);
}

/* As a frame of a game does: everybody's callbacks. */
static void run_callbacks(void) {
    for (int i = 0; pump_mode && i < player_count; i++) {
        if (players[i].client != 0 && TIMXClientSelect(players[i].client) == TIM_SUCC) TIMXPump(0);
    }
    TIMXClientSelect(0);
    pause_ms(1);
}

static void wait_answers(int from, int to, long code) {
    for (int i = from; i < to; i++) {
        const struct player *p = &players[i];
        for (int n = 0; n < 30000 && atomic_load(&p->answered) < atomic_load(&p->asked); n++) run_callbacks();
        expect("answers", p, atomic_load(&p->answered), atomic_load(&p->asked));
        expect("the code", p, atomic_load(&p->code), code);
    }
}

static void wait_kicks(int from, int to, long want) {
    for (int i = from; i < to; i++) {
        const struct player *p = &players[i];
        for (int n = 0; n < 30000 && atomic_load(&p->kicks) < want; n++) run_callbacks();
        expect("kicks", p, atomic_load(&p->kicks), want);
    }
}

static void expect_status(const struct player *p, enum TIMLoginStatus status) {
    char user[128];
    pick(p);
    expect("the status", p, TIMGetLoginStatus(), status);
    expect("TIMGetLoginUserID", p, TIMGetLoginUserID(user), TIM_SUCC);
    expect("its name is told", p, strcmp(user, status == kTIMLoginStatus_Logined ? p->user : ""), 0);
}

static void read_players(void) {
    while (player_count < MAX_PLAYERS && scanf("%63s %2047s", players[player_count].user, players[player_count].ticket) == 2) player_count++;
}

static void all_log_in(void) {
    for (int i = 0; i < player_count; i++) create(&players[i]);
    for (int i = 0; i < player_count; i++) log_in(&players[i]);
    wait_answers(0, player_count, 0);
    for (int i = 0; i < player_count; i++) expect_status(&players[i], kTIMLoginStatus_Logined);
}

/* Newcomers kick the first few, and nobody else. */
static void some_are_kicked(void) {
    const int before = player_count;
    for (int i = 0; i < KICKED; i++) {
        struct player *p = &players[player_count++];
        strcpy(p->user, players[i].user);
        strcpy(p->ticket, players[i].ticket);
        create(p);
        log_in(p);
    }
    wait_answers(before, player_count, 0);
    wait_kicks(0, KICKED, 1);
    for (int i = KICKED; i < player_count; i++) ask(&players[i]);
    wait_answers(KICKED, player_count, 0); /* by now any other kick would have come */
    wait_kicks(KICKED, player_count, 0);
    for (int i = 0; i < player_count; i++) expect_status(&players[i], i < KICKED ? kTIMLoginStatus_UnLogined : kTIMLoginStatus_Logined);
}

static void half_log_out(void) {
    for (int i = KICKED; i < player_count; i += 2) log_out(&players[i]);
    wait_answers(KICKED, KICKED + 1, 0);
    for (int i = KICKED; i < player_count; i += 2) {
        for (int n = 0; n < 30000 && atomic_load(&players[i].answered) < atomic_load(&players[i].asked); n++) run_callbacks();
        expect_status(&players[i], kTIMLoginStatus_UnLogined);
    }
}

static int order[MAX_PLAYERS + KICKED];
static atomic_int next;

/* Destroys whoever is next, while the ones after go on. */
static void *destroy_some(void *arg) {
    (void)arg;
    for (int i; (i = atomic_fetch_add(&next, 1)) < player_count;) {
        struct player *p = &players[order[i]];
        ask(p);
        expect("TIMXClientDestroy", p, TIMXClientDestroy(p->client), TIM_SUCC);
        expect("answers when it was destroyed", p, atomic_load(&p->answered), atomic_load(&p->asked));
        atomic_store(&p->destroyed, true);
        expect("TIMGetUserStatus when it was destroyed", p, TIMGetUserStatus("[\"nobody\"]", on_answer, p), TIM_ERR_SDKUNINIT);
    }
    return NULL;
}

static void all_are_destroyed(void) {
    for (int i = 0; i < player_count; i++) order[i] = i;
    for (int i = player_count - 1; i > 0; i--) {
        const int j = rand() % (i + 1), taken = order[i];
        order[i] = order[j];
        order[j] = taken;
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, destroy_some, NULL);
    while (atomic_load(&next) < player_count) run_callbacks();
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    app = strtoull(argv[2], NULL, 10);
    pump_mode = strcmp(argv[4], "pump") == 0;
#ifndef _WIN32
    alarm(120);
#endif
    read_players();
    all_log_in();
    some_are_kicked();
    half_log_out();
    all_are_destroyed();
    expect("callbacks with another client selected", players, atomic_load(&strangers), 0);
    expect("callbacks of a client that was destroyed", players, atomic_load(&late), 0);
    expect("the default client's status", players, TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
    printf("%d clients\n", player_count);
    return 0;
}
