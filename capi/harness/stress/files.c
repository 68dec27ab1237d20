/*
 * What a host starts, without the library: files N ends with 3 if it has N files open, and
 * tells which it has if not.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RIGHT = 3, WRONG = 4, MAX_FILES = 1024 };

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    int have = 0;
    for (int fd = 0; fd < MAX_FILES; fd++) have += fcntl(fd, F_GETFD) != -1;
    if (have == atoi(argv[1])) return RIGHT;
    char path[64], name[256];
    for (int fd = 0; fd < MAX_FILES; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        const ssize_t n = readlink(path, name, sizeof name);
        if (n > 0) fprintf(stderr, "%d: %.*s\n", fd, (int)n, name);
    }
    return WRONG;
}
