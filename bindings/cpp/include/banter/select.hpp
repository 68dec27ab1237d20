/// Which client a call of the C API works on.
#pragma once

#include <cstdint>

#include "TIMCloud.h"
#include "TIMExtension.h"

namespace banter {

/// Selects a client for the calling thread, as long as it stands. Client does so in each of
/// its methods; who calls functions of the C API for a client does it too:
///
///     const banter::Selection selection(client->handle());
///     if (selection.ok()) TIMConvGetConvList(callback, user_data);
///
/// A selection belongs to the thread and the block that made it: keep none, and wait for
/// nothing while it stands.
class Selection {
public:
    explicit Selection(std::uint64_t client) noexcept : before_(TIMXClientSelected()), client_(client) {
        if (before_ != client_) result_ = TIMXClientSelect(client_);
    }
    ~Selection() {
        if (before_ == client_ || result_ != TIM_SUCC) return;
        if (TIMXClientSelect(before_) != TIM_SUCC) TIMXClientSelect(TIMX_CLIENT_NONE);  // destroyed meanwhile
    }
    Selection(const Selection&) = delete;
    Selection& operator=(const Selection&) = delete;

    /// Says whether the client is selected. It is not when it was destroyed: a call would
    /// then work for somebody else.
    bool ok() const noexcept { return result_ == TIM_SUCC; }

    /// What selecting it returned: TIM_SUCC, or what a call returns now.
    int result() const noexcept { return result_; }

private:
    std::uint64_t before_;
    std::uint64_t client_;
    int result_ = TIM_SUCC;
};

}  // namespace banter
