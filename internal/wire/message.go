package wire

import "encoding/json"

// The commands about messages and conversations.
const (
	CmdSendMessage        = "TIMMsgSendMessage"
	CmdGetMessages        = "TIMMsgGetMsgList"
	CmdGetChanges         = "changes"
	CmdGetConversations   = "TIMConvGetConvList"
	CmdReportRead         = "TIMMsgReportReaded"
	CmdReportAllRead      = "TIMMsgMarkAllMessageAsRead"
	CmdRevoke             = "TIMMsgRevoke"
	CmdDeleteMessages     = "TIMMsgListDelete"
	CmdClearHistory       = "TIMMsgClearHistoryMessage"
	CmdDeleteConversation = "TIMConvDelete"
	CmdPinConversation    = "TIMConvPinConversation"
)

// The events about messages and conversations.
const (
	EventMessage         = "message"
	EventMessageChanged  = "message_changed"
	EventRead            = "read"
	EventConversation    = "conversation"
	EventMessagesDeleted = "messages_deleted"
	EventSync            = "sync"
)

// The most of one command or of one page.
const (
	MaxMessagesPage      = 200 // messages of a page, unless they are too long together
	MaxConversationsPage = 500
	MaxDeleteMessages    = 50
)

// ConvRef names a conversation of the user who asks: by the other one's user id, or by the
// group's id.
type ConvRef struct {
	ConvType int    `json:"conv_type"` // a tim.ConvType
	ConvID   string `json:"conv_id"`
}

// Message is a message as it is sent, kept and delivered. It says nothing about who reads
// it: ConvID is the conversation as the sender sees it, so in a one-to-one conversation
// everybody else has it under Sender.
type Message struct {
	ConvType    int               `json:"message_conv_type"`
	ConvID      string            `json:"message_conv_id"`
	MsgID       string            `json:"message_msg_id"`
	Seq         uint64            `json:"message_seq"`
	Rand        uint64            `json:"message_rand"`
	ClientTime  int64             `json:"message_client_time"`
	Priority    int               `json:"message_priority,omitempty"`
	Platform    int               `json:"message_platform,omitempty"`
	Elements    []json.RawMessage `json:"message_elem_array"`
	CloudCustom string            `json:"message_cloud_custom_str,omitempty"`

	OnlineOnly        bool            `json:"message_is_online_msg,omitempty"`
	NeedReceipt       bool            `json:"message_need_read_receipt,omitempty"`
	Extensible        bool            `json:"message_support_message_extension,omitempty"`
	NoUnread          bool            `json:"message_is_excluded_from_unread_count,omitempty"`
	NoLast            bool            `json:"message_excluded_from_last_message,omitempty"`
	NoModeration      bool            `json:"message_excluded_from_content_moderation,omitempty"`
	SkipBeforeHook    bool            `json:"message_disable_cloud_message_pre_hook,omitempty"`
	SkipAfterHook     bool            `json:"message_disable_cloud_message_post_hook,omitempty"`
	IsForward         bool            `json:"message_is_forward_message,omitempty"`
	OfflinePushConfig json.RawMessage `json:"message_offline_push_config,omitempty"`

	// The server's; what a client puts there is not looked at.
	Sender        string         `json:"message_sender,omitempty"`
	SenderProfile *SenderProfile `json:"message_sender_profile,omitempty"`
	ServerTime    int64          `json:"message_server_time,omitempty"` // UNIX seconds
	ServerMillis  int64          `json:"server_millis,omitempty"`       // of that second
	Status        int            `json:"message_status,omitempty"`      // a tim.MsgStatus: sent or revoked
	Version       uint64         `json:"message_version,omitempty"`     // the conversation's mod at its last change
	Pos           uint64         `json:"pos,omitempty"`                 // 0: online-only
	RevokerUserID string         `json:"message_revoker_user_id,omitempty"`
	RevokeReason  string         `json:"message_revoke_reason,omitempty"`
	Edition       uint64         `json:"edition,omitempty"`      // how often it was modified
	Readers       uint64         `json:"readers,omitempty"`      // who have sent a receipt for it
	ReadTime      int64          `json:"readers_time,omitempty"` // UNIX seconds, of the last one
	Imported      bool           `json:"imported,omitempty"`     // from another system, as history: it is no news
}

// SenderProfile is what is known of the sender besides the id, when the message was sent.
type SenderProfile struct {
	User    string `json:"user_profile_identifier"`
	Nick    string `json:"user_profile_nick_name,omitempty"`
	FaceURL string `json:"user_profile_face_url,omitempty"`
}

// Sent answers CmdSendMessage. A message that was sent before is answered like the first
// time.
type Sent struct {
	Pos        uint64   `json:"pos,omitempty"` // 0: online-only, or kept from everybody
	Seq        uint64   `json:"message_seq"`
	ServerTime int64    `json:"message_server_time"`
	Millis     int64    `json:"server_millis,omitempty"` // of that second
	Message    *Message `json:"message,omitempty"`       // if the server has rewritten it
}

// MessagesRange is the body of CmdGetMessages: the messages from FromPos to ToPos, of which
// at most Count come, from the end that NewestFirst says.
type MessagesRange struct {
	ConvType    int    `json:"conv_type"`
	ConvID      string `json:"conv_id"`
	FromPos     uint64 `json:"from_pos,omitempty"`
	ToPos       uint64 `json:"to_pos,omitempty"` // 0: the newest
	FromTime    int64  `json:"from_time,omitempty"`
	ToTime      int64  `json:"to_time,omitempty"` // 0: now
	Count       int    `json:"count"`
	NewestFirst bool   `json:"newest_first,omitempty"`
}

