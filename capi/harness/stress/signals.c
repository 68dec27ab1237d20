/*
 * The host's signals with the library in its process: handlers, their flags, masks, and
 * what a signal does are as before.
 *
 *   signals LIBRARY kept | blocked | before SIGNAL | after SIGNAL | default SIGNAL | ignored SIGNAL | waited SIGNAL
 *
 * "default" ends with the signal, or with 0 if the process outlived it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "host.h"

enum { SIGNALS = 64 };

static const char *library;

static void on_signal(int sig) { (void)sig; }
static void on_signal_info(int sig, siginfo_t *info, void *context) {
    (void)sig;
    (void)info;
    (void)context;
}

static bool exists(int sig) { return sig != SIGKILL && sig != SIGSTOP && sig != 32 && sig != 33; }

/* Go stands behind these, and passes on what is the host's: see "before" and "after". */
static bool is_shared(int sig) {
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGPIPE || sig == SIGURG;
}

/* Go's threads take these whatever mask they inherit. */
static bool is_open_to_go(int sig) {
    return is_shared(sig) || sig == SIGILL || sig == SIGTRAP || sig == SIGABRT || sig == SIGSYS || sig == SIGSTKFLT ||
           sig == SIGCHLD || sig == SIGPROF || sig == 34;
}

/* So a handler for one of these two may run on a thread of Go's, and Go makes it one for
 * its signal stacks. */
static int flags_of(int sig, const struct sigaction *action) {
    return sig == SIGCHLD || sig == SIGPROF ? action->sa_flags & ~SA_ONSTACK : action->sa_flags;
}

/* Handlers of many kinds, on every signal that can have one; some are left as they are. */
static void set_handlers(void) {
    for (int sig = 1; sig <= SIGNALS; sig++) {
        struct sigaction action = {.sa_handler = on_signal};
        if (!exists(sig) || sig % 5 == 0) continue;
        if (sig % 5 == 1) action.sa_handler = SIG_IGN;
        if (sig % 5 == 2) action.sa_flags = SA_RESTART;
        if (sig % 5 == 3) sigaddset(&action.sa_mask, SIGTERM);
        if (sig % 5 == 4) {
            action.sa_sigaction = on_signal_info;
            action.sa_flags = SA_SIGINFO | (sig % 2 == 0 ? SA_ONSTACK : 0);
        }
        expect("sigaction", sigaction(sig, &action, NULL), 0);
    }
}

/* A caller's mask, and all handlers. */
struct world {
    sigset_t mask;
    struct sigaction actions[SIGNALS + 1];
};

static struct world look(void) {
    struct world w;
    memset(&w, 0, sizeof w);
    pthread_sigmask(SIG_SETMASK, NULL, &w.mask);
    for (int sig = 1; sig <= SIGNALS; sig++) sigaction(sig, NULL, &w.actions[sig]);
    return w;
}

static int differences;

static void differs(const char *when, const char *what, int sig) {
    fprintf(stderr, "%s: %s of signal %d\n", when, what, sig);
    differences++;
}

static void compare_masks(const char *when, const sigset_t *now, const sigset_t *then) {
    for (int sig = 1; sig <= SIGNALS; sig++) {
        if (sigismember(now, sig) != sigismember(then, sig)) differs(when, "the mask", sig);
    }
}

static void compare(const char *when, const struct world *then) {
    const struct world now = look();
    compare_masks(when, &now.mask, &then->mask);
    for (int sig = 1; sig <= SIGNALS; sig++) {
        const struct sigaction *a = &now.actions[sig], *b = &then->actions[sig];
        if (is_shared(sig)) continue;
        if (a->sa_sigaction != b->sa_sigaction) differs(when, "the handler", sig);
        if (flags_of(sig, a) != flags_of(sig, b)) differs(when, "the flags", sig);
        if (memcmp(&a->sa_mask, &b->sa_mask, 8) != 0) differs(when, "the handler's mask", sig);
    }
}

static sigset_t callback_mask;
static atomic_int callback_thread;

static void look_inside(void) {
    pthread_sigmask(SIG_SETMASK, NULL, &callback_mask);
    atomic_store(&callback_thread, gettid());
}

