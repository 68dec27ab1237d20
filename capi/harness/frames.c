/*
 * What a game pays while nothing happens: the memory that its frames allocate, and how often the
 * library's threads wake up. It prints one figure a line, its name and its value.
 *
 *   frames SERVER_URL APP_ID CONFIG_FOLDER USER TICKET thread|pump < "quiet MS" lines
 *
 * Each line that it reads asks for so much rest, and is answered with the wake-ups in it.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

enum { FRAMES = 10000 };

/* The allocators of the process are this program's, and count for each thread. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
static _Thread_local long allocations;

void *malloc(size_t size) { return allocations++, __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return allocations++, __libc_calloc(n, size); }
void *realloc(void *p, size_t size) { return allocations++, __libc_realloc(p, size); }
void *memalign(size_t align, size_t size) { return allocations++, __libc_memalign(align, size); }
void *aligned_alloc(size_t align, size_t size) { return memalign(align, size); }
int posix_memalign(void **p, size_t align, size_t size) { return (*p = memalign(align, size)) == NULL; }

static atomic_int answers, last_code;

static void on_answer(int32_t code, const char *desc, const char *json, const void *user_data) {
    (void)desc, (void)json, (void)user_data;
    atomic_store(&last_code, (int)code);
    atomic_fetch_add(&answers, 1);
}

static void wait_answers(int n) {
    while (atomic_load(&answers) < n) TIMXPump(0), rest_ms(1);
    expect("the answer's code", atomic_load(&last_code), TIM_SUCC);
}

static void frame(void) {
    char user[128];
    TIMXPump(1000);
    TIMGetLoginStatus();
    TIMGetLoginUserID(user);
    TIMGetServerTime();
    TIMGetSDKVersion();
    TIMXClientSelect(TIMXClientSelected());
}

/* The pages that the process has been given: Go allocates in pages of its own. */
static long faults(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_minflt;
}

static void print_frames(void) {
    for (int i = 0; i < FRAMES; i++) frame(); /* what the first ones touch */
    const long allocated = allocations, given = faults();
    for (int i = 0; i < FRAMES; i++) frame();
    const long allocated_now = allocations, given_now = faults(); /* before print itself allocates */
    print("allocations", (double)(allocated_now - allocated));
    print("pages", (double)(given_now - given));
}

/* One that allocates: what shows that the counter counts. */
static void print_call(void) {
    const int before = atomic_load(&answers);
    const long allocated = allocations;
    expect("TIMSetConfig", TIMSetConfig("{}", on_answer, NULL), TIM_SUCC);
    print("allocations_call", (double)(allocations - allocated));
    wait_answers(before + 1);
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\",\"sdk_config_callback_mode\":\"%s\"}",
             argv[1], argv[3], argv[6]);
    alarm(120); /* an answer that never comes is waited for without a clock */
    setvbuf(stdout, NULL, _IOLBF, 0);
    expect("TIMInit", TIMInit(strtoull(argv[2], NULL, 10), config), TIM_SUCC);
    expect("TIMLogin", TIMLogin(argv[4], argv[5], on_answer, NULL), TIM_SUCC);
    wait_answers(1);
    rest_ms(1000); /* the start is over, and what only it needed is given back */
    print_call();
    print_frames();
    long ms;
    while (scanf(" quiet %ld", &ms) == 1) {
        const long before = switches();
        rest_ms(ms);
        print("wakeups", (double)(switches() - before));
    }
    return TIMUninit();
}