// MessagesPage answers CmdGetMessages. What has a pos from WholeFrom to WholeTo and is not
// in Messages, the user has deleted, or it is too old.
type MessagesPage struct {
	Messages  []Message `json:"messages"`
	WholeFrom uint64    `json:"whole_from"`
	WholeTo   uint64    `json:"whole_to"`  // below WholeFrom: nothing is there
	FirstPos  uint64    `json:"first_pos"` // the user has nothing before it
	Pos       uint64    `json:"pos"`       // of the conversation
	Mod       uint64    `json:"mod"`       // every change up to it is in Messages
}

// ChangesSince is the body of CmdGetChanges.
type ChangesSince struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Mod      uint64 `json:"mod"`
}

// ChangesPage answers CmdGetChanges: the messages that were changed, as they are now, in
// the order of their last changes, and what has changed of extensions and reactions.
type ChangesPage struct {
	Messages []Message `json:"messages"`
	Extras   []Extras  `json:"extras,omitempty"`
	Mod      uint64    `json:"mod"` // every change up to it has been told
	More     bool      `json:"more,omitempty"`
}

// ConversationsSince is the body of CmdGetConversations. Without Rev and Since it asks for
// all conversations.
type ConversationsSince struct {
	Rev   uint64 `json:"rev,omitempty"`
	Since int64  `json:"since,omitempty"`
	After string `json:"after,omitempty"` // the page before's Next
	Count int    `json:"count,omitempty"` // at most so many; 100
}

// ConversationsPage answers CmdGetConversations: the conversations in which something may
// have changed. Rev, Since, Deleted and AllReceive are those of the first page.
type ConversationsPage struct {
	Conversations []Conversation    `json:"conversations"`
	Deleted       []DeletedMessages `json:"deleted,omitempty"`
	AllReceive    *AllReceiveOption `json:"all_receive_option,omitempty"`
	Next          string            `json:"next,omitempty"`
	Rev           uint64            `json:"rev"`
	Since         int64             `json:"since"`

	GroupsChanged bool        `json:"groups_changed,omitempty"` // since Rev
	Groups        []ConvGroup `json:"groups,omitempty"`         // all of them, if they changed
}

// Conversation is a conversation as its user has it. It is an answer to what the user does
// with it, and the body of EventConversation.
type Conversation struct {
	ConvType   int       `json:"conv_type"`
	ConvID     string    `json:"conv_id"`
	Pos        uint64    `json:"pos"`
	Mod        uint64    `json:"mod"`
	Rev        uint64    `json:"rev"` // of the user's last change of it
	Unread     uint64    `json:"conv_unread_num"`
	Last       *Message  `json:"conv_last_msg,omitempty"`
	ReadPos    uint64    `json:"read_pos"`
	ReadTime   int64     `json:"conv_c2c_read_timestamp"`
	ClearPos   uint64    `json:"clear_pos"`
	DeletedPos uint64    `json:"deleted_pos"` // it is there when its newest message is above
	PinnedAt   int64     `json:"pinned_at,omitempty"`
	RecvOpt    int       `json:"conv_recv_opt,omitempty"` // a tim.ReceiveMessageOpt
	Unheard    []Unheard `json:"unheard,omitempty"`
	Others     []Reader  `json:"others,omitempty"`

	Marks  uint64         `json:"marks,omitempty"`
	Custom string         `json:"conv_custom_data,omitempty"`
	Groups []uint64       `json:"groups,omitempty"`  // ids
	Peer   *SenderProfile `json:"profile,omitempty"` // of the other one
}

// Reader says how far a member of a one-to-one conversation has read it.
type Reader struct {
	User     string `json:"user"`
	ReadPos  uint64 `json:"read_pos"`
	ReadTime int64  `json:"read_time"` // UNIX seconds, when they said so
}

// ReadReport is the body of CmdReportRead.
type ReadReport struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Pos      uint64 `json:"pos,omitempty"`  // 0: the newest, unless Time says more
	Time     int64  `json:"time,omitempty"` // UNIX seconds: up to and with that second
}

// ReadAll is the body of CmdReportAllRead.
type ReadAll struct {
	ConvType int   `json:"conv_type,omitempty"` // of this type only; 0: of every type
	Time     int64 `json:"time,omitempty"`      // UNIX seconds: up to and with that second
}

// ReadEvent is the body of EventRead. ConvID is the conversation as the reader sees it.
type ReadEvent struct {
	User     string `json:"user"`
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	ReadPos  uint64 `json:"read_pos"`
	ReadTime int64  `json:"read_time"`
}

// Revocation is the body of CmdRevoke. Its answer is the message as it is then.
type Revocation struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Pos      uint64 `json:"pos"`
	Reason   string `json:"message_revoke_reason,omitempty"`
}

// MessagesDeletion is the body of CmdDeleteMessages.
type MessagesDeletion struct {
	ConvType  int      `json:"conv_type"`
	ConvID    string   `json:"conv_id"`
	Positions []uint64 `json:"positions"`
}

// DeletedMessages answers CmdDeleteMessages and is the body of EventMessagesDeleted: what a
// user has deleted for themselves.
type DeletedMessages struct {
	ConvType  int      `json:"conv_type"`
	ConvID    string   `json:"conv_id"`
	Positions []uint64 `json:"positions"`
	Rev       uint64   `json:"rev"`
	Unread    uint64   `json:"conv_unread_num"` // at Pos and Mod
	Pos       uint64   `json:"pos,omitempty"`   // 0: nothing is said of what is unread
	Mod       uint64   `json:"mod,omitempty"`
}

// Pin is the body of CmdPinConversation.
type Pin struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	IsPinned bool   `json:"conv_is_pinned"`
}
