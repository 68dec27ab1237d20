package wire

import (
	"encoding/json"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/jsontext"
)

// UnmarshalMessage is json.Unmarshal.
func UnmarshalMessage(body []byte, m *Message) error {
	if read, ok := ReadMessage(body); ok {
		*m = read
		return nil
	}
	return json.Unmarshal(body, m)
}

// ReadMessage reads a message in a fraction of encoding/json's time, if it has nothing but what
// most messages are made of. If it has, ok is false, and encoding/json is to read it.
func ReadMessage(body []byte) (m Message, ok bool) {
	fields, ok := jsontext.Fields(body)
	if !ok {
		return m, false
	}
	var r messageReader
	fields.ForEach(r.field)
	return r.Message, !r.odd
}

// ReadRequest is ReadMessage, of a request.
func ReadRequest(text []byte) (request Request, ok bool) {
	fields, ok := jsontext.Fields(text)
	if !ok {
		return request, false
	}
	fields.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "id":
			var err error
			request.ID, err = strconv.ParseUint(value.Raw, 10, 64)
			ok = err == nil
		case "cmd":
			request.Cmd, ok = jsontext.StringOf(value)
		case "body":
			request.Body = json.RawMessage(value.Raw)
		default:
			ok = false
		}
		return ok
	})
	return request, ok
}

// reader reads fields. It is odd when one is not as it knows it.
type reader struct{ odd bool }

// messageReader reads the fields of a message.
type messageReader struct {
	Message
	reader
}

func (r *messageReader) field(key, value gjson.Result) bool {
	known := r.identity(key.Str, value) || r.content(key.Str, value) || r.rare(key.Str, value)
	r.odd = r.odd || !known
	return !r.odd
}

func (r *messageReader) identity(key string, value gjson.Result) bool {
	switch key {
	case "message_conv_type":
		r.ConvType = int(r.int(value))
	case "message_conv_id":
		r.ConvID = r.string(value)
	case "message_msg_id":
		r.MsgID = r.string(value)
	case "message_seq":
		r.Seq = r.uint(value)
	case "message_rand":
		r.Rand = r.uint(value)
	case "message_client_time":
		r.ClientTime = r.int(value)
	case "message_sender":
		r.Sender = r.string(value)
	case "message_server_time":
		r.ServerTime = r.int(value)
	case "server_millis":
		r.ServerMillis = r.int(value)
	case "pos":
		r.Pos = r.uint(value)
	default:
		return false
	}
	return true
}

func (r *messageReader) content(key string, value gjson.Result) bool {
	switch key {
	case "message_priority":
		r.Priority = int(r.int(value))
	case "message_platform":
		r.Platform = int(r.int(value))
	case "message_elem_array":
		r.elements(value)
	case "message_cloud_custom_str":
		r.CloudCustom = r.string(value)
	case "message_sender_profile":
		r.profile(value)
	case "message_status":
		r.Status = int(r.int(value))
	case "message_version":
		r.Version = r.uint(value)
	default:
		return false
	}
	return true
}

func (r *messageReader) rare(key string, value gjson.Result) bool {
	switch key {
	case "message_need_read_receipt":
		r.NeedReceipt = r.bool(value)
	case "message_support_message_extension":
		r.Extensible = r.bool(value)
	case "message_is_excluded_from_unread_count":
		r.NoUnread = r.bool(value)
	case "message_excluded_from_last_message":
		r.NoLast = r.bool(value)
	case "message_is_forward_message":
		r.IsForward = r.bool(value)
	case "edition":
		r.Edition = r.uint(value)
	case "readers":
		r.Readers = r.uint(value)
	case "readers_time":
		r.ReadTime = r.int(value)
	case "imported":
		r.Imported = r.bool(value)
	default:
		return false
	}
	return true
}

// string reads a string that stands there as it is.
func (r *reader) string(value gjson.Result) string {
	s, ok := jsontext.StringOf(value)
	r.odd = r.odd || !ok
	return s
}

func (r *reader) int(value gjson.Result) int64 {
	n, err := strconv.ParseInt(value.Raw, 10, 64)
	r.odd = r.odd || err != nil
	return n
}

func (r *reader) uint(value gjson.Result) uint64 {
	n, err := strconv.ParseUint(value.Raw, 10, 64)
	r.odd = r.odd || err != nil
	return n
}

func (r *reader) bool(value gjson.Result) bool {
	r.odd = r.odd || !value.IsBool()
	return value.Bool()
}

func (r *messageReader) elements(value gjson.Result) {
	if !value.IsArray() {
		r.odd = true
		return
	}
	r.Elements = []json.RawMessage{}
	value.ForEach(func(_, one gjson.Result) bool {
		r.Elements = append(r.Elements, json.RawMessage(one.Raw))
		return true
	})
}

func (r *messageReader) profile(value gjson.Result) {
	if !value.IsObject() || r.SenderProfile != nil {
		r.odd = true
		return
	}
	r.SenderProfile = &SenderProfile{}
	value.ForEach(func(key, one gjson.Result) bool {
		switch key.Str {
		case "user_profile_identifier":
			r.SenderProfile.User = r.string(one)
		case "user_profile_nick_name":
			r.SenderProfile.Nick = r.string(one)
		case "user_profile_face_url":
			r.SenderProfile.FaceURL = r.string(one)
		default:
			r.odd = true
		}
		return !r.odd
	})
}
