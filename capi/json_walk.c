#include "json_walk.h"

#include <stdbool.h>
#include <string.h>

const char *tim_json_space(const char *p) { return p + strspn(p, " \t\n\r"); }

const char *tim_json_string_end(const char *p) {
    for (p++; *p != '"'; p++) {
        if (*p == '\\') p++;
    }
    return p + 1;
}

const char *tim_json_value_end(const char *p) {
    int depth = 0;
    do {
        if (*p == '"') {
            p = tim_json_string_end(p);
            continue;
        }
        if (*p == '{' || *p == '[') depth++;
        if (*p == '}' || *p == ']') depth--;
        p++;
    } while (depth > 0 || strchr(",}] \t\n\r", *p) == NULL);
    return p;
}

static bool member_at(const char *p, struct tim_json_member *m) {
    p = tim_json_space(p);
    if (*p != '"') return false;
    m->key = p + 1;
    m->key_end = tim_json_string_end(p) - 1;
    m->value = tim_json_space(tim_json_space(m->key_end + 1) + 1);
    return true;
}

bool tim_json_first(const char *object, struct tim_json_member *m) { return member_at(tim_json_space(object) + 1, m); }

bool tim_json_next(struct tim_json_member *m) {
    const char *p = tim_json_space(tim_json_value_end(m->value));
    return *p == ',' && member_at(p + 1, m);
}
