/*
 * A game's first evening with the library, as a transcript. It knows only the public
 * headers. scripts/demo starts a server and gives it the tickets:
 *
 *   demo SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER
 *   demo second SERVER_URL APP_ID CONFIG_FOLDER USER TICKET      (the other device)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

/* The shell of Windows takes one pair of quotes off a command. */
#ifdef _WIN32
#define QUOTED(command) "\"" command "\""
#else
#define QUOTED(command) command
#endif

/* What the callbacks saw last; everything runs on this thread, in TIMXPump. */
static int answers, last_code, connected, kicked;

static void on_answer(int32_t code, const char *desc, const char *json_params, const void *user_data) {
    (void)json_params;
    answers++;
    last_code = (int)code;
    printf("  %s: %d %s\n", (const char *)user_data, (int)code, desc);
}

static void on_network(enum TIMNetworkStatus status, int32_t code, const char *desc, const void *user_data) {
    static const char *const names[] = {"connected", "disconnected", "connecting", "connect failed"};
    (void)user_data;
    connected = status == kTIMConnected;
    printf("  network: %s", names[status]);
    if (code != 0) printf(" (%d %s)", (int)code, desc);
    printf("\n");
}

static void on_kicked(const void *user_data) {
    (void)user_data;
    kicked = 1;
    printf("  kicked offline\n");
}

static void on_notice(const char *key, const char *data, const void *user_data) {
    (void)user_data;
    (void)data; /* its times and ids differ from run to run */
    printf("  notice: %s\n", key);
}

/* Pumps the client that is selected until *flag is value, at most 20 s. Ends the program when
 * it does not come. */
static void wait_for(const int *flag, int value, const char *what) {
    const time_t end = time(NULL) + 20;
    while (*flag != value) {
        if (TIMXPump(0) == 0 && time(NULL) > end) {
            printf("  no %s in 20 s\n", what);
            exit(1);
        }
    }
}

static void expect(const char *what, int got, int want) {
    if (got == want) return;
    printf("  %s is %d, want %d\n", what, got, want);
    exit(1);
}

/* Calls TIMLogin and expects its answer to have the code. */
static void login(const char *user, const char *ticket, int code) {
    const int before = answers;
    expect("TIMLogin", TIMLogin(user, ticket, on_answer, "login"), TIM_SUCC);
    wait_for(&answers, before + 1, "answer");
    expect("the login's code", last_code, code);
}

/* Calls TIMInit for the client that is selected; its files go to the folder with the suffix. */
static void start(const char *server_url, const char *app_id, const char *folder, const char *suffix) {
    char config[1024];
    snprintf(config, sizeof config,
             "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s%s\",\"sdk_config_callback_mode\":\"pump\"}",
             server_url, folder, suffix);
    expect("TIMInit", TIMInit(strtoull(app_id, NULL, 10), config), TIM_SUCC);
}

static void init(const char *server_url, const char *app_id, const char *folder) {
    TIMSetNetworkStatusListenerCallback(on_network, NULL);
    TIMSetKickedOfflineCallback(on_kicked, NULL);
    TIMSetExperimentalNotifyCallback(on_notice, NULL);
    start(server_url, app_id, folder, "");
    wait_for(&connected, 1, "connection");
}

static void say(const char *line) {
    printf("%s\n", line);
    fflush(stdout);
}

static int second_device(char **argv) {
    init(argv[2], argv[3], argv[4]);
    login(argv[5], argv[6], 0);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    return 0;
}

static void log_in_on_second_device(char **argv) {
    char command[8192];
    const char *runner = getenv("DEMO_RUNNER"); /* an emulator, where one runs this program */
    fflush(stdout);
    snprintf(command, sizeof command, QUOTED("%s \"%s\" second \"%s\" %s \"%s-second\" %s %s"), runner == NULL ? "" : runner,
             argv[0], argv[1], argv[2], argv[3], argv[4], argv[5]);
    expect("the second process", system(command), 0);
    wait_for(&kicked, 1, "kick");
}

static void print_status(void) {
    printf("  status %d\n", (int)TIMGetLoginStatus());
}

static void first_login(char **argv) {
    char user[128];
    say("log in");
    login(argv[4], argv[5], 0);
    print_status();
    expect("TIMGetLoginUserID", TIMGetLoginUserID(user), TIM_SUCC);
    printf("  user id %s\n", user);
    const long long apart = (long long)TIMGetServerTime() - (long long)time(NULL);
    printf("  server time: %s\n", apart >= -2 && apart <= 2 ? "the same as here" : "another than here");
}

