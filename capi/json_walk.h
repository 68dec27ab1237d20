/* Reads JSON that has passed tim_json_check: it is known to be well formed. */
#ifndef BANTER_JSON_WALK_H
#define BANTER_JSON_WALK_H

#include <stdbool.h>

/* The first character that is no white space. */
const char *tim_json_space(const char *p);
/* What follows the string that starts at p. */
const char *tim_json_string_end(const char *p);
/* What follows the value that starts at p. */
const char *tim_json_value_end(const char *p);

/* One member of an object: its key, without the quotes, and where its value starts. */
struct tim_json_member {
    const char *key, *key_end, *value;
};

/* Reads the first member of an object, or the one that follows m; false past the last. */
bool tim_json_first(const char *object, struct tim_json_member *m);
bool tim_json_next(struct tim_json_member *m);

#endif
