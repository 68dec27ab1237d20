/// What a client is started with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text.hpp"

namespace banter {

/// Who runs handlers.
enum class CallbackMode {
    pump,   ///< the game, in Client::pump
    thread  ///< one thread of the library
};

/// What a client is started with. Only app_id is needed; texts are UTF-8, "" leaves one out.
struct Config {
    std::uint64_t app_id = 0;        ///< the app's number, as the server has it; not 0
    std::string server_url;          ///< wss://host:port, or ws:// on loopback; "": see TIMInit
    CallbackMode mode = CallbackMode::pump;
    std::string config_path;         ///< folder of the client's files; made when it is missing
    std::string log_path;            ///< folder of the logs; the first client's counts for all
    std::string tls_ca_file;         ///< PEM file of the authority that signed the server's certificate
    std::string tls_pin_sha256;      ///< base64 of the SHA-256 of the server's public key (SPKI)
    std::string platform;            ///< android, iphone, ipad, windows, mac, linux or web; "": what it runs on
    bool allow_plaintext = false;    ///< ws:// to other hosts too: for tests in one's own network
    std::string more;                ///< other keys, as JSON without the braces: "\"a\":1,\"b\":2"

    /// TIMInit's JSON.
    std::string json() const {
        std::string json = mode == CallbackMode::pump ? "{\"sdk_config_callback_mode\":\"pump\""
                                                      : "{\"sdk_config_callback_mode\":\"thread\"";
        append(json, "sdk_config_server_url", server_url);
        append(json, "sdk_config_config_file_path", config_path);
        append(json, "sdk_config_log_file_path", log_path);
        append(json, "sdk_config_tls_ca_file", tls_ca_file);
        append(json, "sdk_config_tls_pin_sha256", tls_pin_sha256);
        append(json, "sdk_config_platform", platform);
        if (allow_plaintext) json += ",\"sdk_config_allow_plaintext\":true";
        if (!more.empty()) json += "," + more;
        return json + "}";
    }

private:
    static void append(std::string& json, std::string_view key, std::string_view value) {
        if (value.empty()) return;
        json += ',';
        detail::append_string(json, key);
        json += ':';
        detail::append_string(json, value);
    }
};

}  // namespace banter
