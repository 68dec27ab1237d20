/* Stands in for CoreFoundation's header: what Go's start on iOS names. */
#pragma once

#include <MacTypes.h>

typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;
enum { kCFStringEncodingUTF8 = 0x08000100 };

#define CFSTR(text) ((CFStringRef)__builtin___CFStringMakeConstantString(text))

Boolean CFStringGetCString(CFStringRef string, char *buffer, long size, unsigned encoding);
void CFRelease(CFTypeRef object);
