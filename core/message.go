package core

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// maxMessage is how many bytes the strings of a message have together.
const maxMessage = 12 << 10

// message is a message as the game has it: every key of the C API that has a meaning for
// games, in the order of the contract.
type message struct {
	Elements          []json.RawMessage  `json:"message_elem_array"`
	ConvID            string             `json:"message_conv_id"`
	ConvType          int                `json:"message_conv_type"`
	Sender            string             `json:"message_sender"`
	Priority          *int               `json:"message_priority"`
	ClientTime        int64              `json:"message_client_time"`
	ServerTime        int64              `json:"message_server_time"`
	IsFromSelf        bool               `json:"message_is_from_self"`
	Platform          int                `json:"message_platform"`
	IsRead            bool               `json:"message_is_read"`
	IsOnline          bool               `json:"message_is_online_msg"`
	IsPeerRead        bool               `json:"message_is_peer_read"`
	ReceiptPeerRead   bool               `json:"message_receipt_peer_read"`
	NeedReceipt       bool               `json:"message_need_read_receipt"`
	Extensible        bool               `json:"message_support_message_extension"`
	IsBroadcast       bool               `json:"message_is_broadcast_message"`
	HasSentReceipt    bool               `json:"message_has_sent_receipt"`
	Status            int                `json:"message_status"`
	UniqueID          uint64             `json:"message_unique_id"`
	MsgID             string             `json:"message_msg_id"`
	Rand              uint64             `json:"message_rand"`
	Seq               uint64             `json:"message_seq"`
	CustomInt         uint32             `json:"message_custom_int"`
	CustomStr         string             `json:"message_custom_str"`
	CloudCustom       string             `json:"message_cloud_custom_str"`
	NoUnread          bool               `json:"message_is_excluded_from_unread_count"`
	AtUsers           []string           `json:"message_group_at_user_array"`
	IsForward         bool               `json:"message_is_forward_message"`
	SenderProfile     wire.SenderProfile `json:"message_sender_profile"`
	SenderMember      struct{}           `json:"message_sender_group_member_info"`
	NoLast            bool               `json:"message_excluded_from_last_message"`
	NoModeration      bool               `json:"message_excluded_from_content_moderation"`
	ModerationID      string             `json:"message_custom_moderation_configuration_id"`
	HasRisk           bool               `json:"message_has_risk_content"`
	SkipBeforeHook    bool               `json:"message_disable_cloud_message_pre_hook"`
	SkipAfterHook     bool               `json:"message_disable_cloud_message_post_hook"`
	Targets           []string           `json:"message_target_group_member_array"`
	OfflinePushConfig json.RawMessage    `json:"message_offline_push_config"`
	RevokerUserID     string             `json:"message_revoker_user_id"`
	RevokerNick       string             `json:"message_revoker_nick_name"`
	RevokerFaceURL    string             `json:"message_revoker_face_url"`
	RevokeReason      string             `json:"message_revoke_reason"`
	PinnerUserID      string             `json:"message_pinner_user_id"`
	PinnerNick        string             `json:"message_pinner_nick_name"`
	PinnerRemark      string             `json:"message_pinner_friend_remark"`
	PinnerNameCard    string             `json:"message_pinner_name_card"`
	PinnerFaceURL     string             `json:"message_pinner_face_url"`
	NoMuting          bool               `json:"message_excluded_from_muting"`
	Version           uint64             `json:"message_version"`
}

// parseMessage reads a message that the game has made or was given. The error names the
// field that has the wrong type.
func parseMessage(text string) (message, error) {
	var m message
	err := decode(text, &m)
	return m, err
}

// outgoing is what is sent of a message that the game has made, once it is found to be good.
func (m message) outgoing(key convKey) (wire.Message, error) {
	out, size, err := m.sound(key)
	if err != nil {
		return wire.Message{}, err
	}
	if hasMerged(out.Elements) { // without what is uploaded
		_, size, err = toUpload(out.Elements, maxMessage-len(m.CloudCustom))
		if size += len(m.CloudCustom); err != nil {
			return wire.Message{}, err
		}
	}
	if size > maxMessage {
		return wire.Message{}, timerr.Newf(timerr.SDKMsgBodySizeLimit, "the message has %d bytes in its strings, at most %d can be sent", size, maxMessage)
	}
	return out, nil
}

// sound is a message for the wire, or for this device alone, once its form is found to be good,
// and how many bytes its strings have.
func (m message) sound(key convKey) (out wire.Message, size int, err error) {
	elements := m.Elements
	if size, err = element.Check(elements); err == nil && hasMerged(elements) {
		if elements, err = trimMergers(elements); err == nil {
			size, err = element.Check(elements)
		}
	}
	if err != nil {
		return wire.Message{}, 0, err
	}
	push := m.OfflinePushConfig
	if len(push) > 0 && push[0] != '{' {
		if string(push) != "null" {
			return wire.Message{}, 0, timerr.Newf(timerr.InvalidParameters, "message_offline_push_config is no object")
		}
		push = nil
	}
	priority := int(tim.MsgPriorityNormal)
	if m.Priority != nil {
		priority = *m.Priority
	}
	if priority < int(tim.MsgPriorityHigh) || priority > int(tim.MsgPriorityLowest) {
		return wire.Message{}, 0, timerr.Newf(timerr.InvalidParameters, "message_priority is %d, which is none", priority)
	}
	return wire.Message{
		ConvType: key.kind, ConvID: key.id, Priority: priority, Elements: private(elements), CloudCustom: m.CloudCustom,
		OnlineOnly: m.IsOnline, NeedReceipt: m.NeedReceipt, Extensible: m.Extensible, NoUnread: m.NoUnread, NoLast: m.NoLast,
		NoModeration: m.NoModeration, SkipBeforeHook: m.SkipBeforeHook, SkipAfterHook: m.SkipAfterHook,
		IsForward: m.IsForward, OfflinePushConfig: push,
	}, size + len(m.CloudCustom), nil
}

