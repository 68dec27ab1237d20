package chat

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

func badMessage(format string, args ...any) error {
	return timerr.Newf(timerr.InvalidParameters, format, args...)
}

// convOf is the conversation that a user names.
func convOf(app uint64, user string, kind int, id string) (Conv, error) {
	switch tim.ConvType(kind) {
	case tim.ConvTypeC2C:
		if usersig.CheckUserID(id) != nil {
			return Conv{}, badMessage("conv_id: a user id is 1 to 32 bytes of printable ASCII")
		}
		return C2C(app, user, id), nil
	case tim.ConvTypeGroup:
		return Conv{}, timerr.Newf(timerr.SvrGroupNotFound, "there is no group %q", id)
	}
	return Conv{}, badMessage("conv_type is %d, not 1 or 2", kind)
}

// checkMessage refuses a message that is not well formed, or too long.
func checkMessage(m wire.Message, limits MessageLimits) error {
	switch {
	case m.MsgID == "" || len(m.MsgID) > maxMessageID:
		return badMessage("message_msg_id has %d bytes, not 1 to %d", len(m.MsgID), maxMessageID)
	case m.Seq > math.MaxUint32:
		return badMessage("message_seq is more than 32 bits")
	case m.Rand > math.MaxUint32:
		return badMessage("message_rand is more than 32 bits")
	case m.Priority < int(tim.MsgPriorityHigh) || m.Priority > int(tim.MsgPriorityLowest):
		return badMessage("message_priority is %d, not 0 to 3", m.Priority)
	}
	if err := checkContent(m.Elements, m.CloudCustom, limits); err != nil {
		return err
	}
	return checkPushConfig(m.OfflinePushConfig)
}

// checkContent refuses what a message cannot say.
func checkContent(elements []json.RawMessage, cloud string, limits MessageLimits) error {
	raw := 0
	for _, one := range elements {
		raw += len(one)
	}
	if raw > maxRaw*limits.Bytes {
		return tooLong(raw, limits)
	}
	size, err := element.Check(elements)
	if err != nil {
		return err
	}
	if size += len(cloud); size > limits.Bytes {
		return tooLong(size, limits)
	}
	return nil
}

func tooLong(size int, limits MessageLimits) error {
	return timerr.Newf(timerr.SvrCommBodySizeLimit, "the message has %d bytes, at most %d are allowed", size, limits.Bytes)
}

func checkPushConfig(config json.RawMessage) error {
	switch {
	case len(config) == 0:
		return nil
	case len(config) > maxPushConfig:
		return badMessage("message_offline_push_config has %d bytes, at most %d are allowed", len(config), maxPushConfig)
	case !strings.HasPrefix(string(config), "{"):
		return badMessage("message_offline_push_config is no object")
	}
	return nil
}

// fromSender puts in a message what the server knows of its sender, and takes out what only
// the server says.
func fromSender(m wire.Message, sender wire.SenderProfile, platform int) wire.Message {
	m.Sender, m.SenderProfile, m.Platform = sender.User, nil, platform
	if sender.Nick != "" || sender.FaceURL != "" {
		m.SenderProfile = &sender
	}
	m.Status = int(tim.MsgStatusSendSucc)
	m.ServerTime, m.ServerMillis, m.Version, m.Pos = 0, 0, 0, 0
	m.RevokerUserID, m.RevokeReason, m.Imported = "", "", false
	m.Edition, m.Readers, m.ReadTime = 0, 0, 0
	return m
}

// platformNumber is what the C API calls a platform.
func platformNumber(p session.Platform) int {
	switch p {
	case session.Windows:
		return int(tim.PlatformWindows)
	case session.Android:
		return int(tim.PlatformAndroid)
	case session.IPhone, session.IPad:
		return int(tim.PlatformIOS)
	case session.Mac:
		return int(tim.PlatformMac)
	}
	return int(tim.PlatformOther)
}

// messageOf is a kept message as clients get it.
func messageOf(kept Message) (wire.Message, error) {
	var m wire.Message
	if err := wire.UnmarshalMessage(kept.Body, &m); err != nil {
		return m, err
	}
	m.Pos, m.Version = kept.Pos, kept.Version
	m.ServerTime, m.ServerMillis = kept.At.Unix(), millisOf(kept.At)
	return m, nil
}

// millisOf is how far a time is in its second.
func millisOf(t time.Time) int64 { return t.UnixMilli() % 1000 }

func messagesOf(kept []Message) ([]wire.Message, error) {
	list := make([]wire.Message, len(kept))
	for i, one := range kept {
		var err error
		if list[i], err = messageOf(one); err != nil {
			return nil, err
		}
	}
	return list, nil
}
