/* A message that a game sends again, because sending it has failed, keeps its id. */
#include <string.h>

#include "client.h"
#include "json_walk.h"

/* The value of a key at the object's top, NULL when there is none. */
static const char *find_member(const char *object, const char *key) {
    const size_t n = strlen(key);
    struct tim_json_member m;
    for (bool more = tim_json_first(object, &m); more; more = tim_json_next(&m)) {
        if ((size_t)(m.key_end - m.key) == n && memcmp(m.key, key, n) == 0) return m.value;
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
