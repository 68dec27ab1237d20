/*
 * Another library that was made with Go is in the process: each has a runtime of its own,
 * which takes signals and starts threads.
 *
 *   two LIBRARY ours_first|other_first OTHER
 *
 * Both work at once, faults reach the host's handler, and both go on. HOST_CONFIG is for TIMInit.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "host.h"

enum { ROUNDS = 40, WORKERS = 2, FAULTS = 200 };

static long (*other_work)(long);
static atomic_long faults;
static __thread sigjmp_buf *volatile fault_exit;

static void on_fault(int sig) {
    (void)sig;
    atomic_fetch_add(&faults, 1);
    siglongjmp(*fault_exit, 1);
}

static void load_other(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    expect("the other library is there", library != NULL, true);
    other_work = (__typeof__(other_work))dlsym(library, "OtherWork");
    expect("its function is there", other_work != NULL, true);
}

static void *use_other(void *unused) {
    for (long i = 1; i <= ROUNDS; i++) expect("what it returns", other_work(i), 1000 * i);
    return unused;
}

static void *use_ours(void *unused) {
    for (int i = 0; i < 50 * ROUNDS; i++) {
        const int result = tim.SetConfig("{}", on_answer, NULL);
        if (result != TIM_SUCC) expect("TIMSetConfig", result, TIM_SUCC);
        if (i % 50 == 0) pause_ms(1);
    }
    return unused;
}

static void *fault(void *unused) {
    static volatile int *volatile nowhere;
    for (volatile int i = 0; i < FAULTS; i++) {
        sigjmp_buf exit_here;
        fault_exit = &exit_here;
        if (sigsetjmp(exit_here, 1) == 0) *nowhere = 1;
        if (i % 10 == 0) pause_ms(1);
    }
    return unused;
}

static void run(void) {
    pthread_t threads[2 * WORKERS + 1];
    signal(SIGSEGV, on_fault);
    init();
    expect("TIMLogin", tim.Login("ann", "ticket", on_answer, NULL), TIM_SUCC);
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&threads[2 * i], NULL, use_other, NULL);
        pthread_create(&threads[2 * i + 1], NULL, use_ours, NULL);
    }
    pthread_create(&threads[2 * WORKERS], NULL, fault, NULL);
    for (int i = 0; i <= 2 * WORKERS; i++) pthread_join(threads[i], NULL);
    call();
    expect("TIMUninit", tim.Uninit(), TIM_SUCC);
    expect("answers", atomic_load(&answers), WORKERS * 50 * ROUNDS + 2);
    expect("faults handled", atomic_load(&faults), FAULTS);
    use_other(NULL);
}

static const char *library;

static void ours_first(const char *other) {
    load(library, &tim);
    load_other(other);
    run();
}

static void other_first(const char *other) {
    load_other(other);
    use_other(NULL);
    load(library, &tim);
    run();
}

int main(int argc, char **argv) {
    static const struct named all[] = {{"ours_first", ours_first}, {"other_first", other_first}};
    library = argc > 1 ? argv[1] : "";
    return run_named(all, sizeof all / sizeof all[0], argc, argv);
}
