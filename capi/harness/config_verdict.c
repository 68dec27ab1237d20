/*
 * The C side's look at TIMInit's configuration as a filter (filter.h): '-' not an object, '?' for Go
 * to judge, or what is sure to be accepted, 't', 'p' or 'k': callbacks by the thread, by the
 * pump, or as before.
 */
#include "../config.h"
#include "../go_side.h"
#include "../json_check.h"
#include "filter.h"

static char verdict(const char *text) {
    int mode;
    if (tim_json_check(text, NULL) != TIM_JSON_OBJECT) return '-';
    if (!tim_config_is_plain(text, &mode)) return '?';
    return mode == TIM_USE_THREAD ? 't' : mode == TIM_USE_PUMP ? 'p' : 'k';
}

int main(void) { return filter(verdict); }