static void kept(const char *how) {
    (void)how;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    set_handlers();
    const struct world before = look();
    load(library, &tim);
    compare("at once after dlopen", &before);
    in_callback = look_inside;
    call();
    compare("after a call before TIMInit", &before);
    compare_masks("in a callback before TIMInit", &callback_mask, &before.mask);
    init();
    expect("TIMLogin", tim.Login("ann", "ticket", on_answer, NULL), TIM_SUCC);
    call();
    compare("logging in", &before);
    compare_masks("in a callback", &callback_mask, &before.mask);
    tim.Uninit();
    compare("after TIMUninit", &before);
    expect("differences", differences, 0);
}

/* Whether the thread's mask, as the kernel prints it, holds sig. */
static bool blocks(const char *thread, int sig) {
    char path[300], line[200];
    unsigned long long mask = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *status = fopen(path, "r");
    if (status == NULL) return true; /* it ended */
    while (fgets(line, sizeof line, status) != NULL) sscanf(line, "SigBlk: %llx", &mask);
    fclose(status);
    return (mask >> (sig - 1) & 1) != 0;
}

static void blocked(const char *how) {
    (void)how;
    load(library, &tim);
    init();
    expect("TIMLogin", tim.Login("ann", "ticket", on_answer, NULL), TIM_SUCC);
    in_callback = look_inside;
    for (int i = 0; i < 50; i++) call(); /* work makes Go start its threads */
    int others = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        const int thread = atoi(task->d_name);
        if (thread == 0 || thread == getpid() || thread == atomic_load(&callback_thread)) continue;
        others++;
        for (int sig = 1; sig <= SIGNALS; sig++) {
            if (exists(sig) && !is_open_to_go(sig) && !blocks(task->d_name, sig)) differs("on a thread of Go's", "the mask is without", sig);
        }
    }
    closedir(tasks);
    if (others < 2) expect("threads of Go's", others, 2);
    expect("differences", differences, 0);
    tim.Uninit();
}

/* Real signals, raised the way each comes about. */

static void raise_bus(void) {
    FILE *empty = tmpfile(); /* a page behind a file's end */
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(empty), 0);
    fclose(empty);
    (void)*page;
}

static void raise_pipe(void) {
    int ends[2];
    expect("pipe", pipe(ends), 0);
    close(ends[0]);
    (void)!write(ends[1], "x", 1);
    close(ends[1]);
}

static void raise_real(int sig) {
    static volatile int *volatile nowhere;
    static volatile int one = 1, zero;
    switch (sig) {
    case SIGSEGV:
        *nowhere = 1;
        break;
    case SIGBUS:
        raise_bus();
        break;
    case SIGFPE:
        one = one / zero;
        break;
    case SIGPIPE:
        raise_pipe();
        break;
    default:
        kill(getpid(), sig);
        pause_ms(100); /* any thread may take it */
    }
}

static atomic_int handled;
static __thread sigjmp_buf *volatile fault_exit;

static void on_real(int sig) {
    atomic_fetch_add(&handled, 1);
    if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE) siglongjmp(*fault_exit, 1);
}

static void *raise_here(void *sig) {
    sigjmp_buf exit_here;
    fault_exit = &exit_here;
    if (sigsetjmp(exit_here, 1) == 0) raise_real((int)(intptr_t)sig);
    return NULL;
}

/* The signal of that name, such as TERM, or number. */
static int signal_named(const char *name) {
    if (atoi(name) > 0) return atoi(name);
    for (int sig = 1; sig <= 31; sig++) {
        if (strcmp(sigabbrev_np(sig), name) == 0) return sig;
    }
    expect("a signal of that name", 0, 1);
    return 0;
}

static int raised;

static void raised_inside(void) { raise_here((void *)(intptr_t)raised); }

/* Faults on the first thread, on another, and in a callback: each reaches the handler. */
static void check_handler(void) {
    pthread_t other;
    init();
    raise_here((void *)(intptr_t)raised);
    pthread_create(&other, NULL, raise_here, (void *)(intptr_t)raised);
    pthread_join(other, NULL);
    in_callback = raised_inside;
    call();
    in_callback = NULL;
    /* SIGURG comes from Go too, to its own threads, and is passed on. */
    if (raised == SIGURG ? atomic_load(&handled) < 3 : atomic_load(&handled) != 3) expect("signals handled", handled, 3);
    call(); /* the library goes on */
    tim.Uninit();
}

