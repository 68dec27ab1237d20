/*
 * What several clients in one process cost: choosing one, and a hundred that are logged in.
 *
 *   costs_clients SERVER_URL APP_ID CONFIG_FOLDER IDLE_MS < lines of a user and a ticket
 */
#include <stdatomic.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

enum { MANY = 1000000, SOME = 1000, CLIENTS = 100 };

static uint64_t clients[CLIENTS];
static atomic_int answers, failures;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    if (code != 0) atomic_fetch_add(&failures, 1);
    atomic_fetch_add(&answers, 1);
}

static int get_status(void) { return (int)TIMGetLoginStatus(); }
static int run_pump(void) { return TIMXPump(0); }
static int pick_first(void) { return TIMXClientSelect(clients[0]); }

/* What a wrapper does for each call. */
static int wrapped(void) {
    const uint64_t before = TIMXClientSelected();
    TIMXClientSelect(clients[0]);
    const int status = get_status();
    TIMXClientSelect(before);
    return status;
}

static void log_in(uint64_t app, const char *config) {
    char user[64], ticket[2048];
    for (int i = 0; i < CLIENTS; i++) {
        expect("a user and a ticket", scanf("%63s %2047s", user, ticket), 2);
        clients[i] = TIMXClientCreate();
        expect("TIMXClientSelect", TIMXClientSelect(clients[i]), TIM_SUCC);
        expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
        expect("TIMInit", TIMInit(app, config), TIM_SUCC);
        expect("TIMLogin", TIMLogin(user, ticket, on_answer, NULL), TIM_SUCC);
    }
    while (atomic_load(&answers) < CLIENTS) {
        for (int i = 0; i < CLIENTS; i++) TIMXClientSelect(clients[i]), TIMXPump(0);
        rest_ms(1);
    }
    expect("failed logins", atomic_load(&failures), 0);
    TIMXClientSelect(0);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    alarm(300); /* an answer that never comes is waited for without a clock */
    const double start = now_ns();
    for (int i = 0; i < SOME; i++) expect("TIMXClientDestroy", TIMXClientDestroy(TIMXClientCreate()), TIM_SUCC);
    print("client_create", (now_ns() - start) / SOME / 1e3);
    rest_ms(50);
    const double before = own_kib();
    log_in(strtoull(argv[2], NULL, 10), config);
    print_each("several_status", get_status, MANY);
    print_each("select", pick_first, MANY);
    print_each("client_status", get_status, MANY);
    print_each("client_pump", run_pump, MANY);
    print_each("client_wrapped", wrapped, MANY);
    print_idle("idle_clients", atol(argv[4]));
    print("client_rss", (own_kib() - before) / CLIENTS);
    print_threads("threads_clients");
    return 0;
}
