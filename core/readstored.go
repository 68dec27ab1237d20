package core

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/wire"
)

// readStored reads a message that the cache has. What most messages are made of is read
// here, in a fraction of encoding/json's time; where there is anything else, that reads it.
func readStored(body []byte) (stored, error) {
	var r storedReader
	if r.read(body); !r.odd {
		return r.stored, nil
	}
	var s stored
	err := json.Unmarshal(body, &s)
	return s, err
}

// storedReader reads the fields of a message. It is odd when they are not as it knows them.
type storedReader struct {
	stored
	odd bool
}

func (r *storedReader) read(body []byte) {
	text := gjson.ParseBytes(body)
	if !text.IsObject() || !gjson.Valid(text.Raw) {
		r.odd = true
		return
	}
	text.ForEach(r.field)
}

func (r *storedReader) field(key, value gjson.Result) bool {
	known := r.identity(key.Str, value) || r.content(key.Str, value) || r.rare(key.Str, value)
	r.odd = r.odd || !known
	return !r.odd
}

func (r *storedReader) identity(key string, value gjson.Result) bool {
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

func (r *storedReader) content(key string, value gjson.Result) bool {
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

func (r *storedReader) rare(key string, value gjson.Result) bool {
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
func (r *storedReader) string(value gjson.Result) string {
	if value.Type != gjson.String || strings.IndexByte(value.Raw, '\\') >= 0 || !utf8.ValidString(value.Str) {
		r.odd = true
	}
	return value.Str
}

func (r *storedReader) int(value gjson.Result) int64 {
	n, err := strconv.ParseInt(value.Raw, 10, 64)
	r.odd = r.odd || err != nil
	return n
}

func (r *storedReader) uint(value gjson.Result) uint64 {
	n, err := strconv.ParseUint(value.Raw, 10, 64)
	r.odd = r.odd || err != nil
	return n
}

func (r *storedReader) bool(value gjson.Result) bool {
	r.odd = r.odd || !value.IsBool()
	return value.Bool()
}

func (r *storedReader) elements(value gjson.Result) {
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

func (r *storedReader) profile(value gjson.Result) {
	if !value.IsObject() || r.SenderProfile != nil {
		r.odd = true
		return
	}
	r.SenderProfile = &wire.SenderProfile{}
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
