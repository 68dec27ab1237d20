package wire

// The commands about users' statuses.
const (
	CmdGetUserStatus         = "TIMGetUserStatus"
	CmdSetSelfStatus         = "TIMSetSelfStatus"
	CmdSubscribeUserStatus   = "TIMSubscribeUserStatus"
	CmdUnsubscribeUserStatus = "TIMUnsubscribeUserStatus"
)

// EventUserStatus says that the status of the link's own user, or of one it watches, has
// changed.
const EventUserStatus = "user_status"

// The most users that a link watches, and that one command names of them.
const (
	MaxWatched = 200
	MaxWatch   = 100
)

// UserIDs is the body of CmdGetUserStatus, CmdSubscribeUserStatus and
// CmdUnsubscribeUserStatus.
type UserIDs struct {
	Users []string `json:"json_identifier_array,omitempty"`
}

// SelfStatus is the body of CmdSetSelfStatus.
type SelfStatus struct {
	Status CustomStatus `json:"json_current_user_status"`
}

// CustomStatus is what users say of themselves.
type CustomStatus struct {
	Text string `json:"user_status_custom_status"`
}

// UserStatus is a user's status. The answers to CmdGetUserStatus and
// CmdSubscribeUserStatus, and EventUserStatus, have arrays of them.
type UserStatus struct {
	User    string   `json:"user_status_identifier"`
	Type    int      `json:"user_status_status_type"` // a tim.UserStatusType
	Custom  string   `json:"user_status_custom_status"`
	Devices []string `json:"user_status_online_devices"` // platforms, in the order of session.Platforms
}

// Same says whether nothing has changed that others are told of. Devices are told along,
// but a device more or less is no change of the user's.
func (s UserStatus) Same(other UserStatus) bool {
	return s.User == other.User && s.Type == other.Type && s.Custom == other.Custom
}
