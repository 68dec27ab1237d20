/// The history of a conversation, page by page.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "client.hpp"

namespace banter {

/// Turns the pages of a conversation's history from the newest message to the oldest, without
/// holes or repeats while messages come in. It may end before its client and before a page has
/// come, whose handler runs all the same.
///
///     banter::History history(*client, "bob");
///     history.older([](const banter::Result& result, const std::vector<banter::Message>& page) { ... });
class History {
public:
    /// A page has 1 to 1000 messages; the last one fewer.
    History(const Client& client, ConversationId conversation, unsigned page_size = 20)
        : client_(client), conversation_(std::move(conversation)), page_size_(page_size) {}

    /// Reads the next page, newest first; at the end an empty one. A page that failed is read
    /// again by the next call. While one is on its way another one is refused with TIM_ERR_PARAM.
    int older(MessagesHandler done) {
        Message before;
        {
            const std::lock_guard<std::mutex> guard(state_->mutex);
            if (state_->loading) return TIM_ERR_PARAM;
            state_->loading = true;
            before = state_->oldest;
        }
        auto came = [state = state_, size = page_size_, done = std::move(done)](const Result& result,
                                                                               const std::vector<Message>& page) {
            state->turn(result, page, size);
            if (done) done(result, page);
        };
        const int result = client_.older(conversation_, page_size_, before.json.empty() ? nullptr : &before, std::move(came));
        if (result != TIM_SUCC) state_->refused();
        return result;
    }

    /// The last page was the end of what can be had. Without a link that is what this device
    /// has: a later page may bring more.
    bool at_end() const {
        const std::lock_guard<std::mutex> guard(state_->mutex);
        return state_->at_end;
    }

private:
    struct State {
        void turn(const Result& result, const std::vector<Message>& page, unsigned size) {
            const std::lock_guard<std::mutex> guard(mutex);
            loading = false;
            if (!result.ok()) return;
            if (!page.empty()) oldest = page.back();
            at_end = page.size() < size;
        }
        void refused() {
            const std::lock_guard<std::mutex> guard(mutex);
            loading = false;
        }

        std::mutex mutex;  // guards the three below
        bool loading = false;
        bool at_end = false;
        Message oldest;
    };

    const Client& client_;
    const ConversationId conversation_;
    const unsigned page_size_;
    const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace banter
