using System;
using System.Collections.Generic;
using Newtonsoft.Json;

namespace Banter
{
    public partial class Message
    {
        /// <summary>Makes a message of one text.</summary>
        public static Message FromText(string text)
        {
            return new Message { ElemArray = new List<Elem> { new TextElem { Content = text } } };
        }

        /// <summary>The text: of all its text elements when it has several, "" when it has none or was
        /// recalled.</summary>
        [JsonIgnore]
        public string Text
        {
            get
            {
                var text = "";
                foreach (var elem in ElemArray ?? new List<Elem>())
                {
                    var part = elem as TextElem;
                    if (part != null) text += part.Content;
                }
                return text;
            }
        }

        /// <summary>Whether the user who is logged in has sent it.</summary>
        [JsonIgnore]
        public bool IsMine
        {
            get { return IsFromSelf == true; }
        }

        /// <summary>Whether it was recalled: what it said is gone.</summary>
        [JsonIgnore]
        public bool IsRecalled
        {
            get { return Status == MsgStatus.Revoked; }
        }

        /// <summary>When it was sent, by the server's clock; by this device's until the server has it.</summary>
        [JsonIgnore]
        public DateTimeOffset SentAt
        {
            get { return DateTimeOffset.FromUnixTimeSeconds((long)(ServerTime > 0 ? ServerTime : ClientTime ?? 0)); }
        }
    }

    public partial class MsgLocator
    {
        /// <summary>Id of the message. Read only.</summary>
        [JsonProperty("message_msg_id", NullValueHandling = NullValueHandling.Ignore)]
        public string MsgId { get; set; }

        /// <summary>Who recalled it. Read only.</summary>
        [JsonProperty("message_revoker_user_id", NullValueHandling = NullValueHandling.Ignore)]
        public string RevokerUserId { get; set; }

        /// <summary>Why. Read only.</summary>
        [JsonProperty("message_revoke_reason", NullValueHandling = NullValueHandling.Ignore)]
        public string RevokeReason { get; set; }

        /// <summary>Whether it names this message.</summary>
        public bool IsOf(Message message)
        {
            return !string.IsNullOrEmpty(MsgId) && MsgId == message.MsgId;
        }
    }
}
