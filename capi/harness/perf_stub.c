/*
 * A library that has no more of the C API than perf.c calls, and does nothing: a call is answered by another
 * thread, later, as the API promises. That is of plain C (perf_thread.c) or a goroutine of Go's
 * (perf_go.txt). What they take no library of their kind takes less of.
 */
#include <stdatomic.h>
#include <string.h>

#include "perf_stub.h"

#define API __attribute__((visibility("default")))

enum { OK = 0, NOT_INITIALISED = 6013, PENDING = 2, OUT = 3 };

static atomic_int status = OUT;
static atomic_bool initialised;

static int answer(perf_callback cb) {
    if (cb != NULL) perf_ask((void *)cb, atomic_load(&initialised) ? OK : NOT_INITIALISED);
    return OK;
}

API int TIMInit(uint64_t app, const char *config) {
    (void)app, (void)config;
    atomic_store(&initialised, true);
    return OK;
}

API int TIMUninit(void) {
    atomic_store(&initialised, false);
    atomic_store(&status, OUT);
    return OK;
}

API int TIMLogin(const char *user, const char *ticket, perf_callback cb, const void *user_data) {
    (void)user, (void)ticket, (void)user_data;
    atomic_store(&status, PENDING);
    return answer(cb);
}

API int TIMSetConfig(const char *json, perf_callback cb, const void *user_data) {
    (void)json, (void)user_data;
    return answer(cb);
}

API int TIMGetUserStatus(const char *json, perf_callback cb, const void *user_data) {
    (void)json, (void)user_data;
    return answer(cb);
}

API int TIMConvGetConvList(perf_callback cb, const void *user_data) {
    (void)user_data;
    return answer(cb);
}

API int TIMGetLoginStatus(void) { return atomic_load_explicit(&status, memory_order_acquire); }

API int TIMGetLoginUserID(char *user) {
    user[0] = 0;
    return OK;
}

API uint64_t TIMGetServerTime(void) { return perf_seconds(); }

API const char *TIMGetSDKVersion(void) { return "0"; }
