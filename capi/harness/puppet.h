/* What zz_puppet.c, which knows every function, and puppet.c, which does not, share. */
#ifndef BANTER_PUPPET_H
#define BANTER_PUPPET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

struct argument {
    const char *text;
    int64_t number;
    char *buffer;
};

/* A function with arguments: kinds has a letter for each, t text, n number, b buffer. */
struct call {
    const char *name, *kinds;
    int (*run)(const struct argument *a, bool listens, const void *user_data);
};

/* A set_callback function. */
struct event {
    const char *setter;
    void (*set)(bool listens, const void *user_data);
};

/* Both end with a NULL name. */
extern const struct call puppet_calls[];
extern const struct event puppet_events[];

/* The callbacks of calls. */
void on_answer(int32_t code, const char *desc, const char *json, const void *user_data);
void on_message_id(int32_t code, const char *desc, const char *json, const void *user_data);
void on_member_list(const char *json, uint64_t next_seq, bool is_finished, const void *user_data);

/* An event is printed piece by piece. */
void event_begin(const char *setter);
void event_text(const char *text);
void event_number(int64_t number);
void event_end(const void *user_data);

#endif
