/*
 * The C side's look at TIMInit's configuration as a filter: reads texts as a length (4 bytes,
 * little endian) and as many bytes, and writes one byte for each: '-' not an object, '?' for Go
 * to judge, or what is sure to be accepted, 't', 'p' or 'k': callbacks by the thread, by the
 * pump, or as before.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../config.h"
#include "../go_side.h"
#include "../json_check.h"

static char verdict(const char *text) {
    int mode;
    if (tim_json_check(text, NULL) != TIM_JSON_OBJECT) return '-';
    if (!tim_config_is_plain(text, &mode)) return '?';
    return mode == TIM_USE_THREAD ? 't' : mode == TIM_USE_PUMP ? 'p' : 'k';
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
