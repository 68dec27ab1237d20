/* A message that a game sends again, because sending it has failed, keeps its id. */
#include <string.h>

#include "client.h"

/* What is read here has passed tim_json_check: it is an object, and well formed. */

static const char *skip_space(const char *p) { return p + strspn(p, " \t\n\r"); }

static const char *skip_string(const char *p) {
    for (p++; *p != '"'; p++) {
        if (*p == '\\') p++;
    }
    return p + 1;
}

static const char *skip_value(const char *p) {
    int depth = 0;
    do {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        if (*p == '{' || *p == '[') depth++;
        if (*p == '}' || *p == ']') depth--;
        p++;
    } while (depth > 0 || strchr(",}] \t\n\r", *p) == NULL);
    return p;
}

/* The value of a key at the object's top, NULL when there is none. */
static const char *find_member(const char *object, const char *key) {
    const size_t n = strlen(key);
    const char *p = skip_space(skip_space(object) + 1);
    while (*p == '"') {
        const char *name = p + 1, *name_end = skip_string(p) - 1;
        p = skip_space(skip_space(name_end + 1) + 1);
        if ((size_t)(name_end - name) == n && memcmp(name, key, n) == 0) return p;
        p = skip_space(skip_value(p));
        if (*p == ',') p = skip_space(p + 1);
    }
    return NULL;
}

bool tim_sent_before(const char *message, char *buffer, size_t size) {
    const char *status = find_member(message, "message_status"), *id = find_member(message, "message_msg_id");
    if (status == NULL || id == NULL || *id != '"') return false;
    if (*status != '3' || strchr(",} \t\n\r", status[1]) == NULL) return false;
    const size_t n = strcspn(++id, "\"\\");
    if (n == 0 || n >= size || id[n] != '"') return false; /* ids of ours have nothing to escape */
    memcpy(buffer, id, n);
    buffer[n] = 0;
    return true;
}
