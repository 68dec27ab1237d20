/* Ids that are made where the call is made, so that the game has them when it returns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Mixes a counter into 64 bits that look random (splitmix64). */
static uint64_t next_random(void) {
    static atomic_uint_fast64_t state;
    if (atomic_load(&state) == 0) {
        uint_fast64_t expected = 0;
        atomic_compare_exchange_strong(&state, &expected, tim_random_seed() | 1);
    }
    uint64_t z = atomic_fetch_add(&state, 0x9E3779B97F4A7C15u) + 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

void tim_make_id(struct tim_client *c, char *buffer, size_t size) {
    char user[TIM_USER_WORDS * 8];
    tim_copy_user(c, user);
    snprintf(buffer, size, "%s-%llu-%u", user, (unsigned long long)tim_wall_s(), (unsigned)(next_random() & 0xFFFFFFFFu));
}

/* Appends text as the inside of a JSON string; to must have six bytes for each of text's. */
static char *append_escaped(char *to, const char *text) {
    for (; *text != 0; text++) {
        const unsigned char ch = (unsigned char)*text;
        if (ch == '"' || ch == '\\') {
            *to++ = '\\';
            *to++ = (char)ch;
        } else if (ch < 0x20) {
            to += sprintf(to, "\\u%04x", ch);
        } else {
            *to++ = (char)ch;
        }
    }
    *to = 0;
    return to;
}

char *tim_message_id_json(const char *conv_id, const char *id) {
    static const char head[] = "{\"message_conv_id\":\"", middle[] = "\",\"message_msg_id\":\"", tail[] = "\"}";
    char *json = malloc(sizeof head + sizeof middle + sizeof tail + 6 * (strlen(conv_id) + strlen(id)));
    if (json == NULL) return NULL;
    char *end = json + sprintf(json, "%s", head);
    end = append_escaped(end, conv_id);
    end += sprintf(end, "%s", middle);
    end = append_escaped(end, id);
    sprintf(end, "%s", tail);
    return json;
}
