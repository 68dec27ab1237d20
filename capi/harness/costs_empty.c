/* A shared library that does next to nothing: what a call of any library costs. */
#include <string.h>

#define API __attribute__((visibility("default")))

API int empty(void) { return 0; }

/* Copies a text as short as most user ids, which is not known when this is compiled. */
static const char *volatile text = "alice";

API int copy_text(char *to) {
    strcpy(to, text);
    return 0;
}
