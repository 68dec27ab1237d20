#ifdef _WIN32
#include "thread.h"

#include <stdlib.h>
#include <time.h>

#include "client.h"

void tim_mutex_setup(tim_mutex *m) { InitializeSRWLock(m); }
void tim_mutex_end(tim_mutex *m) {}
void tim_lock(tim_mutex *m) { AcquireSRWLockExclusive(m); }
void tim_unlock(tim_mutex *m) { ReleaseSRWLockExclusive(m); }
void tim_cond_setup(tim_cond *c) { InitializeConditionVariable(c); }
void tim_cond_end(tim_cond *c) {}
void tim_wait_on(tim_cond *c, tim_mutex *m) { SleepConditionVariableSRW(c, m, INFINITE, 0); }
void tim_wake_all(tim_cond *c) { WakeAllConditionVariable(c); }
void tim_wake_one(tim_cond *c) { WakeConditionVariable(c); }

bool tim_wait_until(tim_cond *c, tim_mutex *m, uint64_t deadline_us) {
    const uint64_t now = tim_now_us();
    const uint64_t left_ms = deadline_us > now ? (deadline_us - now + 999) / 1000 : 0;
    return SleepConditionVariableSRW(c, m, (DWORD)left_ms, 0) || GetLastError() != ERROR_TIMEOUT;
}

/* What a new thread needs; freed by it. */
struct start {
    void (*run)(void *);
    void *arg;
};

static DWORD WINAPI started(LPVOID p) {
    const struct start s = *(struct start *)p;
    free(p);
    s.run(s.arg);
    return 0;
}

bool tim_thread_start(tim_thread *t, void (*run)(void *), void *arg) {
    struct start *s = malloc(sizeof *s);
    if (s == NULL) return false;
    s->run = run;
    s->arg = arg;
    *t = CreateThread(NULL, 0, started, s, 0, NULL);
    if (*t != NULL) return true;
    free(s);
    return false;
}

void tim_thread_join(tim_thread t) {
    WaitForSingleObject(t, INFINITE);
    CloseHandle(t);
}

void tim_thread_detach(tim_thread t) { CloseHandle(t); }

uintptr_t tim_thread_self(void) { return GetCurrentThreadId(); }

void tim_thread_keep_mask(void) {}

uint64_t tim_now_us(void) {
    LARGE_INTEGER ticks, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&ticks);
    const uint64_t whole = (uint64_t)(ticks.QuadPart / frequency.QuadPart);
    const uint64_t rest = (uint64_t)(ticks.QuadPart % frequency.QuadPart);
    return whole * 1000000 + rest * 1000000 / (uint64_t)frequency.QuadPart;
}

uint64_t tim_boot_ms(void) { return GetTickCount64(); }

uint64_t tim_wall_s(void) { return (uint64_t)time(NULL); }

uint64_t tim_wall_ms(void) { return tim_coarse_wall_ms(); }

uint64_t tim_coarse_wall_ms(void) {
    FILETIME t; /* since 1601, in 100 ns */
    GetSystemTimeAsFileTime(&t);
    return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - UINT64_C(116444736000000000)) / 10000;
}

uint64_t tim_random_seed(void) {
    return tim_now_us() * 0x9E3779B97F4A7C15u ^ (uint64_t)GetCurrentProcessId() << 32 ^ GetTickCount64();
}

/* By hand: the compiler's own thread-local variables are slow here, and want another DLL. */
static DWORD selected_index = TLS_OUT_OF_INDEXES;

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a handle must fit into a pointer");

uint64_t tim_thread_selected(void) {
    if (selected_index == TLS_OUT_OF_INDEXES) return 0;
    const DWORD error = GetLastError(); /* TlsGetValue clears what the game may want to read */
    const uint64_t handle = (uint64_t)(uintptr_t)TlsGetValue(selected_index);
    SetLastError(error);
    return handle;
}

void tim_thread_select(uint64_t handle) {
    if (selected_index != TLS_OUT_OF_INDEXES) TlsSetValue(selected_index, (void *)(uintptr_t)handle);
}

bool tim_thread_can_select(void) { return selected_index != TLS_OUT_OF_INDEXES; }

/* Keeps the library in the process for good, as -z nodelete does elsewhere: Go's threads
 * cannot be taken away. FreeLibrary still returns TRUE. */
static void stay(void) {
    HMODULE self;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, (LPCSTR)&stay, &self);
}

__attribute__((constructor)) static void setup(void) {
    stay();
    selected_index = TlsAlloc();
    tim_requests_setup();
    tim_clients_setup();
}
#endif
