/// Logs in once: hello SERVER_URL APP_ID USER TICKET
#include <cstdio>
#include <cstdlib>
#include <string>

#include "banter/client.hpp"

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    banter::Config config;
    config.server_url = argv[1];
    config.app_id = std::strtoull(argv[2], nullptr, 10);
    const auto client = banter::Client::create(config);
    if (client == nullptr) return 1;

    bool done = false;
    const int result = client->login(argv[3], argv[4], [&done](const banter::Result& result) {
        std::printf("login: %d %s\n", static_cast<int>(result.code), std::string(result.desc).c_str());
        done = true;
    });
    if (result != TIM_SUCC) return 1;
    while (!done) client->pump(0);  // a game does this once a frame
}
