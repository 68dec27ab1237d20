/*
 * A program that judges texts: it reads each as a length (4 bytes, little endian) and as many
 * bytes, and writes one byte for it.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int filter(char (*verdict)(const char *text)) {
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
