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

// The commands about how a user receives the messages of all conversations.
const (
	CmdSetAllReceiveOption = "TIMMsgSetAllReceiveMessageOpt"
	CmdGetAllReceiveOption = "TIMMsgGetAllReceiveMessageOpt"
)

// EventAllReceiveOption says that a user receives all messages otherwise than before.
const EventAllReceiveOption = "all_receive_option"

// AllReceiveOption says when a user is not notified at all: each day from a time of the day on, or
// once, from StartTime on. A duration of a day or more has no end, when it begins by the time of
// the day.
type AllReceiveOption struct {
	Level     int    `json:"msg_all_recv_msg_opt_level"` // a tim.ReceiveMessageOpt
	Hour      int    `json:"msg_all_recv_msg_opt_start_hour"`
	Minute    int    `json:"msg_all_recv_msg_opt_start_minute"`
	Second    int    `json:"msg_all_recv_msg_opt_start_second"`
	StartTime int64  `json:"msg_all_recv_msg_opt_start_time_stamp"` // UNIX seconds
	Duration  int64  `json:"msg_all_recv_msg_duration"`             // seconds
	Zone      int    `json:"utc_offset,omitempty"`                  // of the time of the day, in seconds to the east
	Rev       uint64 `json:"rev,omitempty"`                         // of the user's change
}
