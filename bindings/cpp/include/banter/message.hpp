/// Messages, and the conversations that they belong to, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "Generated/enums.hpp"
#include "Generated/keys.hpp"
#include "json.hpp"

namespace banter {

/// Names a conversation. A text alone names that with a user.
struct ConversationId {
    std::string id;  ///< the user's id, or the group's
    ConvType type = ConvType::C2C;

    ConversationId() = default;
    ConversationId(std::string user) : id(std::move(user)) {}
    ConversationId(const char* user) : id(user) {}
    ConversationId(std::string some, ConvType kind) : id(std::move(some)), type(kind) {}

    bool operator==(const ConversationId& other) const noexcept { return id == other.id && type == other.type; }
    bool operator!=(const ConversationId& other) const noexcept { return !(*this == other); }
};

/// A part of a message. Json(json) has the keys of its kind.
struct Element {
    ElemType type = ElemType::Invalid;
    std::string url;   ///< where its file is, to show or download it soon: the address does not last; "" without one
    std::string json;
};

/// A message that was sent or received.
struct Message {
    std::string id;               ///< the same on every device; "" in an empty value
    ConversationId conversation;  ///< as this user has it: the other user, or the group
    std::string sender;
    bool from_self = false;       ///< the user who is logged in has sent it
    std::string text;             ///< of all its text elements; "" without one, and of a recalled one
    std::vector<Element> elements;
    std::uint64_t time = 0;       ///< seconds since 1970, by the server's clock
    std::uint64_t seq = 0;        ///< its place in the conversation
    MsgStatus status = MsgStatus::Sending;
    bool read_by_peer = false;    ///< the other side has read up to it
    std::string cloud_data;       ///< the game's own, for all who have the message
    std::string json;             ///< all of it, with what this header does not know

    bool recalled() const noexcept { return status == MsgStatus::Revoked; }
};

/// A message that is written.
///
///     client->send("bob", banter::NewMessage().text("Look:").custom(map_json));
class NewMessage {
public:
    /// Adds a text.
    NewMessage& text(std::string_view words) {
        return element(ElemType::Text, detail::JsonObject().string(key::text_elem_content, words));
    }

    /// Adds a picture from a file of this device, which is uploaded first. The server makes a
    /// smaller one and a thumbnail of it.
    NewMessage& image(std::string_view path) {
        return element(ElemType::Image, detail::JsonObject().string(key::image_elem_orig_path, path));
    }

    /// Adds a voice message from a file.
    NewMessage& sound(std::string_view path, unsigned seconds) {
        return element(ElemType::Sound,
                       detail::JsonObject().string(key::sound_elem_file_path, path).number(key::sound_elem_file_time, seconds));
    }

    /// Adds a video from a file, with a picture to show before it plays. The formats are as in "mp4".
    NewMessage& video(std::string_view path, std::string_view format, unsigned seconds, std::string_view snapshot_path,
                      std::string_view snapshot_format) {
        return element(ElemType::Video, detail::JsonObject()
                                            .string(key::video_elem_video_path, path)
                                            .string(key::video_elem_video_type, format)
                                            .number(key::video_elem_video_duration, seconds)
                                            .string(key::video_elem_image_path, snapshot_path)
                                            .string(key::video_elem_image_type, snapshot_format));
    }

    /// Adds a file, under the name that others see.
    NewMessage& file(std::string_view path, std::string_view name) {
        return element(ElemType::File, detail::JsonObject().string(key::file_elem_file_path, path).string(key::file_elem_file_name, name));
    }

    /// Adds a picture out of the game's own set.
    NewMessage& face(unsigned index, std::string_view data = {}) {
        return element(ElemType::Face, detail::JsonObject().number(key::face_elem_index, index).string(key::face_elem_buf, data));
    }

    /// Asks the other side to say that they have read the message: on_read_receipts tells.
    NewMessage& wants_receipt() { return more(key::msg_need_read_receipt, "true"); }

    /// Adds what only the game understands.
    NewMessage& custom(std::string_view data, std::string_view description = {}) {
        detail::JsonObject parts;
        parts.string(key::custom_elem_data, data);
        if (!description.empty()) parts.string(key::custom_elem_desc, description);
        return element(ElemType::Custom, parts);
    }

    /// Sets data of the game's own that goes with the message.
    NewMessage& cloud_data(std::string_view data) {
        std::string json;
        detail::append_string(json, data);
        return more(key::msg_cloud_custom_str, json);
    }

    /// Adds an element of any kind, as JSON.
    NewMessage& element(std::string_view json) {
        elements_ += elements_.empty() ? "" : ",";
        elements_ += json;
        return *this;
    }

    /// Sets another key of a message, to a value in JSON.
    NewMessage& more(std::string_view key, std::string_view json) {
        more_.emplace_back(key, json);
        return *this;
    }

    /// The message as the C API takes it.
    std::string json() const {
        detail::JsonObject object;
        object.raw(key::msg_elem_array, "[" + elements_ + "]");
        for (const auto& [key, value] : more_) object.raw(key, value);
        return object.text();
    }

private:
    NewMessage& element(ElemType type, detail::JsonObject parts) {
        return element(parts.number(key::elem_type, static_cast<std::uint64_t>(type)).text());
    }

