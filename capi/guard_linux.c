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
 * thread's mask and the handlers' flags are given back. Go changes the handlers on the
 * loading thread, before its own first thread starts, and never later in a library: so
 * both are right again when loading ends.
 *
 * The runtime also takes SIGURG, with which it interrupts its own threads, and hands it to
 * nobody. A host that had a handler for it keeps it: see on_urgent.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#define SIGNALS 64

static struct sigaction remembered[SIGNALS + 1];
static bool known[SIGNALS + 1];
static sigset_t loader_mask;
static struct sigaction go_urgent; /* the runtime's own action for SIGURG */

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

/* SIGURG from a thread of this process is the runtime's; any other is the host's. */
static void on_urgent(int sig, siginfo_t *info, void *context) {
    if (info->si_code == SI_TKILL && info->si_pid == getpid()) {
        go_urgent.sa_sigaction(sig, info, context);
    } else if ((remembered[SIGURG].sa_flags & SA_SIGINFO) != 0) {
        remembered[SIGURG].sa_sigaction(sig, info, context);
    } else {
        remembered[SIGURG].sa_handler(sig);
    }
}

static bool had_handler(int sig) {
    return known[sig] && remembered[sig].sa_handler != SIG_DFL && remembered[sig].sa_handler != SIG_IGN;
}

/* Puts the host's handler for SIGURG beside the runtime's, which stands in its place. */
static void share_urgent(void) {
    if (!had_handler(SIGURG) || sigaction(SIGURG, NULL, &go_urgent) != 0) return;
    if (go_urgent.sa_sigaction == remembered[SIGURG].sa_sigaction) return;
    struct sigaction shared = go_urgent;
    shared.sa_sigaction = on_urgent;
    sigaction(SIGURG, &shared, NULL);
}

/* Gives the handlers back their flags. */
static void give_back_flags(void) {
    for (int sig = 1; sig <= SIGNALS; sig++) {
        struct sigaction now;
        if (!known[sig] || is_left_alone(sig) || sigaction(sig, NULL, &now) != 0) continue;
        const bool added = (now.sa_flags & SA_ONSTACK) != 0 && (remembered[sig].sa_flags & SA_ONSTACK) == 0;
        if (added && now.sa_sigaction == remembered[sig].sa_sigaction) sigaction(sig, &remembered[sig], NULL);
    }
}

/* After it: Go's first thread has been made and has the mask. */
__attribute__((constructor(65535))) static void guard_end(void) {
    give_back_flags();
    share_urgent();
    pthread_sigmask(SIG_SETMASK, &loader_mask, NULL);
}
