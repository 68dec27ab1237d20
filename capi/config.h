/* TIMInit's configuration, as far as the C side judges it. */
#ifndef BANTER_CONFIG_H
#define BANTER_CONFIG_H

#include <stdbool.h>

/*
 * Whether Go is sure to accept a configuration, so that TIMInit need not wait for it: NULL, or
 * an object with nothing in it that takes more than a look. json has passed tim_json_check.
 * mode is TIM_USE_THREAD, TIM_USE_PUMP or TIM_KEEP_MODE then. What is false here may be
 * good all the same: that is for core to say, and so is what is wrong with it.
 */
bool tim_config_is_plain(const char *json, int *mode);

#endif
