/* Logs in once: hello SERVER_URL APP_ID USER TICKET */
#include <stdio.h>
#include <stdlib.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

static int done;

static void on_login(int32_t code, const char* desc, const char* json_params, const void* user_data) {
    (void)json_params;
    (void)user_data;
    printf("login: %d %s\n", (int)code, desc);
    done = 1;
}

int main(int argc, char** argv) {
    char config[512];
    if (argc != 5) return 2;
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_callback_mode\":\"pump\"}", argv[1]);
    if (TIMInit(strtoull(argv[2], NULL, 10), config) != TIM_SUCC) return 1;
    if (TIMLogin(argv[3], argv[4], on_login, NULL) != TIM_SUCC) return 1;
    while (!done) TIMXPump(0); /* a game does this once a frame */
    TIMUninit();
    return 0;
}
