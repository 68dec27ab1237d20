package core

import "github.com/banter-im/banter/internal/wire"

// appendTo writes the message as encoding/json would; a test holds the two together.
func (m *message) appendTo(text []byte) []byte {
	o := begin(text)
	arrayOf(&o, "message_elem_array", m.Elements, appendJSON)
	o.string("message_conv_id", m.ConvID)
	o.int("message_conv_type", int64(m.ConvType))
	o.string("message_sender", m.Sender)
	if m.Priority != nil {
		o.int("message_priority", int64(*m.Priority))
	} else {
		o.json("message_priority", nil)
	}
	o.int("message_client_time", m.ClientTime)
	o.int("message_server_time", m.ServerTime)
	o.bool("message_is_from_self", m.IsFromSelf)
	o.int("message_platform", int64(m.Platform))
	o.bool("message_is_read", m.IsRead)
	o.bool("message_is_online_msg", m.IsOnline)
	o.bool("message_is_peer_read", m.IsPeerRead)
	o.bool("message_receipt_peer_read", m.ReceiptPeerRead)
	o.bool("message_need_read_receipt", m.NeedReceipt)
	o.bool("message_support_message_extension", m.Extensible)
	o.bool("message_is_broadcast_message", m.IsBroadcast)
	o.bool("message_has_sent_receipt", m.HasSentReceipt)
	o.int("message_status", int64(m.Status))
	o.uint("message_unique_id", m.UniqueID)
	o.string("message_msg_id", m.MsgID)
	o.uint("message_rand", m.Rand)
	o.uint("message_seq", m.Seq)
	o.uint("message_custom_int", uint64(m.CustomInt))
	o.string("message_custom_str", m.CustomStr)
	o.string("message_cloud_custom_str", m.CloudCustom)
	o.bool("message_is_excluded_from_unread_count", m.NoUnread)
	arrayOf(&o, "message_group_at_user_array", m.AtUsers, appendString)
	o.bool("message_is_forward_message", m.IsForward)
	o.key("message_sender_profile")
	o.text = appendProfile(o.text, m.SenderProfile)
	o.json("message_sender_group_member_info", []byte("{}"))
	m.appendRest(&o)
	return o.end()
}

func (m *message) appendRest(o *jsonObject) {
	o.bool("message_excluded_from_last_message", m.NoLast)
	o.bool("message_excluded_from_content_moderation", m.NoModeration)
	o.string("message_custom_moderation_configuration_id", m.ModerationID)
	o.bool("message_has_risk_content", m.HasRisk)
	o.bool("message_disable_cloud_message_pre_hook", m.SkipBeforeHook)
	o.bool("message_disable_cloud_message_post_hook", m.SkipAfterHook)
	arrayOf(o, "message_target_group_member_array", m.Targets, appendString)
	o.json("message_offline_push_config", m.OfflinePushConfig)
	o.string("message_revoker_user_id", m.RevokerUserID)
	o.string("message_revoker_nick_name", m.RevokerNick)
	o.string("message_revoker_face_url", m.RevokerFaceURL)
	o.string("message_revoke_reason", m.RevokeReason)
	o.string("message_pinner_user_id", m.PinnerUserID)
	o.string("message_pinner_nick_name", m.PinnerNick)
	o.string("message_pinner_friend_remark", m.PinnerRemark)
	o.string("message_pinner_name_card", m.PinnerNameCard)
	o.string("message_pinner_face_url", m.PinnerFaceURL)
	o.bool("message_excluded_from_muting", m.NoMuting)
	o.uint("message_version", m.Version)
}

func appendProfile(text []byte, p wire.SenderProfile) []byte {
	o := begin(text)
	o.string("user_profile_identifier", p.User)
	if p.Nick != "" {
		o.string("user_profile_nick_name", p.Nick)
	}
	if p.FaceURL != "" {
		o.string("user_profile_face_url", p.FaceURL)
	}
	return o.end()
}

// appendTo writes the conversation as encoding/json would.
func (v *convInfo) appendTo(text []byte) []byte {
	o := begin(text)
	o.string("conv_id", v.ID)
	o.int("conv_type", int64(v.Type))
	o.string("conv_face_url", v.FaceURL)
	o.uint("conv_unread_num", v.Unread)
	o.int("conv_active_time", v.ActiveTime)
	o.bool("conv_is_has_lastmsg", v.HasLast)
	if v.Last != nil {
		o.key("conv_last_msg")
		o.text = v.Last.appendTo(o.text)
	}
	o.bool("conv_is_has_draft", v.HasDraft)
	if v.Draft != nil {
		o.other("conv_draft", v.Draft)
	}
	o.int("conv_recv_opt", int64(v.RecvOpt))
	arrayOf(&o, "conv_group_at_info_array", v.GroupAt, appendJSON)
	o.bool("conv_is_pinned", v.IsPinned)
	o.string("conv_show_name", v.ShowName)
	arrayOf(&o, "conv_mark_array", v.Marks, appendUint)
	o.string("conv_custom_data", v.CustomData)
	arrayOf(&o, "conv_conversation_group_array", v.Groups, appendString)
	o.int("conv_c2c_read_timestamp", v.ReadTime)
	o.uint("conv_group_read_sequence", v.GroupReadSeq)
	return o.end()
}
