package wire

import (
	"encoding/json"

	"github.com/banter-im/banter/internal/jsontext"
)

// appender is what writes itself as encoding/json would, in a fraction of its time. Fuzzers
// hold the two together.
type appender interface{ AppendTo(text []byte) []byte }

// usualLength is more than most bodies have.
const usualLength = 1024

// Encode is json.Marshal.
func Encode(v any) (json.RawMessage, error) {
	if a, quick := v.(appender); quick {
		return a.AppendTo(make([]byte, 0, usualLength)), nil
	}
	return json.Marshal(v)
}

// AppendTo writes the frame. Its body is one that Encode has made.
func (f Frame) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.OptUint("id", f.ID)
	o.OptInt("code", int64(f.Code))
	o.OptString("desc", f.Desc)
	o.OptString("event", f.Event)
	if len(f.Body) > 0 {
		o.JSON("body", f.Body)
	}
	return o.End()
}

// AppendAnswer writes the frame that answers the request of an id with a body.
func AppendAnswer(text []byte, id uint64, body any) ([]byte, error) {
	o := jsontext.Begin(text)
	o.OptUint("id", id)
	if quick, ok := body.(appender); ok {
		o.Key("body")
		o.Text = quick.AppendTo(o.Text)
		return o.End(), nil
	}
	other, err := json.Marshal(body)
	o.JSON("body", other)
	return o.End(), err
}

// AppendTo writes the answer.
func (s Sent) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.OptUint("pos", s.Pos)
	o.Uint("message_seq", s.Seq)
	o.Int("message_server_time", s.ServerTime)
	o.OptInt("server_millis", s.Millis)
	if s.Message != nil {
		o.Key("message")
		o.Text = s.Message.AppendTo(o.Text)
	}
	return o.End()
}

// AppendTo writes the page.
func (p MessagesPage) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	jsontext.Array(&o, "messages", p.Messages, appendMessage)
	o.Uint("whole_from", p.WholeFrom)
	o.Uint("whole_to", p.WholeTo)
	o.Uint("first_pos", p.FirstPos)
	o.Uint("pos", p.Pos)
	o.Uint("mod", p.Mod)
	return o.End()
}

func appendMessage(text []byte, m Message) []byte { return m.AppendTo(text) }

// AppendTo writes the message.
func (m Message) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.Int("message_conv_type", int64(m.ConvType))
	o.String("message_conv_id", m.ConvID)
	o.String("message_msg_id", m.MsgID)
	o.Uint("message_seq", m.Seq)
	o.Uint("message_rand", m.Rand)
	o.Int("message_client_time", m.ClientTime)
	o.OptInt("message_priority", int64(m.Priority))
	o.OptInt("message_platform", int64(m.Platform))
	jsontext.Array(&o, "message_elem_array", m.Elements, jsontext.AppendTidy)
	o.OptString("message_cloud_custom_str", m.CloudCustom)
	m.appendFlags(&o)
	m.appendServers(&o)
	return o.End()
}

func (m *Message) appendFlags(o *jsontext.Object) {
	o.OptBool("message_is_online_msg", m.OnlineOnly)
	o.OptBool("message_need_read_receipt", m.NeedReceipt)
	o.OptBool("message_support_message_extension", m.Extensible)
	o.OptBool("message_is_excluded_from_unread_count", m.NoUnread)
	o.OptBool("message_excluded_from_last_message", m.NoLast)
	o.OptBool("message_excluded_from_content_moderation", m.NoModeration)
	o.OptBool("message_disable_cloud_message_pre_hook", m.SkipBeforeHook)
	o.OptBool("message_disable_cloud_message_post_hook", m.SkipAfterHook)
	o.OptBool("message_is_forward_message", m.IsForward)
	if len(m.OfflinePushConfig) > 0 {
		o.Key("message_offline_push_config")
		o.Text = jsontext.AppendTidy(o.Text, m.OfflinePushConfig)
	}
}

func (m *Message) appendServers(o *jsontext.Object) {
	o.OptString("message_sender", m.Sender)
	if m.SenderProfile != nil {
		o.Key("message_sender_profile")
		o.Text = m.SenderProfile.AppendTo(o.Text)
	}
	o.OptInt("message_server_time", m.ServerTime)
	o.OptInt("server_millis", m.ServerMillis)
	o.OptInt("message_status", int64(m.Status))
	o.OptUint("message_version", m.Version)
	o.OptUint("pos", m.Pos)
	o.OptString("message_revoker_user_id", m.RevokerUserID)
	o.OptString("message_revoke_reason", m.RevokeReason)
	o.OptUint("edition", m.Edition)
	o.OptUint("readers", m.Readers)
	o.OptInt("readers_time", m.ReadTime)
	o.OptBool("imported", m.Imported)
}

// AppendTo writes the profile.
func (p SenderProfile) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("user_profile_identifier", p.User)
	o.OptString("user_profile_nick_name", p.Nick)
	o.OptString("user_profile_face_url", p.FaceURL)
	return o.End()
}
