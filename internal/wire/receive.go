package wire

// The commands about how messages are received.
const (
	CmdSetReceiveOption  = "TIMMsgSetC2CReceiveMessageOpt"
	CmdGetReceiveOptions = "TIMMsgGetC2CReceiveMessageOpt"
)

// MaxReceiveOptions is of how many users one command is about.
const MaxReceiveOptions = 30

// ReceiveOption is the body of CmdSetReceiveOption.
type ReceiveOption struct {
	Users  []string `json:"json_identifier_array"`
	Option int      `json:"opt"` // a tim.ReceiveMessageOpt
}

// UserReceiveOption says how messages of a user are received. CmdGetReceiveOptions is answered
// with an array of them.
type UserReceiveOption struct {
	User   string `json:"msg_recv_msg_opt_result_identifier"`
	Option int    `json:"msg_recv_msg_opt_result_opt"`
}

// Unheard is places of a conversation, both included, whose messages by others came while the
// user did not receive.
type Unheard struct {
	First uint64 `json:"first_pos"`
	Last  uint64 `json:"last_pos,omitempty"` // 0: it goes on
}