static void bad_tickets(char **argv) {
    say("a ticket that has expired");
    login(argv[4], argv[6], 70001);
    say("a ticket made with another app's key");
    login(argv[4], argv[7], 70009);
    say("a ticket cut short");
    login(argv[4], argv[8], 70003);
    say("another user's ticket");
    login(argv[4], argv[9], 70013);
}

/* A player of the chat, each on a client of their own. */
struct player {
    const char *name;
    uint64_t client;
    int done; /* calls that the server has answered */
    int heard;
};

static void on_done(int32_t code, const char *desc, const char *json_params, const void *user_data) {
    (void)desc;
    (void)json_params;
    expect("the call's code", (int)code, 0);
    ((struct player *)(uintptr_t)user_data)->done++;
}

/* Prints the text under a key that comes once, up to the next quote: a game has a JSON library. */
static void print_text(const char *json, const char *key) {
    const char *text = strstr(json, key);
    if (text == NULL) return;
    text += strlen(key);
    printf("%.*s", (int)strcspn(text, "\""), text);
}

static void on_messages(const char *json_msg_array, const void *user_data) {
    struct player *player = (struct player *)(uintptr_t)user_data;
    printf("%-5s <- ", player->name);
    print_text(json_msg_array, "\"message_sender\":\"");
    printf(": ");
    print_text(json_msg_array, "\"text_elem_content\":\"");
    printf("\n");
    player->heard++;
}

static void select_player(const struct player *player) {
    expect("TIMXClientSelect", TIMXClientSelect(player->client), TIM_SUCC);
}

static void send_text(struct player *from, struct player *to, const char *text) {
    char json[512], id[128];
    const int done = from->done, heard = to->heard;
    printf("%-5s -> %s: %s\n", from->name, to->name, text);
    snprintf(json, sizeof json, "{\"message_elem_array\":[{\"elem_type\":%d,\"text_elem_content\":\"%s\"}]}",
             (int)kTIMElem_Text, text);
    select_player(from);
    expect("TIMMsgSendMessage", TIMMsgSendMessage(to->name, kTIMConv_C2C, json, id, on_done, from), TIM_SUCC);
    wait_for(&from->done, done + 1, "answer");
    select_player(to);
    wait_for(&to->heard, heard + 1, "message");
}

/* Two players write to each other. Bob plays in this process too, on a second client. */
static void chat(char **argv) {
    struct player alice = {argv[4], 0, 0, 0}, bob = {"bob", TIMXClientCreate(), 0, 0};
    TIMAddRecvNewMsgCallback(on_messages, &alice);
    select_player(&bob);
    TIMAddRecvNewMsgCallback(on_messages, &bob);
    start(argv[1], argv[2], argv[3], "-bob");
    expect("TIMLogin", TIMLogin(bob.name, argv[9], on_done, &bob), TIM_SUCC);
    wait_for(&bob.done, 1, "answer");

    send_text(&alice, &bob, "Hello, bob!");
    send_text(&bob, &alice, "Hello, alice! \xe4\xbd\xa0\xe5\xa5\xbd");
    select_player(&bob);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    select_player(&alice);
    TIMRemoveRecvNewMsgCallback(on_messages);
    expect("TIMXClientDestroy", TIMXClientDestroy(bob.client), TIM_SUCC);
}

static void log_out(void) {
    const int before = answers;
    say("log out");
    expect("TIMLogout", TIMLogout(on_answer, "logout"), TIM_SUCC);
    wait_for(&answers, before + 1, "answer");
    expect("the logout's code", last_code, 0);
    print_status();
}

int main(int argc, char **argv) {
    if (argc == 7 && strcmp(argv[1], "second") == 0) return second_device(argv);
    if (argc != 10) {
        fprintf(stderr, "usage: demo SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER\n");
        return 2;
    }
    printf("version %s\n", TIMGetSDKVersion());
    say("init");
    init(argv[1], argv[2], argv[3]);
    first_login(argv);
    say("the same user logs in on a second device");
    log_in_on_second_device(argv);
    print_status();
    bad_tickets(argv);
    say("log in again");
    login(argv[4], argv[5], 0);
    chat(argv);
    log_out();
    say("uninit");
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    say("done");
    return 0;
}
