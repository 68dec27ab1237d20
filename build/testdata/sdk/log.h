/* What the Go runtime uses of Android's log. */
#include <stdarg.h>
enum { ANDROID_LOG_FATAL = 7 };
int __android_log_vprint(int prio, const char *tag, const char *fmt, va_list ap);
