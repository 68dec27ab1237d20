package wire

import "encoding/json"

// The commands and the event about messages that are modified, and about single ones that
// were read.
const (
	CmdModify       = "TIMMsgModifyMessage"
	CmdSendReceipts = "TIMMsgSendMessageReadReceipts"
	CmdGetReceipts  = "TIMMsgGetMessageReadReceipts"

	EventReceipts = "receipts"
)

// MaxReceipts is how many messages one command about receipts may name.
const MaxReceipts = 30

// Modification is the body of CmdModify: all that a message says from now on. Edition is that
// of the copy which was modified.
type Modification struct {
	ConvType    int               `json:"conv_type"`
	ConvID      string            `json:"conv_id"`
	Pos         uint64            `json:"pos"`
	Edition     uint64            `json:"edition,omitempty"`
	Elements    []json.RawMessage `json:"message_elem_array"`
	CloudCustom string            `json:"message_cloud_custom_str,omitempty"`
}

// Modified answers CmdModify with the message as it is then.
type Modified struct {
	Message  Message `json:"message"`
	Outdated bool    `json:"outdated,omitempty"` // another was first: nothing was changed
}

// MessagePlaces is the body of CmdSendReceipts and of CmdGetReceipts.
type MessagePlaces struct {
	ConvType  int      `json:"conv_type"`
	ConvID    string   `json:"conv_id"`
	Positions []uint64 `json:"positions"`
}

// Receipts answers CmdSendReceipts and is the body of EventReceipts: what is new about
// messages that a user has read. ConvID is the conversation as the reader sees it.
type Receipts struct {
	User     string    `json:"user"`
	ConvType int       `json:"conv_type"`
	ConvID   string    `json:"conv_id"`
	Receipts []Receipt `json:"receipts"`
}

// Receipt says how many have read one message. CmdGetReceipts is answered with an array of them.
type Receipt struct {
	Pos      uint64 `json:"pos"`
	Version  uint64 `json:"message_version"`
	Readers  uint64 `json:"readers"`
	ReadTime int64  `json:"readers_time,omitempty"` // UNIX seconds, of the last one
}
