/* The check of JSON at the boundary. */
#ifndef BANTER_JSON_CHECK_H
#define BANTER_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum tim_json_kind {
    TIM_JSON_INVALID,
    TIM_JSON_OBJECT,
    TIM_JSON_ARRAY,
    TIM_JSON_SCALAR,
};

#define TIM_JSON_MAX_DEPTH 512

/*
 * Says what text is: one JSON value of RFC 8259 in valid UTF-8 with white space around it,
 * or not. Stricter than the RFC in three ways: an escaped surrogate without its other half
 * is refused, and so is nesting deeper than TIM_JSON_MAX_DEPTH, and a NUL ends the text.
 * empty (may be NULL) tells whether an object or array holds nothing. It allocates nothing
 * and does not recurse.
 */
enum tim_json_kind tim_json_check(const char *text, bool *empty);

/* The length of the UTF-8 character at p (which ends with a NUL), 0 when it is none. */
size_t tim_utf8_length(const unsigned char *p);

#endif
