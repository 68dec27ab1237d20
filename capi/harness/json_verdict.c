/*
 * The JSON check as a filter: reads texts as a length (4 bytes, little endian) and as
 * many bytes, and writes one byte for each: '-' not JSON, or 'o', 'a', 's' for an object,
 * an array, a scalar; 'O' and 'A' when they hold nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../json_check.h"

static char verdict(const char *text) {
    bool empty;
    switch (tim_json_check(text, &empty)) {
    case TIM_JSON_OBJECT:
        return empty ? 'O' : 'o';
    case TIM_JSON_ARRAY:
        return empty ? 'A' : 'a';
    case TIM_JSON_SCALAR:
        return 's';
    default:
        return '-';
    }
}

int main(void) {
    unsigned char head[4];
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        const size_t n = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        char *text = malloc(n + 1); /* of this size, so that a sanitizer sees a byte too many */
        if (text == NULL || fread(text, 1, n, stdin) != n) return 1;
        text[n] = 0;
        putchar(verdict(text));
        fflush(stdout);
        free(text);
    }
    return 0;
}
