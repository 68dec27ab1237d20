/// Tells the thread sanitizer what the library promises about order, which it cannot see
/// because the library is not compiled with it: what happened before a call happens before
/// the call's handler. In other builds nothing is left of this.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define BANTER_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BANTER_UNDER_TSAN 1
#endif
#endif

#if defined(BANTER_UNDER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace banter::detail {

/// Goes before a handler is handed to the library.
inline void hand_over([[maybe_unused]] const void* handler) noexcept {
#if defined(BANTER_UNDER_TSAN)
    __tsan_release(const_cast<void*>(handler));
#endif
}

/// Goes before a handler that came back is used.
inline void take_over([[maybe_unused]] const void* handler) noexcept {
#if defined(BANTER_UNDER_TSAN)
    __tsan_acquire(const_cast<void*>(handler));
#endif
}

}  // namespace banter::detail
