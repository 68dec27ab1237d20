package core

import "github.com/banter-im/banter/internal/jsontext"

// appendTo writes the message as encoding/json would; a test holds the two together.
func (m *message) appendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	jsontext.Array(&o, "message_elem_array", m.Elements, jsontext.AppendJSON)
	o.String("message_conv_id", m.ConvID)
	o.Int("message_conv_type", int64(m.ConvType))
	o.String("message_sender", m.Sender)
	if m.Priority != nil {
		o.Int("message_priority", int64(*m.Priority))
	} else {
		o.JSON("message_priority", nil)
	}
	o.Int("message_client_time", m.ClientTime)
	o.Int("message_server_time", m.ServerTime)
	o.Bool("message_is_from_self", m.IsFromSelf)
	o.Int("message_platform", int64(m.Platform))
	o.Bool("message_is_read", m.IsRead)
	o.Bool("message_is_online_msg", m.IsOnline)
	o.Bool("message_is_peer_read", m.IsPeerRead)
	o.Bool("message_receipt_peer_read", m.ReceiptPeerRead)
	o.Bool("message_need_read_receipt", m.NeedReceipt)
	o.Bool("message_support_message_extension", m.Extensible)
	o.Bool("message_is_broadcast_message", m.IsBroadcast)
	o.Bool("message_has_sent_receipt", m.HasSentReceipt)
	o.Int("message_status", int64(m.Status))
	o.Uint("message_unique_id", m.UniqueID)
	o.String("message_msg_id", m.MsgID)
	o.Uint("message_rand", m.Rand)
	o.Uint("message_seq", m.Seq)
	o.Uint("message_custom_int", uint64(m.CustomInt))
	o.String("message_custom_str", m.CustomStr)
	o.String("message_cloud_custom_str", m.CloudCustom)
	o.Bool("message_is_excluded_from_unread_count", m.NoUnread)
	jsontext.Array(&o, "message_group_at_user_array", m.AtUsers, jsontext.AppendString)
	o.Bool("message_is_forward_message", m.IsForward)
	o.Key("message_sender_profile")
	o.Text = m.SenderProfile.AppendTo(o.Text)
	o.JSON("message_sender_group_member_info", []byte("{}"))
	m.appendRest(&o)
	return o.End()
}

func (m *message) appendRest(o *jsontext.Object) {
	o.Bool("message_excluded_from_last_message", m.NoLast)
	o.Bool("message_excluded_from_content_moderation", m.NoModeration)
	o.String("message_custom_moderation_configuration_id", m.ModerationID)
	o.Bool("message_has_risk_content", m.HasRisk)
	o.Bool("message_disable_cloud_message_pre_hook", m.SkipBeforeHook)
	o.Bool("message_disable_cloud_message_post_hook", m.SkipAfterHook)
	jsontext.Array(o, "message_target_group_member_array", m.Targets, jsontext.AppendString)
	o.JSON("message_offline_push_config", m.OfflinePushConfig)
	o.String("message_revoker_user_id", m.RevokerUserID)
	o.String("message_revoker_nick_name", m.RevokerNick)
	o.String("message_revoker_face_url", m.RevokerFaceURL)
	o.String("message_revoke_reason", m.RevokeReason)
	o.String("message_pinner_user_id", m.PinnerUserID)
	o.String("message_pinner_nick_name", m.PinnerNick)
	o.String("message_pinner_friend_remark", m.PinnerRemark)
	o.String("message_pinner_name_card", m.PinnerNameCard)
	o.String("message_pinner_face_url", m.PinnerFaceURL)
	o.Bool("message_excluded_from_muting", m.NoMuting)
	o.Uint("message_version", m.Version)
}

// appendTo writes the conversation as encoding/json would.
func (v *convInfo) appendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("conv_id", v.ID)
	o.Int("conv_type", int64(v.Type))
	o.String("conv_face_url", v.FaceURL)
	o.Uint("conv_unread_num", v.Unread)
	o.Int("conv_active_time", v.ActiveTime)
	o.Bool("conv_is_has_lastmsg", v.HasLast)
	if v.Last != nil {
		o.Key("conv_last_msg")
		o.Text = v.Last.appendTo(o.Text)
	}
	o.Bool("conv_is_has_draft", v.HasDraft)
	if v.Draft != nil {
		o.Other("conv_draft", v.Draft)
	}
	o.Int("conv_recv_opt", int64(v.RecvOpt))
	jsontext.Array(&o, "conv_group_at_info_array", v.GroupAt, jsontext.AppendJSON)
	o.Bool("conv_is_pinned", v.IsPinned)
	o.String("conv_show_name", v.ShowName)
	jsontext.Array(&o, "conv_mark_array", v.Marks, jsontext.AppendUint)
	o.String("conv_custom_data", v.CustomData)
	jsontext.Array(&o, "conv_conversation_group_array", v.Groups, jsontext.AppendString)
	o.Int("conv_c2c_read_timestamp", v.ReadTime)
	o.Uint("conv_group_read_sequence", v.GroupReadSeq)
	return o.End()
}
