/// Runs one test: main TEST URL APP_ID FOLDER ALICE NEWER BOB SHORT, the last four tickets.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.hpp"

namespace {

const struct {
    const char* name;
    void (*run)(const test::Server&);
} tests[] = {
    {"login_and_logout", login_and_logout},
    {"switching_accounts", switching_accounts},
    {"kicked_by_another_device", kicked_by_another_device},
    {"expiry", expiry},
    {"renewal", renewal},
    {"renewal_after_the_end", renewal_after_the_end},
    {"callback_thread", callback_thread},
    {"texts_of_all_languages", texts_of_all_languages},
    {"two_clients", two_clients},
    {"futures", futures},
    {"refused_settings", refused_settings},
    {"values", values},
    {"handlers_are_freed_once", handlers_are_freed_once},
    {"end_inside_a_handler", end_inside_a_handler},
    {"end_inside_a_listener", end_inside_a_listener},
    {"end_inside_an_event", end_inside_an_event},
    {"end_on_the_callback_thread", end_on_the_callback_thread},
    {"many_threads", many_threads},
    {"json", json},
    {"chat", chat},
    {"recall", recall},
    {"history", history},
    {"failed_messages", failed_messages},
    {"user_status", user_status},
    {"chat_on_the_callback_thread", chat_on_the_callback_thread},
    {"files", files},
    {"modify", modify},
    {"receipts_and_drafts", receipts_and_drafts},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "list") == 0) {
        for (const auto& test : tests) std::puts(test.name);
        return 0;
    }
    if (argc != 9) return 2;
    const test::Server server{argv[2], std::strtoull(argv[3], nullptr, 10), argv[4], argv[5], argv[6], argv[7], argv[8]};
    for (const auto& test : tests) {
        if (std::strcmp(argv[1], test.name) != 0) continue;
        test.run(server);
        return 0;
    }
    std::fprintf(stderr, "there is no test %s\n", argv[1]);
    return 2;
}