// randomOf is the number at the end of a message's id, which is made with one.
func randomOf(id string) uint64 {
	n, err := strconv.ParseUint(id[strings.LastIndexByte(id, '-')+1:], 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// kept is a message in memory: as the wire has it, and where and how the cache has it.
type kept struct {
	wire.Message
	place  cache.Place
	flags  int
	status int
	local  local
}

// local is what of a message stays on this device.
type local struct {
	CustomInt uint32 `json:"message_custom_int,omitempty"`
	CustomStr string `json:"message_custom_str,omitempty"`

	Files []localFile `json:"files,omitempty"`
}

// stored is a message as the cache has it.
type stored struct {
	wire.Message
	local
}

func (k kept) stored() stored { return stored{k.Message, k.local} }

// inherit takes over from an older copy, old, what no server says.
func (k *kept) inherit(old kept) {
	k.flags |= old.flags & cache.Here
	k.local = old.local
}

// millis is when the server got it, in UNIX milliseconds.
func (k kept) millis() int64 { return k.ServerTime*1000 + k.ServerMillis }

func (k kept) time() int64 { return cmp.Or(k.ServerTime, k.ClientTime) }

// row is k as the cache keeps it.
func (k kept) row() cache.Message {
	body, err := json.Marshal(k.stored())
	if err != nil {
		panic(err) // it came from JSON
	}
	kinds, text := searchable(k.Elements)
	return cache.Message{Place: k.place, ID: k.MsgID, Time: k.time(), Flags: k.flags, Status: k.status, Body: body,
		Sender: k.Sender, Kinds: kinds, Text: text}
}

// keptOf is the reverse of row.
func keptOf(row cache.Message) (kept, error) {
	k := kept{place: row.Place, flags: row.Flags, status: row.Status}
	body, err := readStored(row.Body)
	k.Message, k.local = body.Message, body.local
	return k, err
}

// fromServer is a message of the server as the user has it.
func fromServer(m wire.Message, user string) kept {
	k := kept{Message: m, place: cache.Place{Pos: m.Pos}, status: cmp.Or(m.Status, int(tim.MsgStatusSendSucc))}
	if m.Sender != user && !m.NoUnread {
		k.flags |= cache.Unread
	}
	if k.status == int(tim.MsgStatusRevoked) {
		k.flags |= cache.Revoked
	}
	return k
}

// forGame is the message as the game gets it.
func (k kept) forGame(user string, c *conversation) message {
	own, priority := k.Sender == user, k.Priority
	m := message{
		Elements: c.links.present(k.Elements, k.local.Files), ConvID: c.ID, ConvType: c.Type, Sender: k.Sender, Priority: &priority,
		ClientTime: k.ClientTime, ServerTime: k.ServerTime, IsFromSelf: own, Platform: k.Platform,
		IsRead: own || k.Pos != 0 && k.Pos <= c.ReadPos || k.status == int(tim.MsgStatusLocalImported), IsOnline: k.OnlineOnly,
		IsPeerRead: own && k.Pos != 0 && k.Pos <= c.PeerReadPos, ReceiptPeerRead: own && k.Readers > 0, HasSentReceipt: k.hasSentReceipt(user),
		NeedReceipt: k.NeedReceipt, Extensible: k.Extensible, Status: k.status, UniqueID: k.Pos, MsgID: k.MsgID,
		Rand: k.Rand, Seq: k.Seq, CustomInt: k.local.CustomInt, CustomStr: k.local.CustomStr, CloudCustom: k.CloudCustom, NoUnread: k.NoUnread, AtUsers: []string{},
		IsForward: k.IsForward, SenderProfile: wire.SenderProfile{User: k.Sender},
		NoLast: k.NoLast, NoModeration: k.NoModeration, SkipBeforeHook: k.SkipBeforeHook, SkipAfterHook: k.SkipAfterHook,
		Targets: []string{}, OfflinePushConfig: k.OfflinePushConfig,
		RevokerUserID: k.RevokerUserID, RevokeReason: k.RevokeReason, Version: k.Edition,
	}
	if k.SenderProfile != nil {
		m.SenderProfile = *k.SenderProfile
	}
	if m.Elements == nil {
		m.Elements = []json.RawMessage{}
	}
	if len(m.OfflinePushConfig) == 0 {
		m.OfflinePushConfig = json.RawMessage("{}")
	}
	return m
}

// textOf is v as JSON. What the client makes always can be.
func textOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
