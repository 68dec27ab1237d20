#include "json_check.h"

#include <stdint.h>
#include <string.h>

static const unsigned char *skip_space(const unsigned char *p) {
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') p++;
    return p;
}

static bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

size_t tim_utf8_length(const unsigned char *p) {
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4 || !is_continuation(p[1])) return 0;
    if (p[0] < 0xE0) return 2;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
    if (p[0] == 0xED && p[1] > 0x9F) return 0; /* a surrogate */
    if (!is_continuation(p[2])) return 0;
    if (p[0] < 0xF0) return 3;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0; /* overlong */
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0; /* past U+10FFFF */
    return is_continuation(p[3]) ? 4 : 0;
}

/* The value of four hex digits, -1 when they are not. */
static int hex4(const unsigned char *p) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned char c = p[i];
        int digit;
        if (c >= '0' && c <= '9') digit = c - '0';
        else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
        else return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The end of the escape that starts at p (a backslash), NULL when it is none. */
static const unsigned char *skip_escape(const unsigned char *p) {
    if (p[1] == 0 || strchr("\"\\/bfnrtu", p[1]) == NULL) return NULL;
    if (p[1] != 'u') return p + 2;
    const int unit = hex4(p + 2);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return NULL;
    if (unit < 0xD800 || unit > 0xDBFF) return p + 6;
    if (p[6] != '\\' || p[7] != 'u') return NULL;
    const int low = hex4(p + 8);
    return low >= 0xDC00 && low <= 0xDFFF ? p + 12 : NULL;
}

/* The end of the string that starts at p, NULL when it is none. */
static const unsigned char *skip_string(const unsigned char *p) {
    if (*p != '"') return NULL;
    for (p++; *p != '"';) {
        if (*p < 0x20) return NULL;
        if (*p == '\\') {
            p = skip_escape(p);
            if (p == NULL) return NULL;
            continue;
        }
        const size_t n = tim_utf8_length(p);
        if (n == 0) return NULL;
        p += n;
    }
    return p + 1;
}

static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

static const unsigned char *skip_digits(const unsigned char *p) {
    if (!is_digit(*p)) return NULL;
    while (is_digit(*p)) p++;
    return p;
}

static const unsigned char *skip_number(const unsigned char *p) {
    if (*p == '-') p++;
    if (*p == '0') p++;
    else if ((p = skip_digits(p)) == NULL) return NULL;
    if (*p == '.' && (p = skip_digits(p + 1)) == NULL) return NULL;
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        p = skip_digits(p);
    }
    return p;
}

static const unsigned char *skip_scalar(const unsigned char *p) {
    static const char *const words[] = {"true", "false", "null"};
    if (*p == '"') return skip_string(p);
    for (size_t i = 0; i < 3; i++) {
        const size_t n = strlen(words[i]);
        if (strncmp((const char *)p, words[i], n) == 0) return p + n;
    }
    return skip_number(p);
}

/* The open objects and arrays, one bit each. */
struct stack {
    uint8_t objects[TIM_JSON_MAX_DEPTH / 8];
    int depth;
};

static bool push(struct stack *s, bool object) {
    if (s->depth == TIM_JSON_MAX_DEPTH) return false;
    const uint8_t bit = (uint8_t)(1u << (s->depth % 8));
    uint8_t *byte = &s->objects[s->depth++ / 8];
    *byte = object ? (uint8_t)(*byte | bit) : (uint8_t)(*byte & ~bit);
    return true;
}

static bool in_object(const struct stack *s) {
    const int top = s->depth - 1;
    return (s->objects[top / 8] >> (top % 8) & 1) != 0;
}

/* From a key to its value: "key" : */
static const unsigned char *skip_key(const unsigned char *p) {
    p = skip_string(skip_space(p));
    if (p == NULL) return NULL;
    p = skip_space(p);
    return *p == ':' ? skip_space(p + 1) : NULL;
}

/* After a value: closes what ends here, and comes to the next value, or to the end with
 * depth 0. */
static const unsigned char *next_value(struct stack *s, const unsigned char *p) {
    while (s->depth > 0) {
        p = skip_space(p);
        const bool object = in_object(s);
        if (*p == ',') return object ? skip_key(p + 1) : skip_space(p + 1);
        if (*p != (object ? '}' : ']')) return NULL;
        s->depth--;
        p++;
    }
    return p;
}

/* One step: a whole scalar, an empty container, or the start of one that is not. */
static const unsigned char *step(struct stack *s, const unsigned char *p) {
    if (*p != '{' && *p != '[') {
        p = skip_scalar(p);
        return p == NULL ? NULL : next_value(s, p);
    }
    const bool object = *p == '{';
    if (!push(s, object)) return NULL;
    p = skip_space(p + 1);
    if (*p == (object ? '}' : ']')) return next_value(s, p);
    return object ? skip_key(p) : p;
}

enum tim_json_kind tim_json_check(const char *text, bool *empty) {
    const unsigned char *p = skip_space((const unsigned char *)text);
    const enum tim_json_kind kind = *p == '{' ? TIM_JSON_OBJECT : *p == '[' ? TIM_JSON_ARRAY : TIM_JSON_SCALAR;
    if (empty != NULL) {
        *empty = false;
        if (kind != TIM_JSON_SCALAR) {
            const unsigned char first = *skip_space(p + 1);
            *empty = first == '}' || first == ']';
        }
    }
    struct stack s = {{0}, 0};
    do {
        p = step(&s, p);
        if (p == NULL) return TIM_JSON_INVALID;
    } while (s.depth > 0);
    return *skip_space(p) == 0 ? kind : TIM_JSON_INVALID;
}
