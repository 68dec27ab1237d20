/*
 * Gives the library's own pages back that a start has touched (Linux and Android): the relocations that the loader
 * has read, the tables and the code that set everything up. They are the file's, and clean; what is used again comes
 * from the system's cache of files when it is. To the game it is 4 to 9 MB that a system does not count as its
 * memory, which decides what is ended when memory is short.
 *
 * A page that somebody has written to meanwhile, such as a debugger's breakpoint or another's hook, would lose that:
 * then nothing is given back.
 */
#ifdef __linux__
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

/* Where the library was loaded: the linker's symbol, so that the loader need not be asked, which another thread
 * may keep busy. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

struct pages {
    uintptr_t from, to;
};

/* The whole pages of a segment that nothing of the library's writes to; none of another. */
static struct pages pages_of(const ElfW(Phdr) *segment, uintptr_t page) {
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) return (struct pages){0, 0};
    const uintptr_t start = (uintptr_t)&__ehdr_start + segment->p_vaddr; /* the library's first address is 0 */
    const struct pages whole = {(start + page - 1) / page * page, (start + segment->p_memsz) / page * page};
    return whole.from < whole.to ? whole : (struct pages){0, 0};
}

/* Whether one of the pages is not the file's any more, or cannot be told to be. */
static bool is_changed(int pagemap, struct pages p, uintptr_t page) {
    enum { AT_ONCE = 128 };
    const uint64_t present = UINT64_C(1) << 63, swapped = UINT64_C(1) << 62, of_a_file = UINT64_C(1) << 61;
    uint64_t entries[AT_ONCE];
    const uintptr_t end = p.to / page;
    for (uintptr_t at = p.from / page; at < end;) {
        const size_t n = end - at < AT_ONCE ? end - at : AT_ONCE, size = n * sizeof *entries;
        if (pread(pagemap, entries, size, (off_t)(at * sizeof *entries)) != (ssize_t)size) return true;
        for (size_t i = 0; i < n; i++) {
            if ((entries[i] & swapped) != 0 || (entries[i] & (present | of_a_file)) == present) return true;
        }
        at += n;
    }
    return false;
}

void tim_give_back(void) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) return;
    bool changed = false;
    for (int i = 0; i < __ehdr_start.e_phnum && !changed; i++) {
        changed = is_changed(pagemap, pages_of(&segments[i], page), page);
    }
    for (int i = 0; i < __ehdr_start.e_phnum && !changed; i++) {
        const struct pages p = pages_of(&segments[i], page);
        if (p.from != 0) madvise((void *)p.from, p.to - p.from, MADV_DONTNEED);
    }
    close(pagemap);
}
#endif
