#include "config.h"

#include <string.h>

#include "go_side.h"
#include "json_walk.h"

enum kind { ANY_TEXT, URL, PLATFORM, NOTHING, MODE, BOOL, NUMBER };

/* As core/config.go has them; beside it the mode, as boundary.go has it. */
static const struct {
    const char *key;
    enum kind kind;
} keys[] = {
    {"sdk_config_config_file_path", ANY_TEXT},
    {"sdk_config_log_file_path", ANY_TEXT},
    {"sdk_config_server_url", URL},
    {"sdk_config_allow_plaintext", BOOL},
    {"sdk_config_tls_ca_file", ANY_TEXT},
    {"sdk_config_tls_pin_sha256", NOTHING},
    {"sdk_config_platform", PLATFORM},
    {"sdk_config_device_type", ANY_TEXT},
    {"sdk_config_system_version", ANY_TEXT},
    {"sdk_config_brand_type", NUMBER},
    {"sdk_config_api_type", NUMBER},
    {"sdk_config_main_thread_id", NUMBER},
    {"sdk_config_main_looper_pointer", NUMBER},
    {"sdk_config_java_vm", NUMBER},
    {"sdk_config_callback_mode", MODE},
};

enum { KEYS = sizeof keys / sizeof keys[0], NONE = -1, UNSURE = -2 };

/* The text from p to end. */
struct span {
    const char *p;
    size_t size;
};

static bool is(struct span s, const char *text) { return s.size == strlen(text) && memcmp(s.p, text, s.size) == 0; }

/* Whether every character of s is one of those. */
static bool has_only(struct span s, const char *characters) {
    for (size_t i = 0; i < s.size; i++) {
        if (memchr(characters, s.p[i], strlen(characters)) == NULL) return false;
    }
    return true;
}

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Which key it is, NONE when it is nobody's; UNSURE when Go's reader of JSON, which does not
 * mind upper and lower case, nor escapes, may take it for one of these. */
static int find_key(struct span key) {
    for (int i = 0; i < KEYS; i++) {
        if (is(key, keys[i].key)) return i;
    }
    return has_only(key, LOWER DIGITS "_") ? NONE : UNSURE;
}

/* ws:// or wss://, a name or an IPv4 address, perhaps a port. */
static bool is_plain_url(struct span s) {
    const size_t scheme = s.size > 6 && memcmp(s.p, "wss://", 6) == 0 ? 6 : 5;
    if (s.size <= scheme || (scheme == 5 && memcmp(s.p, "ws://", 5) != 0)) return false;
    struct span host = {s.p + scheme, s.size - scheme};
    const char *colon = memchr(host.p, ':', host.size);
    if (colon != NULL) {
        const struct span port = {colon + 1, host.size - (size_t)(colon + 1 - host.p)};
        host.size = (size_t)(colon - host.p);
        if (port.size == 0 || port.size > 5 || !has_only(port, DIGITS)) return false;
    }
    return host.size > 0 && has_only(host, LOWER UPPER DIGITS ".-");
}

static bool is_platform(struct span s) {
    static const char *const platforms[] = {"", "android", "iphone", "ipad", "windows", "mac", "linux", "web"};
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        if (is(s, platforms[i])) return true;
    }
    return false;
}

static bool use_mode(struct span s, int *mode) {
    const bool pump = is(s, "pump");
    *mode = pump ? TIM_USE_PUMP : TIM_USE_THREAD;
    return pump || is(s, "thread");
}

/* Whether a string without its quotes is fine for a key. Escapes are not looked into. */
static bool is_plain_text(enum kind kind, struct span s, int *mode) {
    if (kind == ANY_TEXT) return true;
    if (memchr(s.p, '\\', s.size) != NULL) return false;
    switch (kind) {
    case URL:
        return s.size == 0 || is_plain_url(s);
    case PLATFORM:
        return is_platform(s);
    case NOTHING:
        return s.size == 0;
    case MODE:
        return use_mode(s, mode);
    default:
        return false;
    }
}

static bool is_plain_value(enum kind kind, const char *value, int *mode) {
    const struct span s = {value, (size_t)(tim_json_value_end(value) - value)};
    if (*value == '"') {
        const struct span inside = {s.p + 1, s.size - 2};
        return is_plain_text(kind, inside, mode);
    }
    if (kind == BOOL) return is(s, "true") || is(s, "false");
    return kind == NUMBER && s.size <= 20 && has_only(s, DIGITS);
}

bool tim_config_is_plain(const char *json, int *mode) {
    struct tim_json_member m;
    bool seen[KEYS] = {false};
    *mode = TIM_KEEP_MODE;
    if (json == NULL) return true;
    for (bool more = tim_json_first(json, &m); more; more = tim_json_next(&m)) {
        const struct span name = {m.key, (size_t)(m.key_end - m.key)};
        const int key = find_key(name);
        if (key == NONE) continue;
        if (key == UNSURE || seen[key]) return false; /* of two, which one counts is for Go to say */
        seen[key] = true;
        if (!is_plain_value(keys[key].kind, m.value, mode)) return false;
    }
    return true;
}
