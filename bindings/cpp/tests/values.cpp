/// Texts, settings and values: what goes in and comes out.
#include <string>

#include "banter/future.hpp"
#include "check.hpp"

using test::login;
using test::start;

void texts_of_all_languages(const test::Server& server) {
    const auto client = start(server, "游戏 \"数据\" 😀");
    const std::string name = "张三 \U0001F600 \"quoted\" C:\\\n";
    std::string json = "{\"set_config_user_define_data\":";
    banter::detail::append_string(json, name);
    auto answer = banter::async([&](banter::Handler done) { return client->calls().set_config(json + "}", std::move(done)); });
    const auto complete = banter::wait(*client, answer);
    REQUIRE(complete.ok());
    REQUIRE(complete.json.find("张三 😀 \\\"quoted\\\" C:\\\\\\n") != std::string::npos);
    REQUIRE(client->calls().set_config("{\"a\":\"\xff\"}") == TIM_ERR_JSON);
    REQUIRE(login(*client, "名前", server.alice) == banter::code::sdk_comm_invalid_identifier);
}

void two_clients(const test::Server& server) {
    const auto alice = start(server, "a");
    const auto bob = start(server, "b");
    REQUIRE(alice->handle() != bob->handle());
    REQUIRE(login(*alice, "alice", server.alice) == 0);
    REQUIRE(login(*bob, "bob", server.bob) == 0);
    REQUIRE(alice->login_user_id() == "alice");
    REQUIRE(bob->login_user_id() == "bob");
    REQUIRE(TIMXClientSelected() == 0);  // each call has put back what it found
    REQUIRE(TIMGetLoginStatus() == kTIMLoginStatus_UnLogined);

    std::uint64_t selected = 0;
    bool nested = false;
    REQUIRE(bob->logout([&](const banter::Result&) {
        selected = TIMXClientSelected();
        nested = alice->login_user_id() == "alice" && TIMXClientSelected() == selected;
    }) == TIM_SUCC);
    test::pump_until(*bob, [&] { return selected != 0; });
    REQUIRE(selected == bob->handle());
    REQUIRE(nested);
    REQUIRE(alice->login_status() == banter::LoginStatus::Logined);
    {
        const banter::Selection selection(alice->handle());
        REQUIRE(selection.ok());
        REQUIRE(TIMGetLoginStatus() == kTIMLoginStatus_Logined);
    }
}

void futures(const test::Server& server) {
    const auto client = start(server, "a");
    auto in = banter::async([&](banter::Handler done) { return client->login("alice", server.alice, std::move(done)); });
    REQUIRE(banter::wait(*client, in).ok());
    auto back = banter::async([&](banter::Handler done) { return client->set_network_connected(true, std::move(done)); });
    REQUIRE(banter::wait(*client, back).ok());
    auto refused = banter::async([&](banter::Handler done) { return client->calls().group_create(nullptr, std::move(done)); });
    REQUIRE(banter::wait(*client, refused).code == TIM_ERR_PARAM);
}

void refused_settings(const test::Server& server) {
    auto config = test::config(server, "a", banter::CallbackMode::pump);
    int result = 0;
    config.platform = "toaster";
    REQUIRE(banter::Client::create(config, {}, &result) == nullptr);
    REQUIRE(result == TIM_ERR_JSON);
    config.platform = "ipad";
    config.more = "\"no\": such";
    REQUIRE(banter::Client::create(config) == nullptr);
    config.more = "\"sdk_config_device_type\":\"x\"";
    config.app_id = 0;
    REQUIRE(banter::Client::create(config, {}, &result) == nullptr);
    REQUIRE(result == TIM_ERR_PARAM);
    config.app_id = server.app_id;
    REQUIRE(banter::Client::create(config, {}, &result) != nullptr);
    REQUIRE(result == TIM_SUCC);
}

void values(const test::Server&) {
    static_assert(banter::advice_for(0) == banter::Advice::none);
    static_assert(banter::advice_for(banter::code::sdk_net_conn_timeout) == banter::Advice::try_again);
    static_assert(banter::advice_for(banter::code::svr_account_usersig_expired) == banter::Advice::new_ticket);
    static_assert(banter::advice_for(banter::code::sdk_not_logged_in) == banter::Advice::stop);
    static_assert(banter::advice_for(-987654) == banter::Advice::stop);
    static_assert(static_cast<int>(banter::LoginStatus::Logouting) == kTIMLoginStatus_Logouting);
    REQUIRE(banter::key::set_config_log_level == std::string("set_config_log_level"));
    REQUIRE(std::string(banter::sdk_version()).rfind("8.6.", 0) == 0);
    REQUIRE(banter::version() == std::string(TIMXVersion()));

    std::string json;
    banter::detail::append_string(json, std::string_view("\"\\\n\x01 é\0", 8));
    REQUIRE(json == "\"\\\"\\\\\\u000a\\u0001 é\\u0000\"");

    const auto kick = banter::detail::kick_of(
        R"({"time":1700000000,"a":"reason","platform":"iPad","reason":"admin","b":"\"reason\":\"x\"","instance":"7"})");
    REQUIRE(kick.reason == banter::KickReason::admin);
    REQUIRE(kick.platform == "iPad" && kick.instance == "7" && kick.time == 1700000000);
    for (const char* const odd : {"", "{", "{\"reason", "{\"reason\"", "{\"reason\":", "{\"reason\":\"", "\"\\", "{\"time\":-1}",
                                  "{\"time\":99999999999999999999}", "{\"time\":{}}"}) {
        const auto none = banter::detail::kick_of(odd);
        REQUIRE(none.reason == banter::KickReason::unknown && none.time == 0);
    }
}
