package wire

// The commands that sort conversations. Each names conversations as the C API's lists do:
// c2c_ and a user id, or group_ and a group's id.
const (
	CmdGetConversation       = "TIMConvGetConvInfo"
	CmdDeleteConversations   = "TIMConvDeleteConversationList"
	CmdMarkConversations     = "TIMConvMarkConversation"
	CmdSetCustomData         = "TIMConvSetConversationCustomData"
	CmdCreateConvGroup       = "TIMConvCreateConversationGroup"
	CmdDeleteConvGroup       = "TIMConvDeleteConversationGroup"
	CmdRenameConvGroup       = "TIMConvRenameConversationGroup"
	CmdAddToConvGroup        = "TIMConvAddConversationsToGroup"
	CmdDeleteFromConvGroup   = "TIMConvDeleteConversationsFromGroup"
	EventConversationsSorted = "labels"
)

// ConvGroup is a conversation group of a user: it keeps its id when it is renamed.
type ConvGroup struct {
	ID   uint64 `json:"group_id"`
	Name string `json:"group_name"`
}

// ConvLabels is how a user has sorted a conversation.
type ConvLabels struct {
	ConvType int      `json:"conv_type"`
	ConvID   string   `json:"conv_id"`
	Marks    uint64   `json:"marks,omitempty"` // one bit each
	Custom   string   `json:"conv_custom_data,omitempty"`
	Groups   []uint64 `json:"groups,omitempty"`  // ids
	Dropped  []uint64 `json:"dropped,omitempty"` // those that it left because they were full
}

// LabelsChange is what has become of how a user sorts conversations, at one rev of theirs. It
// is the body of EventConversationsSorted.
type LabelsChange struct {
	Rev           uint64       `json:"rev"`
	Conversations []ConvLabels `json:"conversations,omitempty"`
	GroupsChanged bool         `json:"groups_changed,omitempty"`
	Groups        []ConvGroup  `json:"groups,omitempty"` // all of them, if they changed
}

// ConvResult is what became of one of the conversations that a command names.
type ConvResult struct {
	ConvID string `json:"conversation_operation_result_conversation_id"`
	Code   int    `json:"conversation_operation_result_result_code"`
	Info   string `json:"conversation_operation_result_result_info"`
}

// Sorted answers the commands that sort conversations.
type Sorted struct {
	Results []ConvResult  `json:"results"`          // in the order of the request
	Change  *LabelsChange `json:"labels,omitempty"` // absent: everything was so before
}

// ConvMarking is the body of CmdMarkConversations.
type ConvMarking struct {
	ConvIDs []string `json:"conversation_id_array"`
	Mark    uint64   `json:"mark_type"`
	Enable  bool     `json:"enable_mark"`
}

// ConvCustomData is the body of CmdSetCustomData.
type ConvCustomData struct {
	ConvIDs []string `json:"conversation_id_array"`
	Data    string   `json:"custom_data"`
}

// ConvGrouping is the body of the commands about one conversation group.
type ConvGrouping struct {
	Name    string   `json:"group_name"`
	ConvIDs []string `json:"conversation_id_array,omitempty"`
}

// ConvGroupRenaming is the body of CmdRenameConvGroup.
type ConvGroupRenaming struct {
	OldName string `json:"old_name"`
	NewName string `json:"new_name"`
}

// ConvListDeletion is the body of CmdDeleteConversations.
type ConvListDeletion struct {
	ConvIDs  []string `json:"conversation_id_array"`
	Messages bool     `json:"clear_message"` // goes with them
}

// ConvListDeleted answers CmdDeleteConversations.
type ConvListDeleted struct {
	Results       []ConvResult   `json:"results"`
	Conversations []Conversation `json:"conversations"`
}
