/* The versions that TIMGetSDKVersion and TIMXVersion tell. */
#ifndef BANTER_VERSION_H
#define BANTER_VERSION_H

#define BANTER_VERSION "0.1.0"
/* Games parse it: the API's version, then a number of ours that only grows. */
#define TIM_SDK_VERSION "8.6.1"

#endif
