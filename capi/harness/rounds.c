/*
 * The same evening again and again in one process: init, login, logout, uninit. After each
 * round it prints how many files are open, how many threads run, and the resident memory
 * in KiB. It knows only the public headers. With "clients" each round is a new client's,
 * which is destroyed while it is logged in.
 *
 *   rounds SERVER_URL APP_ID CONFIG_FOLDER USER TICKET ROUNDS default|clients
 */
#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

static sem_t answered;
static int last_code;

static void on_answer(int32_t code, const char *desc, const char *json_params, const void *user_data) {
    (void)desc;
    (void)json_params;
    (void)user_data;
    last_code = (int)code;
    sem_post(&answered);
}

static void expect(const char *what, int got, int want) {
    if (got == want) return;
    fprintf(stderr, "%s is %d, want %d\n", what, got, want);
    exit(1);
}

static void wait_for(const char *what) {
    while (sem_wait(&answered) != 0 && errno == EINTR) {}
    expect(what, last_code, TIM_SUCC);
}

static int entries(const char *folder) {
    int n = 0;
    DIR *d = opendir(folder);
    while (readdir(d) != NULL) n++;
    closedir(d);
    return n;
}

/* What is the process's own. The pages of files come and go, and the library gives its own back. */
static long own_kib(void) {
    char line[256];
    long kib = -1;
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL && sscanf(line, "Anonymous: %ld", &kib) != 1) {}
    if (f != NULL) fclose(f);
    return kib;
}

static void log_in(uint64_t app, const char *config, const char *user, const char *ticket) {
    expect("TIMInit", TIMInit(app, config), TIM_SUCC);
    expect("TIMLogin", TIMLogin(user, ticket, on_answer, NULL), TIM_SUCC);
    wait_for("the login's code");
    expect("the status", TIMGetLoginStatus(), kTIMLoginStatus_Logined);
}

static void log_out(void) {
    expect("TIMLogout", TIMLogout(on_answer, NULL), TIM_SUCC);
    wait_for("the logout's code");
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    /* The log is closed behind TIMUninit, and what Go is asked next comes after that. */
    expect("TIMSetConfig", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    wait_for("the configuration's code");
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    const bool clients = strcmp(argv[7], "clients") == 0;
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    sem_init(&answered, 0, 0);
    const int rounds = atoi(argv[6]);
    for (int i = 0; i < rounds; i++) {
        const uint64_t client = clients ? TIMXClientCreate() : 0;
        expect("TIMXClientSelect", TIMXClientSelect(client), TIM_SUCC);
        log_in(strtoull(argv[2], NULL, 10), config, argv[4], argv[5]);
        if (clients) expect("TIMXClientDestroy", TIMXClientDestroy(client), TIM_SUCC);
        else log_out();
        printf("%d %d %ld\n", entries("/proc/self/fd"), entries("/proc/self/task"), own_kib());
    }
    return 0;
}
