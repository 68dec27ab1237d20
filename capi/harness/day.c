/*
 * Two dozen players in one process. It does what it is told, a line each, and answers each
 * line with one of its own.
 *
 *   day SERVER_URL APP_ID CONFIG_FOLDER
 *
 *   login PLAYER USER TICKET   begins a login, or renews the ticket of one: its code
 *   say PLAYER USER N          sends so many messages at once: the last one's code
 *   lost                       how often a link was lost
 *   back                       how often one was made
 *   heard                      how many messages have come
 */
#include <inttypes.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

enum { PLAYERS = 24 };

static sem_t answered;
static atomic_int last_code, lost, back, heard;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    atomic_store(&last_code, (int)code);
    sem_post(&answered);
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    (void)code, (void)desc, (void)user_data;
    if (status == kTIMConnected) atomic_fetch_add(&back, 1);
    if (status == kTIMDisconnected) atomic_fetch_add(&lost, 1);
}

static void on_messages(const char *json, const void *user_data) {
    (void)user_data;
    for (const char *at = json; (at = strstr(at, "\"message_msg_id\"")) != NULL; at++) atomic_fetch_add(&heard, 1);
}

/* Waits for n answers. */
static int code(int n) {
    while (n > 0) n -= sem_wait(&answered) == 0;
    return atomic_load(&last_code);
}

static int log_in(const char *user, const char *ticket) {
    expect("TIMLogin", TIMLogin(user, ticket, on_answer, NULL), TIM_SUCC);
    return code(1);
}

static int say(const char *to, int n) {
    const char message[] = "{\"message_elem_array\":[{\"elem_type\":0,\"text_elem_content\":\"hello\"}]}";
    char id[128];
    for (int i = 0; i < n; i++) {
        expect("TIMMsgSendMessage", TIMMsgSendMessage(to, kTIMConv_C2C, message, id, on_answer, NULL), TIM_SUCC);
    }
    return code(n);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    uint64_t clients[PLAYERS];
    char config[1024], line[4096], user[64], more[2048]; /* a ticket, or a number */
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    sem_init(&answered, 0, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < PLAYERS; i++) {
        clients[i] = TIMXClientCreate();
        expect("TIMXClientSelect", TIMXClientSelect(clients[i]), TIM_SUCC);
        TIMSetNetworkStatusListenerCallback(on_network, NULL);
        TIMAddRecvNewMsgCallback(on_messages, NULL);
        expect("TIMInit", TIMInit(strtoull(argv[2], NULL, 10), config), TIM_SUCC);
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned i = 0;
        int value = -1;
        if (sscanf(line, "login %u %63s %2047s", &i, user, more) == 3) {
            TIMXClientSelect(clients[i % PLAYERS]);
            value = log_in(user, more);
        } else if (sscanf(line, "say %u %63s %2047s", &i, user, more) == 3) {
            TIMXClientSelect(clients[i % PLAYERS]);
            value = say(user, atoi(more));
        } else if (strcmp(line, "lost\n") == 0) {
            value = atomic_load(&lost);
        } else if (strcmp(line, "back\n") == 0) {
            value = atomic_load(&back);
        } else if (strcmp(line, "heard\n") == 0) {
            value = atomic_load(&heard);
        }
        printf("%d\n", value);
    }
    for (int i = 0; i < PLAYERS; i++) TIMXClientDestroy(clients[i]);
    return 0;
}
