package wire

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/jsontext"
)

// What every login sends and is answered is read and written without encoding/json.

// Decode is json.Unmarshal.
func Decode(body []byte, out any) error {
	switch out := out.(type) {
	case *Message:
		return UnmarshalMessage(body, out)
	case *Hello:
		return decode(body, out, helloField)
	case *Login:
		return decode(body, out, loginField)
	case *Resume:
		return decode(body, out, resumeField)
	}
	return json.Unmarshal(body, out)
}

// decode reads an object with field, which says whether it knows a key, or as encoding/json does
// if anything in it is not as it usually is.
func decode[T any](body []byte, out *T, field func(r *reader, out *T, key string, value gjson.Result) bool) error {
	if fields, ok := jsontext.Fields(body); ok {
		var r reader
		read := *out
		fields.ForEach(func(key, value gjson.Result) bool {
			r.odd = !field(&r, &read, key.Str, value) || r.odd
			return !r.odd
		})
		if !r.odd {
			*out = read
			return nil
		}
	}
	return json.Unmarshal(body, out)
}

// own is string, of what outlives the text around it.
func (r *reader) own(value gjson.Result) string { return strings.Clone(r.string(value)) }

func helloField(r *reader, h *Hello, key string, value gjson.Result) bool {
	switch key {
	case "protocol":
		h.Protocol = int(r.int(value))
	case "sdk_app_id":
		h.AppID = r.uint(value)
	case "sdk_version":
		h.SDKVersion = r.own(value)
	case "platform":
		h.Platform = r.own(value)
	case "instance_id":
		h.InstanceID = r.own(value)
	case "login_wanted":
		h.LoginWanted = r.bool(value)
	default:
		return false
	}
	return true
}

func loginField(r *reader, l *Login, key string, value gjson.Result) bool {
	switch key {
	case "user_id":
		l.UserID = r.own(value)
	case "user_sig":
		l.UserSig = r.string(value)
	case "run":
		l.Run = r.string(value)
	case "attempt":
		l.Attempt = r.int(value)
	default:
		return false
	}
	return true
}

func resumeField(r *reader, s *Resume, key string, value gjson.Result) bool {
	switch key {
	case "user_id":
		s.UserID = r.own(value)
	case "user_sig":
		s.UserSig = r.string(value)
	case "session_id":
		s.SessionID = r.own(value)
	case "session_number":
		s.Number = r.int(value)
	case "run":
		s.Run = r.string(value)
	case "attempt":
		s.Attempt = r.int(value)
	default:
		return false
	}
	return true
}

// AppendTo writes the answer, as the next ones do.
func (w Welcome) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.Int("server_time_ms", w.ServerTimeMS)
	o.Int("reconnect_spread_ms", w.ReconnectSpreadMS)
	o.Int("ping_after_ms", w.PingAfterMS)
	o.Int("ping_timeout_ms", w.PingTimeoutMS)
	o.Int("keepalive_idle_ms", w.KeepaliveIdleMS)
	o.Int("keepalive_every_ms", w.KeepaliveEveryMS)
	o.Int("keepalive_count", int64(w.KeepaliveCount))
	o.Int("max_frame_bytes", int64(w.MaxFrameBytes))
	return o.End()
}

func (s Session) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("session_id", s.SessionID)
	o.Int("session_number", s.Number)
	o.Int("server_time_ms", s.ServerTimeMS)
	o.Int("usersig_expires_at", s.ExpiresAt)
	o.String("files_token", s.FilesToken)
	o.Int("files_expires_at", s.FilesExpiresAt)
	return o.End()
}

func (p Pong) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.Int("server_time_ms", p.ServerTimeMS)
	return o.End()
}

func (k Kicked) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("reason", k.Reason)
	o.OptString("platform", k.Platform)
	o.Int("time", k.Time)
	o.OptString("instance", k.Instance)
	o.OptBool("login_goes_on", k.LoginGoesOn)
	return o.End()
}

func (c Closing) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("reason", c.Reason)
	o.OptString("desc", c.Desc)
	o.Bool("redial", c.Redial)
	o.OptInt("after_ms", c.AfterMS)
	return o.End()
}
