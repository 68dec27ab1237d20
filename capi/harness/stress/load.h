/* Loads the library while the program runs, as engines and managed runtimes do: what they
 * had set up before must still hold afterwards. */
#ifndef BANTER_STRESS_LOAD_H
#define BANTER_STRESS_LOAD_H

#ifdef _WIN32
#include "windows_host.h"
#else
#include <dlfcn.h>
#endif
#include <stdio.h>
#include <stdlib.h>

#include "TIMCloud.h"
#include "TIMExtension.h"

/* The functions that the programs of this folder use, without their TIM. */
#define TIM_USED(X)                                                                                        \
    X(Init) X(Uninit) X(GetLoginStatus) X(GetLoginUserID) X(GetServerTime) X(GetSDKVersion) X(SetConfig)    \
    X(GetUserStatus) X(Login) X(Logout) X(SetNetworkStatusListenerCallback) X(XPump) X(XSetCallbackMode)

struct tim {
#define TIM_MEMBER(name) __typeof__(TIM##name) *name;
    TIM_USED(TIM_MEMBER)
#undef TIM_MEMBER
};

/* Fills tim from the library at path and returns its handle. Ends the program when it cannot. */
static inline void *load(const char *path, struct tim *tim) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
#define TIM_FIND(name)                                                  \
    tim->name = (__typeof__(TIM##name) *)dlsym(library, "TIM" #name);   \
    if (tim->name == NULL) {                                            \
        fprintf(stderr, "no TIM" #name " in %s\n", path);               \
        exit(2);                                                        \
    }
    TIM_USED(TIM_FIND)
#undef TIM_FIND
    return library;
}

#endif
