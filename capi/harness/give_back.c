/*
 * How much of the library's own file is resident once a start is over. A patch is what a debugger or a
 * hook writes into the library's code; it must stay.
 *
 *   give_back SERVER_URL APP_ID CONFIG_FOLDER plain|patched
 *
 * Prints resident_kib, which is before TIMInit, and then settled_kib, which is the first figure that is less
 * than half of it; of a patched library that of a second later.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "TIMCloud.h"
#include "TIMExtension.h"
#include "costs.h"

/* Of the mappings of the library's file that nothing may write to, what is resident and nobody has changed. */
static long resident_kib(void) {
    Dl_info of;
    char line[512];
    bool counts = false;
    long sum = 0, rss = 0, dirty = 0;
    if (dladdr((void *)(uintptr_t)&TIMInit, &of) == 0) exit(1);
    const char *name = strrchr(of.dli_fname, '/') + 1;
    FILE *f = fopen("/proc/self/smaps", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char access[5];
        if (sscanf(line, "%*x-%*x %4s", access) == 1) counts = access[1] == '-' && strstr(line, name) != NULL;
        else if (sscanf(line, "Rss: %ld", &rss) == 1) continue;
        else if (counts && sscanf(line, "Private_Dirty: %ld", &dirty) == 1) sum += rss - dirty;
    }
    if (f != NULL) fclose(f);
    return sum;
}

static const unsigned char patch[] = {0x90, 0x90, 0xCC, 0xC3}; /* never run: of a function that nobody calls here */

static void apply_patch(void) {
    unsigned char *code = (unsigned char *)(uintptr_t)&TIMXVersion;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)code / page * page;
    const size_t size = (uintptr_t)code + sizeof patch - start;
    if (mprotect((void *)start, size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) exit(1);
    memcpy(code, patch, sizeof patch);
    if (mprotect((void *)start, size, PROT_READ | PROT_EXEC) != 0) exit(1);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    alarm(120);
    const bool patched = strcmp(argv[4], "patched") == 0;
    char config[1024];
    snprintf(config, sizeof config, "{\"sdk_config_server_url\":\"%s\",\"sdk_config_config_file_path\":\"%s\"}", argv[1], argv[3]);
    if (patched) apply_patch();
    const long first = resident_kib();
    print("resident_kib", (double)first);
    expect("TIMInit", TIMInit(strtoull(argv[2], NULL, 10), config), TIM_SUCC);
    if (patched) rest_ms(1000);
    else
        while (resident_kib() >= first / 2) rest_ms(20);
    print("settled_kib", (double)resident_kib());
    if (patched) expect("the patch", memcmp((const void *)(uintptr_t)&TIMXVersion, patch, sizeof patch), 0);
    expect("TIMGetLoginStatus", (int)TIMGetLoginStatus(), kTIMLoginStatus_UnLogined);
    expect("TIMUninit", TIMUninit(), TIM_SUCC);
    return 0;
}
