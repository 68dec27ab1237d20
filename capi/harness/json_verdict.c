/*
 * The JSON check as a filter (filter.h): '-' not JSON, or 'o', 'a', 's' for an object,
 * an array, a scalar; 'O' and 'A' when they hold nothing.
 */
#include "../json_check.h"
#include "filter.h"

static char verdict(const char *text) {
    bool empty;
    switch (tim_json_check(text, &empty)) {
    case TIM_JSON_OBJECT:
        return empty ? 'O' : 'o';
    case TIM_JSON_ARRAY:
        return empty ? 'A' : 'a';
    case TIM_JSON_SCALAR:
        return 's';
    default:
        return '-';
    }
}

int main(void) { return filter(verdict); }
