/* Android's getnameinfo takes sizes where others take a socklen_t. */
#define getnameinfo getnameinfo_elsewhere
#include_next <netdb.h>
#undef getnameinfo
int getnameinfo(const struct sockaddr *, socklen_t, char *, size_t, char *, size_t, int);
