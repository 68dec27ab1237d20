/* The calls of POSIX that these programs load and end by, on Windows. */
#ifndef BANTER_STRESS_WINDOWS_HOST_H
#define BANTER_STRESS_WINDOWS_HOST_H

#include <stdlib.h>
#include <unistd.h>
#include <windows.h>

enum { RTLD_NOW = 2 };

static inline void *dlopen(const char *path, int how) {
    (void)how;
    return LoadLibraryA(path);
}

static inline void *dlsym(void *library, const char *name) { return (void *)(uintptr_t)GetProcAddress(library, name); }

static inline int dlclose(void *library) { return FreeLibrary(library) ? 0 : -1; }

static inline const char *dlerror(void) { return "LoadLibrary failed"; }

static DWORD WINAPI end_after(LPVOID ms) {
    Sleep((DWORD)(uintptr_t)ms);
    TerminateProcess(GetCurrentProcess(), 142); /* as a shell tells of SIGALRM */
    return 0;
}

/* Ends the process after so many seconds, whatever its other threads do. */
static inline void alarm(unsigned seconds) { CreateThread(NULL, 0, end_after, (LPVOID)(uintptr_t)(seconds * 1000), 0, NULL); }

#endif