static void before(const char *how) {
    raised = signal_named(how);
    signal(raised, on_real);
    load(library, &tim);
    check_handler();
}

static void after(const char *how) {
    raised = signal_named(how);
    load(library, &tim);
    init();
    call();
    signal(raised, on_real);
    check_handler();
}

static void by_default(const char *how) {
    load(library, &tim);
    init();
    call();
    raise_real(signal_named(how));
}

static void ignored(const char *how) {
    signal(signal_named(how), SIG_IGN);
    by_default(how);
    call();
}

/* What a handler is told, and on which thread it runs: as if there were no library. */

static struct {
    atomic_int count;
    int code, value;
    void *address;
    pid_t thread;
    pthread_t self;
} told;

static int *const bad_address = (int *)0x18; /* in the page that nobody has */

static void on_told(int sig, siginfo_t *info, void *context) {
    if (context == NULL) return;
    if (sig == SIGURG && info->si_code == SI_TKILL) return; /* Go's, which it sends its own threads */
    told.code = info->si_code;
    told.thread = gettid();
    if (sig == SIGSEGV) told.address = info->si_addr;
    else told.value = info->si_value.sival_int;
    atomic_fetch_add(&told.count, 1);
    if (sig == SIGSEGV) siglongjmp(*fault_exit, 1);
}

static void *raise_told(void *unused) {
    const int before = atomic_load(&told.count);
    sigjmp_buf exit_here;
    fault_exit = &exit_here;
    if (raised != SIGSEGV) {
        expect("pthread_sigqueue", pthread_sigqueue(pthread_self(), raised, (union sigval){.sival_int = 4711}), 0);
        expect("the code", told.code, SI_QUEUE);
        expect("the value", told.value, 4711);
    } else if (sigsetjmp(exit_here, 1) == 0) {
        *(volatile int *)bad_address = 1;
    } else {
        expect("the code", told.code, SEGV_MAPERR);
        expect("the address", (long)told.address, (long)bad_address);
    }
    expect("signals handled", atomic_load(&told.count), before + 1);
    expect("the thread", told.thread, gettid());
    return unused;
}

static void raise_told_inside(void) { raise_told(NULL); }

static void handle_told(void) {
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_told;
    expect("sigaction", sigaction(raised, &action, NULL), 0);
}

static void check_told(void) {
    pthread_t other;
    for (int i = 0; i < 20; i++) {
        raise_told(NULL);
        pthread_create(&other, NULL, raise_told, NULL);
        pthread_join(other, NULL);
        in_callback = raise_told_inside;
        call();
        in_callback = NULL;
    }
}

/* Before and after the load, with the library at work and after TIMUninit. */
static void told_after(const char *how) {
    raised = signal_named(how);
    load(library, &tim);
    init();
    expect("TIMLogin", tim.Login("ann", "ticket", on_answer, NULL), TIM_SUCC);
    handle_told();
    check_told();
    tim.Uninit();
    check_told();
}

static void told_before(const char *how) {
    raised = signal_named(how);
    handle_told();
    load(library, &tim);
    check_told();
    init();
    expect("TIMLogin", tim.Login("ann", "ticket", on_answer, NULL), TIM_SUCC);
    check_told();
    tim.Uninit();
    check_told();
}

/* A host that blocks a signal on its threads, and waits for it, gets each. It blocks it after
 * the load: Go's threads would inherit it. */
static void waited(const char *how) {
    const int sig = signal_named(how);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, sig);
    load(library, &tim);
    pthread_sigmask(SIG_BLOCK, &only, NULL);
    init();
    for (int i = 0; i < 50; i++) {
        call();
        kill(getpid(), sig);
        const struct timespec most = {10, 0};
        expect("the signal", sigtimedwait(&only, NULL, &most), sig);
    }
    tim.Uninit();
}

int main(int argc, char **argv) {
    static const struct named all[] = {{"kept", kept}, {"blocked", blocked}, {"before", before},
                                       {"after", after}, {"default", by_default}, {"ignored", ignored},
                                       {"waited", waited}, {"told_before", told_before}, {"told_after", told_after}};
    library = argc > 1 ? argv[1] : "";
    return run_named(all, sizeof all / sizeof all[0], argc, argv);
}
