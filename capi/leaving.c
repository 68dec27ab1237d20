/*
 * What TIMUninit leaves behind when it does not wait for Go, on Linux and Android: a client that
 * closes the link, the log and the file of the install's id. One client has that file for itself, among
 * those of all processes; the others go by another id. Who wants it meanwhile, such as
 * the process that follows this one, is to wait for it instead: so TIMUninit takes a second lock of
 * it, on a byte, which says so and ends with the first.
 */
#define _GNU_SOURCE /* locks of an open file, not of a process */
#include "client.h"

#ifdef __linux__
#include <fcntl.h>
#endif

void tim_has_install(struct tim_client *c, int file) {
    tim_lock(&c->answer_lock);
    c->install = file;
    tim_unlock(&c->answer_lock);
}

void tim_keeps(struct tim_client *c, int change) {
    tim_lock(&c->answer_lock);
    c->users += change;
    tim_unlock(&c->answer_lock);
}

bool tim_leave_install(struct tim_client *c) {
    bool left = false;
#ifdef __linux__
    struct flock mark = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = TIM_LEAVING_AT, .l_len = 1};
    tim_lock(&c->answer_lock);
    left = c->install == 0 || fcntl(c->install, F_OFD_SETLK, &mark) == 0;
    tim_unlock(&c->answer_lock);
#endif
    return left;
}
