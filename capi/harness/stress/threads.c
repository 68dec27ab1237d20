/*
 * Linked into a program, it refuses the program and its libraries threads while the file
 * named by HOST_THREADS begins with 1, as a system does that has no more. It begins with 1
 * after the next thread when it began with 2.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static const volatile unsigned char *refused(void) {
    static _Atomic(const volatile unsigned char *) shared;
    if (atomic_load(&shared) != NULL) return atomic_load(&shared);
    const char *path = getenv("HOST_THREADS");
    const int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, 2, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) _exit(3);
    close(file);
    atomic_store(&shared, page);
    return page;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
    volatile unsigned char *is = (volatile unsigned char *)refused();
    if (is[0] == 2) {
        is[0] = 1;
    } else if (is[0] == 1) {
        if (is[1] < 255) is[1]++; /* for who waits until it was wanted so often */
        return EAGAIN;
    }
    create *real = (create *)dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attr, run, arg);
}
