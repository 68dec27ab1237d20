/*
 * Keeps Go's runtime from changing the host's signal world (Linux and Android).
 *
 * When it starts, the runtime adds SA_ONSTACK to every handler that is there, and its
 * threads take any signal. Both break a host whose collector stops threads by signals:
 * its handler then runs on an alternate stack and records the wrong stack pointer, or it
 * runs on a thread that the collector does not know.
 *
 * So, before the runtime starts, the handlers are remembered and almost every signal is
 * blocked on the loading thread, whose mask all of Go's threads inherit; afterwards the
 * thread's mask and the handlers' flags are given back. For about a millisecond in
 * between, while the runtime starts, the host's handlers do have SA_ONSTACK.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "go_side.h"

#define SIGNALS 64

static struct sigaction remembered[SIGNALS + 1];
static bool known[SIGNALS + 1];
static sigset_t loader_mask;

/* What Go must be able to take on its own threads: faults, and what it sends itself. */
static const int open_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGURG, SIGPROF, SIGCHLD};

/* Go's own, and those that the C library keeps for its threads (32 and 33). */
static bool is_left_alone(int sig) { return sig == SIGCHLD || sig == SIGPROF || sig == 32 || sig == 33; }

/* Before Go's runtime, which is started by an initialiser without a priority; after the
 * host's mask has been kept for the callback thread. */
__attribute__((constructor(102))) static void guard_begin(void) {
    for (int sig = 1; sig <= SIGNALS; sig++) known[sig] = sigaction(sig, NULL, &remembered[sig]) == 0;
    sigset_t mask;
    sigfillset(&mask);
    for (size_t i = 0; i < sizeof open_signals / sizeof open_signals[0]; i++) sigdelset(&mask, open_signals[i]);
    pthread_sigmask(SIG_SETMASK, &mask, &loader_mask);
}

/* After it: Go's first thread has been made and has the mask. */
__attribute__((constructor(65535))) static void guard_end(void) { pthread_sigmask(SIG_SETMASK, &loader_mask, NULL); }

void tim_guard_settle(void) {
    for (int sig = 1; sig <= SIGNALS; sig++) {
        struct sigaction now;
        if (!known[sig] || is_left_alone(sig) || sigaction(sig, NULL, &now) != 0) continue;
        const bool added = (now.sa_flags & SA_ONSTACK) != 0 && (remembered[sig].sa_flags & SA_ONSTACK) == 0;
        if (added && now.sa_sigaction == remembered[sig].sa_sigaction) sigaction(sig, &remembered[sig], NULL);
    }
}
