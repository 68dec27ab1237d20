/*
 * What messages and conversations cost a game: two clients in one process write to each other,
 * and one of them begins with 10,000 conversations that it has on the device.
 *
 *   costs_messages SERVER_URL APP_ID CONFIG_FOLDER < lines of a user and a ticket
 */
#include <stdatomic.h>
#include <string.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

enum { SOME = 1000, TRIPS = 500, CONVERSATIONS = 10000, AT_ONCE = 500 };

/* About 300 bytes, as a player writes. */
static const char text[] =
    "{\"message_elem_array\":[{\"elem_type\":0,\"text_elem_content\":\"Shall we go for the tower tonight? I have two healers and "
    "a tank, and we need one more who can break the gate. The others are there at nine, and it should not take longer than "
    "an hour. Bring potions, the last time we ran out of them before the second guard had even seen us.\"}]}";

static uint64_t sender, receiver;
static atomic_int answers, failures, arrived, listed;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    if (code != 0) atomic_fetch_add(&failures, 1);
    atomic_fetch_add(&answers, 1);
}

/* Counts the conversations of a list. */
static void on_list(int32_t code, const char *desc, const char *json, const void *user_data) {
    static const char key[] = "\"conv_id\":";
    for (const char *at = strstr(json, key); at != NULL; at = strstr(at + 1, key)) atomic_fetch_add(&listed, 1);
    on_answer(code, desc, json, user_data);
}

/* Counts the messages of an event. */
static void on_messages(const char *json, const void *user_data) {
    static const char key[] = "\"message_msg_id\":";
    (void)user_data;
    for (const char *at = strstr(json, key); at != NULL; at = strstr(at + 1, key)) atomic_fetch_add(&arrived, 1);
}

static void pump(void) {
    TIMXClientSelect(receiver), TIMXPump(0);
    TIMXClientSelect(sender), TIMXPump(0);
}

/* Runs callbacks until n have been counted. */
static void wait_for(atomic_int *count, int n) {
    while (atomic_load(count) < n) pump();
    expect("failures", atomic_load(&failures), 0);
}

static char users[2][64], tickets[2][2048];

static void begin(uint64_t client, uint64_t app, const char *config) {
    TIMXClientSelect(client);
    expect("TIMXSetCallbackMode", TIMXSetCallbackMode(kTIMXCallbackMode_Pump), TIM_SUCC);
    expect("TIMInit", TIMInit(app, config), TIM_SUCC);
}

static void log_in(int i) {
    atomic_store(&answers, 0);
    expect("TIMLogin", TIMLogin(users[i], tickets[i], on_answer, NULL), TIM_SUCC);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_trips(const char *name, double *ns) {
    char p99[64];
    qsort(ns, TRIPS, sizeof *ns, by_size);
    print(name, ns[TRIPS / 2] / 1e3);
    snprintf(p99, sizeof p99, "%s_p99", name);
    print(p99, ns[TRIPS * 99 / 100] / 1e3);
}

static void send(void) {
    char id[128];
    expect("TIMMsgSendMessage", TIMMsgSendMessage(users[1], kTIMConv_C2C, text, id, on_answer, NULL), TIM_SUCC);
}

/* One message at a time: until its sender hears that it was kept, and until its receiver has it. */
static void measure_trips(void) {
    static double answered[TRIPS], received[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        atomic_store(&answers, 0), atomic_store(&arrived, 0);
        answered[i] = received[i] = 0;
        const double start = now_ns();
        send();
        while (answered[i] == 0 || received[i] == 0) {
            pump();
            const double now = now_ns() - start;
            if (answered[i] == 0 && atomic_load(&answers) > 0) answered[i] = now;
            if (received[i] == 0 && atomic_load(&arrived) > 0) received[i] = now;
        }
    }
    expect("failures", atomic_load(&failures), 0);
    print_trips("message", answered);
    print_trips("message_arrived", received);
}

/* Many at once. */
static void measure_rate(void) {
    atomic_store(&answers, 0), atomic_store(&arrived, 0);
    const double start = now_ns();
    for (int i = 0; i < SOME; i++) send();
    print("message_posted", (now_ns() - start) / SOME / 1e3);
    wait_for(&answers, SOME);
    wait_for(&arrived, SOME);
    print("message_rate", SOME / (now_ns() - start) * 1e9);
}

/* The list of conversations, asked for right after TIMLogin of a game that was started anew. */
static void measure_list(uint64_t app, const char *config) {
    for (int i = 0; i < CONVERSATIONS; i += AT_ONCE) {
        atomic_store(&answers, 0);
        for (int j = i; j < i + AT_ONCE; j++) {
            char other[32];
            snprintf(other, sizeof other, "friend%d", j);
            expect("TIMMsgSaveMsg", TIMMsgSaveMsg(other, kTIMConv_C2C, text, on_answer, NULL), TIM_SUCC);
        }
        wait_for(&answers, AT_ONCE);
    }
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    begin(sender, app, config);
    rest_ms(200);
    const double start = now_ns();
    log_in(0);
    expect("TIMConvGetConvList", TIMConvGetConvList(on_list, NULL), TIM_SUCC);
    while (atomic_load(&listed) == 0) pump();
    print("list", (now_ns() - start) / 1e6);
    expect("conversations", atomic_load(&listed) >= CONVERSATIONS, 1);
    wait_for(&answers, 2);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    const uint64_t app = strtoull(argv[2], NULL, 10);
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    alarm(300); /* an answer that never comes is waited for without a clock */
    sender = TIMXClientCreate(), receiver = TIMXClientCreate();
    for (int i = 0; i < 2; i++) expect("a user and a ticket", scanf("%63s %2047s", users[i], tickets[i]), 2);
    begin(receiver, app, config);
    TIMAddRecvNewMsgCallback(on_messages, NULL);
    log_in(1);
    wait_for(&answers, 1);
    begin(sender, app, config);
    log_in(0);
    wait_for(&answers, 1);
    measure_trips();
    measure_rate();
    measure_list(app, config);
    return 0;
}
