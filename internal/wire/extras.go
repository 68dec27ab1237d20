package wire

import "github.com/banter-im/banter/internal/timerr"

// The commands about extensions and reactions of messages.
const (
	CmdSetExtensions    = "TIMMsgSetMessageExtensions"
	CmdGetExtensions    = "TIMMsgGetMessageExtensions"
	CmdDeleteExtensions = "TIMMsgDeleteMessageExtensions"
	CmdAddReaction      = "TIMMsgAddMessageReaction"
	CmdRemoveReaction   = "TIMMsgRemoveMessageReaction"
	CmdGetReactions     = "TIMMsgGetMessageReactions"
	CmdGetReactionUsers = "TIMMsgGetAllUserListOfMessageReaction"
)

// EventExtras tells of extensions and reactions that have changed.
const EventExtras = "message_extras"

// The most of one command about extensions and reactions.
const (
	MaxExtensionsWrite   = 20
	MaxReactionMessages  = 20
	MaxReactionUsers     = 10 // of each reaction in a list of reactions
	MaxReactionUsersPage = 100
)

// MessageRef names a message of a conversation of the user who asks.
type MessageRef struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Pos      uint64 `json:"pos"`
}

// Extension is a pair of a message. Seq counts the writes to the message's extensions, and
// is that of the last write of this one.
type Extension struct {
	Key     string `json:"message_extension_key"`
	Value   string `json:"message_extension_value"`
	Seq     uint64 `json:"seq,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// ExtensionsWrite is the body of CmdSetExtensions and of CmdDeleteExtensions. An extension's
// Seq is the one that the writer knows, 0 for none: a write that did not know the last one
// loses.
type ExtensionsWrite struct {
	ConvType   int         `json:"conv_type"`
	ConvID     string      `json:"conv_id"`
	Pos        uint64      `json:"pos"`
	Extensions []Extension `json:"extensions,omitempty"`
}

// ExtensionResult says what became of one extension: Item is as it is now.
type ExtensionResult struct {
	Code timerr.Code `json:"message_extension_result_code"`
	Info string      `json:"message_extension_result_info"`
	Item Extension   `json:"message_extension_item"`
}

// ExtensionsList answers CmdGetExtensions: all extensions, after the write Seq.
type ExtensionsList struct {
	Extensions []Extension `json:"extensions"`
	Seq        uint64      `json:"seq"`
}

// ReactionRef is the body of CmdAddReaction and of CmdRemoveReaction.
type ReactionRef struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Pos      uint64 `json:"pos"`
	ID       string `json:"reaction_id"`
}

// Reaction is a reaction as it is now. Whether the reader is among the users says Mine in an
// answer, and UserIDs in an event, which is the same for everybody.
type Reaction struct {
	ID      string          `json:"message_reaction_id"`
	Total   int             `json:"message_reaction_total_user_count"` // 0: it is gone
	Users   []SenderProfile `json:"message_reaction_partial_user_info_array"`
	Mine    bool            `json:"message_reaction_reacted_by_myself,omitempty"`
	UserIDs []string        `json:"user_ids,omitempty"`
}

// ReactionsQuery is the body of CmdGetReactions.
type ReactionsQuery struct {
	ConvType  int      `json:"conv_type"`
	ConvID    string   `json:"conv_id"`
	Positions []uint64 `json:"positions"`
	Users     int      `json:"users,omitempty"` // at most so many of each reaction
}

// MessageReactions are a message's reactions, or why they cannot be had.
type MessageReactions struct {
	Pos       uint64      `json:"pos"`
	Code      timerr.Code `json:"code,omitempty"`
	Desc      string      `json:"desc,omitempty"`
	Reactions []Reaction  `json:"reactions"`
}

// ReactionUsersQuery is the body of CmdGetReactionUsers.
type ReactionUsersQuery struct {
	ConvType int    `json:"conv_type"`
	ConvID   string `json:"conv_id"`
	Pos      uint64 `json:"pos"`
	ID       string `json:"reaction_id"`
	NextSeq  uint64 `json:"next_seq,omitempty"` // the page before's
	Count    int    `json:"count"`
}

// ReactionUsers answers CmdGetReactionUsers: who reacted first comes first.
type ReactionUsers struct {
	Users    []SenderProfile `json:"users"`
	NextSeq  uint64          `json:"next_seq"` // 0: it is the last page
	Finished bool            `json:"is_finished"`
}

// Extras is the body of EventExtras, and stands in ChangesPage: what has changed of a
// message's extensions and reactions, as it is now. ConvID is the conversation as User sees
// it.
type Extras struct {
	User       string      `json:"user"`
	ConvType   int         `json:"conv_type"`
	ConvID     string      `json:"conv_id"`
	Pos        uint64      `json:"pos"`
	MsgID      string      `json:"message_msg_id"`
	Mod        uint64      `json:"mod"` // the conversation's, at the change
	Extensions []Extension `json:"extensions,omitempty"`
	Reactions  []Reaction  `json:"reactions,omitempty"`
}