    std::string elements_;
    std::vector<std::pair<std::string, std::string>> more_;
};

/// A recall, as Client::on_messages_recalled gets it.
struct Recall {
    std::string id;               ///< of the message
    ConversationId conversation;
    std::string revoker;          ///< who recalled it
    std::string reason;
    std::string json;
};

/// An entry of the conversation list.
struct Conversation {
    ConversationId id;
    std::string name;             ///< to show
    std::uint64_t unread = 0;
    bool pinned = false;
    bool has_last_message = false;
    Message last_message;         ///< an empty one when there is none
    std::string draft;            ///< what set_draft has kept, on this device; "" for none
    std::uint64_t order = 0;      ///< the list is sorted by it, the largest first
    std::string json;             ///< all of it, with what this header does not know
};

/// The other side has read a message that wanted to know, or the conversation up to a time.
struct ReadReceipt {
    ConversationId conversation;
    std::string id;               ///< of the message; "" for all up to time
    std::uint64_t time = 0;       ///< seconds since 1970
    bool read_by_peer = false;
    std::string json;
};

/// How far a file has come.
struct Progress {
    std::uint64_t bytes = 0;
    std::uint64_t total = 0;
};

/// Whether and where a user is, and what they say of it.
struct UserStatus {
    std::string user;
    UserStatusType type = UserStatusType::Unkown;
    std::string custom;           ///< a text of the user's own
    std::string json;

    bool online() const noexcept { return type == UserStatusType::Online; }
};

namespace detail {

template <class Enum>
Enum enum_of(Json value) noexcept {
    return static_cast<Enum>(value.integer());
}

/// The key of the address of an element's file, and what a download calls the kind of it.
struct FileKind {
    const char* url;
    const char* id;
    int download;
};

/// Null for a kind without a file.
inline const FileKind* file_kind(ElemType type) noexcept {
    static constexpr FileKind image{key::image_elem_orig_url, key::image_elem_orig_id, 1};
    static constexpr FileKind sound{key::sound_elem_url, key::sound_elem_file_id, static_cast<int>(DownloadType::Sound)};
    static constexpr FileKind video{key::video_elem_video_url, key::video_elem_video_id, static_cast<int>(DownloadType::Video)};
    static constexpr FileKind file{key::file_elem_url, key::file_elem_file_id, static_cast<int>(DownloadType::File)};
    switch (type) {
    case ElemType::Image: return &image;
    case ElemType::Sound: return &sound;
    case ElemType::Video: return &video;
    case ElemType::File: return &file;
    default: return nullptr;
    }
}

inline Element element_of(Json json) {
    Element element{enum_of<ElemType>(json[key::elem_type]), {}, std::string(json.text())};
    if (const auto* const kind = file_kind(element.type)) element.url = json[kind->url].string();
    return element;
}

/// Each kind of value, out of its JSON.
inline void read(Json json, Message& message) {
    message.id = json[key::msg_msg_id].string();
    message.conversation = ConversationId(json[key::msg_conv_id].string(), enum_of<ConvType>(json[key::msg_conv_type]));
    message.sender = json[key::msg_sender].string();
    message.from_self = json[key::msg_is_form_self].boolean();
    for (const auto& element : json[key::msg_elem_array].items()) {
        message.elements.push_back(element_of(element));
        message.text += element[key::text_elem_content].string();
    }
    message.time = json[key::msg_server_time].number();
    message.seq = json[key::msg_seq].number();
    message.status = enum_of<MsgStatus>(json[key::msg_status]);
    message.read_by_peer = json[key::msg_is_peer_read].boolean();
    message.cloud_data = json[key::msg_cloud_custom_str].string();
    message.json = json.text();
}

inline void read(Json json, Recall& recall) {
    recall.id = json[key::msg_msg_id].string();
    recall.conversation =
        ConversationId(json[key::msg_locator_conv_id].string(), enum_of<ConvType>(json[key::msg_locator_conv_type]));
    recall.revoker = json[key::msg_revoker_user_id].string();
    recall.reason = json[key::msg_revoke_reason].string();
    recall.json = json.text();
}

inline void read(Json json, Conversation& conversation) {
    conversation.id = ConversationId(json[key::conv_id].string(), enum_of<ConvType>(json[key::conv_type]));
    conversation.name = json[key::conv_show_name].string();
    conversation.unread = json[key::conv_un_read_num].number();
    conversation.pinned = json[key::conv_is_pinned].boolean();
    conversation.has_last_message = json[key::conv_is_has_last_msg].boolean();
    if (conversation.has_last_message) read(json[key::conv_last_msg], conversation.last_message);
    conversation.draft = json[key::conv_draft][key::draft_user_define].string();
    conversation.order = json[key::conv_active_time].number();
    conversation.json = json.text();
}

inline void read(Json json, ReadReceipt& receipt) {
    receipt.conversation = ConversationId(json[key::msg_receipt_conv_id].string(), enum_of<ConvType>(json[key::msg_receipt_conv_type]));
    receipt.id = json[key::msg_receipt_msg_id].string();
    receipt.time = json[key::msg_receipt_time_stamp].number();
    receipt.read_by_peer = json[key::msg_receipt_is_peer_read].boolean();
    receipt.json = json.text();
}

inline void read(Json json, Progress& progress) {
    progress.bytes = json[key::msg_download_elem_result_current_size].number();
    progress.total = json[key::msg_download_elem_result_total_size].number();
}

inline void read(Json json, UserStatus& status) {
    status.user = json[key::user_status_identifier].string();
    status.type = enum_of<UserStatusType>(json[key::user_status_status_type]);
    status.custom = json[key::user_status_custom_status].string();
    status.json = json.text();
}

inline void read(Json json, std::uint64_t& unread) {
    unread = json[key::conv_get_total_unread_message_count_result_unread_count].number();
}

template <class Value>
void read(Json json, std::vector<Value>& values) {
    for (const auto& item : json.items()) {
        values.emplace_back();
        read(item, values.back());
    }
}

/// The value in a JSON text; an empty one when there is none.
template <class Value>
Value value_of(std::string_view json) {
    Value value{};
    if (!json.empty()) read(Json(json), value);
    return value;
}

}  // namespace detail
}  // namespace banter
