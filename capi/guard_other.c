/* Elsewhere Go's runtime does not touch the host's handlers in a way that hurts it. */
#ifndef __linux__
#include "go_side.h"

void tim_guard_settle(void) {}
#endif
