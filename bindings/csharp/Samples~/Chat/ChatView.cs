using System;
using System.Collections.Generic;
using Banter;
using UnityEngine.UIElements;

namespace Banter.Samples
{
    /// <summary>What the player sees: conversations on the left, messages and a line to write on the right. It
    /// knows nothing of how they come and go.</summary>
    public sealed class ChatView
    {
        readonly Label unread = new Label("");
        readonly ScrollView conversations = new ScrollView();
        readonly ScrollView messages = new ScrollView();
        readonly TextField line = new TextField();

        /// <summary>Fills the root of a UI Document.</summary>
        public ChatView(VisualElement root)
        {
            root.style.flexDirection = FlexDirection.Row;
            var left = new VisualElement();
            left.style.width = 200f;
            left.Add(unread);
            left.Add(conversations);
            root.Add(left);
            var right = new VisualElement();
            right.style.flexGrow = 1f;
            right.Add(new Button(() => OlderAsked()) { text = "older" });
            messages.style.flexGrow = 1f;
            right.Add(messages);
            right.Add(line);
            right.Add(new Button(Send) { text = "send" });
            root.Add(right);
        }

        /// <summary>The player opens a conversation.</summary>
        public event Action<Conversation> Opened = conversation => { };

        /// <summary>The player wants to see what was before.</summary>
        public event Action OlderAsked = () => { };

        /// <summary>The player has written something.</summary>
        public event Action<string> Written = text => { };

        public void ShowUnread(int total)
        {
            unread.text = total == 0 ? "" : total + " unread";
        }

        public void ShowConversations(BanterClient client, IReadOnlyList<ConvInfo> list)
        {
            conversations.Clear();
            foreach (var info in list)
            {
                var conversation = client.GetConversation(info);
                var count = info.UnreadNum > 0 ? " (" + info.UnreadNum + ")" : "";
                conversations.Add(new Button(() => Opened(conversation)) { text = info.ShowName + count });
            }
        }

        public void ShowMessages(IReadOnlyList<Message> list)
        {
            messages.Clear();
            Label newest = null;
            foreach (var message in list)
            {
                newest = new Label(Line(message));
                messages.Add(newest);
            }
            if (newest != null) messages.ScrollTo(newest);
        }

        static string Line(Message message)
        {
            var who = message.IsMine ? "me: " : message.Sender + ": ";
            if (message.IsRecalled) return who + "(recalled)";
            var state = message.Status == MsgStatus.Sending ? " …" : message.Status == MsgStatus.SendFail ? " (not sent)" : "";
            return who + message.Text + state;
        }

        void Send()
        {
            Written(line.value);
            line.value = "";
        }
    }
}
