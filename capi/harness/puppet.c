/*
 * The library on strings: reads commands from stdin, a line each with tabs between its
 * words, and prints what comes of them as lines of JSON. It knows only the public headers.
 *
 *   call ID NAME LISTENS ARG...   any function of the contract; its callback tells the ID
 *   listen NAME ID                sets a callback; 0 takes it away
 *   init APP_ID ARG · uninit · pump BUDGET_US · mode MODE · get · quit
 *
 * An ARG is - for NULL, =HEX for a text, #N for a number, & for a buffer.
 */
#include "puppet.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 16, BUFFER = 128, CANARY = 16, LONGEST_LINE = 16 << 20 };

/* One line of output at a time; an event holds it from event_begin to event_end. */
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void line_begin(void) { pthread_mutex_lock(&output); }

static void line_end(void) {
    fputs("}\n", stdout);
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static void print_text(const char *text) {
    if (text == NULL) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++) {
        if (*p == '"' || *p == '\\') printf("\\%c", *p);
        else if (*p < 0x20) printf("\\u%04x", *p);
        else putchar(*p);
    }
    putchar('"');
}

static void print_callback(const char *kind, int32_t code, const char *desc, const char *json, const void *user_data) {
    line_begin();
    printf("{\"%s\":%" PRIuPTR ",\"code\":%d,\"desc\":", kind, (uintptr_t)user_data, (int)code);
    print_text(desc);
    fputs(",\"json\":", stdout);
    print_text(json);
    line_end();
}

void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    print_callback("callback", code, desc, json, user_data);
}

void on_message_id(int32_t code, const char *desc, const char *json, const void *user_data) {
    print_callback("message_id", code, desc, json, user_data);
}

void on_member_list(const char *json, uint64_t next_seq, bool is_finished, const void *user_data) {
    print_callback("callback", 0, "", json, user_data);
    if (next_seq != 0 || is_finished) abort();
}

void event_begin(const char *setter) {
    line_begin();
    printf("{\"event\":\"%s\",\"args\":[", setter);
}

static bool first_arg = true;

static void comma(void) {
    if (!first_arg) putchar(',');
    first_arg = false;
}

void event_text(const char *text) {
    comma();
    print_text(text);
}

void event_number(int64_t number) {
    comma();
    printf("%" PRId64, number);
}

void event_end(const void *user_data) {
    first_arg = true;
    printf("],\"user_data\":%" PRIuPTR, (uintptr_t)user_data);
    line_end();
}

/* A text's copy from hex, in a block of its size, so that a sanitizer sees a byte too many. */
static char *from_hex(const char *hex) {
    const size_t n = strlen(hex) / 2;
    char *text = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) abort();
        text[i] = (char)byte;
    }
    text[n] = 0;
    return text;
}

static struct argument parse(const char *word) {
    struct argument a = {NULL, 0, NULL};
    switch (word[0]) {
    case '=':
        a.text = from_hex(word + 1);
        break;
    case '#':
        a.number = word[1] == '-' ? strtoll(word + 1, NULL, 10) : (int64_t)strtoull(word + 1, NULL, 10);
        break;
    case '&':
        a.buffer = malloc(BUFFER + CANARY);
        memset(a.buffer, 0xAA, BUFFER + CANARY);
        break;
    case '-':
        break;
    default:
        abort();
    }
    return a;
}

/* Prints a buffer's text; a write behind its 128 bytes ends the program. */
static void print_buffer(const char *buffer) {
    for (int i = BUFFER; i < BUFFER + CANARY; i++) {
        if ((unsigned char)buffer[i] != 0xAA) abort();
    }
    const bool written = (unsigned char)buffer[0] != 0xAA;
    fputs(",\"buffer\":", stdout);
    print_text(written ? buffer : NULL);
}

static const struct call *find_call(const char *name) {
    const struct call *c = puppet_calls;
    while (c->name != NULL && strcmp(c->name, name) != 0) c++;
    if (c->name == NULL) abort();
    return c;
}

static void run_call(char **words, int count) {
    const struct call *c = find_call(words[2]);
    struct argument args[MAX_WORDS];
    const int n = (int)strlen(c->kinds);
    if (count != 4 + n) abort();
    for (int i = 0; i < n; i++) args[i] = parse(words[4 + i]);
    const uintptr_t id = (uintptr_t)strtoull(words[1], NULL, 10);
    const int result = c->run(args, words[3][0] == '1', (const void *)id);
    for (int i = 0; i < n; i++) { /* the library has its own copy by now */
        if (args[i].text != NULL) memset((char *)args[i].text, '#', strlen(args[i].text));
        free((char *)args[i].text);
    }
    line_begin();
    printf("{\"return\":%" PRIuPTR ",\"result\":%d", id, result);
    for (int i = 0; i < n; i++) {
        if (args[i].buffer != NULL) print_buffer(args[i].buffer);
        free(args[i].buffer);
    }
    line_end();
}

static void listen_to(char **words) {
    const uintptr_t id = (uintptr_t)strtoull(words[2], NULL, 10);
    for (const struct event *e = puppet_events; e->setter != NULL; e++) {
        if (strcmp(e->setter, words[1]) == 0) e->set(id != 0, (const void *)id);
    }
}

static void get(void) {
    char user[BUFFER];
    const int result = TIMGetLoginUserID(user);
    line_begin();
    printf("{\"status\":%d,\"time\":%" PRIu64 ",\"user_result\":%d,\"user\":", (int)TIMGetLoginStatus(), TIMGetServerTime(), result);
    print_text(user);
    fputs(",\"version\":", stdout);
    print_text(TIMGetSDKVersion());
    line_end();
}

static void print_result(const char *command, int result) {
    line_begin();
    printf("{\"%s\":%d", command, result);
    line_end();
}

static bool run(char **words, int count) {
    const char *command = words[0];
    if (strcmp(command, "quit") == 0) return false;
    if (strcmp(command, "call") == 0) run_call(words, count);
    else if (strcmp(command, "listen") == 0) listen_to(words);
    else if (strcmp(command, "get") == 0) get();
    else if (strcmp(command, "uninit") == 0) print_result(command, TIMUninit());
    else if (strcmp(command, "pump") == 0) print_result(command, TIMXPump((unsigned)strtoul(words[1], NULL, 10)));
    else if (strcmp(command, "mode") == 0) print_result(command, TIMXSetCallbackMode((enum TIMXCallbackMode)atoi(words[1])));
    else if (strcmp(command, "init") == 0) {
        const struct argument config = parse(words[2]);
        print_result(command, TIMInit(strtoull(words[1], NULL, 10), config.text));
        free((char *)config.text);
    } else abort();
    return true;
}

/* Cuts a line at its tabs, in place, and returns the number of words. */
static int split(char *line, char **words) {
    int count = 0;
    while (line != NULL && count < MAX_WORDS) {
        words[count++] = line;
        line = strchr(line, '\t');
        if (line != NULL) *line++ = 0;
    }
    return count;
}

int main(void) {
    static char line[LONGEST_LINE]; /* getline is not everywhere */
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[MAX_WORDS];
        line[strcspn(line, "\r\n")] = 0;
        if (!run(words, split(line, words))) break;
    }
    line_begin(); /* for good: what a callback's thread prints while exit() flushes is torn */
    return 0;
}
