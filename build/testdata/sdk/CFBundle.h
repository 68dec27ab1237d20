/* Stands in for CoreFoundation's header: what Go's start on iOS names. */
#pragma once

#include <CoreFoundation/CFString.h>

typedef struct __CFBundle *CFBundleRef;
typedef const struct __CFURL *CFURLRef;

CFBundleRef CFBundleGetMainBundle(void);
CFURLRef CFBundleCopyResourceURL(CFBundleRef bundle, CFStringRef name, CFStringRef type, CFStringRef folder);
CFStringRef CFURLGetString(CFURLRef url);
CFTypeRef CFBundleGetValueForInfoDictionaryKey(CFBundleRef bundle, CFStringRef key);
