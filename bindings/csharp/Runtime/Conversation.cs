using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>A conversation of a client's user. It is a name and holds no state: make as many of one
    /// conversation as you like.</summary>
    public sealed partial class Conversation
    {
        internal const int PageSize = 20;

        internal Conversation(BanterClient client, string id, ConvType type)
        {
            if (string.IsNullOrEmpty(id)) throw new ArgumentException("a conversation has the id of a user or a group", "id");
            Client = client;
            Id = id;
            Type = type;
        }

        /// <summary>The client whose user takes part.</summary>
        public BanterClient Client { get; private set; }

        /// <summary>The user's or the group's id.</summary>
        public string Id { get; private set; }

        /// <summary>Whether it is with a user or of a group.</summary>
        public ConvType Type { get; private set; }

        /// <summary>Whether a message is of this conversation.</summary>
        public bool Has(Message message)
        {
            return message.ConvId == Id && message.ConvType == Type;
        }

        /// <summary>Whether an entry of the list is about this conversation.</summary>
        public bool Has(ConvInfo info)
        {
            return info.Id == Id && info.Type == Type;
        }

        /// <summary>Sends a text.</summary>
        /// <param name="text">What to say.</param>
        /// <param name="cancel">Gives up waiting; the message goes all the same.</param>
        /// <returns>The message as the server has it.</returns>
        public Task<Message> SendTextAsync(string text, CancellationToken cancel = default(CancellationToken))
        {
            return SendAsync(Message.FromText(text), cancel);
        }

        /// <summary>Sends a message. Without a link it waits for one, for 30 seconds. When it fails,
        /// <see cref="BanterException.ReadMessage"/> has the message: sent again, it is the same one, and
        /// arrives once.</summary>
        /// <param name="message">What to send. The object stays as it is.</param>
        /// <param name="cancel">Gives up waiting; the message goes all the same.</param>
        /// <returns>The message as the server has it.</returns>
        public Task<Message> SendAsync(Message message, CancellationToken cancel = default(CancellationToken))
        {
            string messageId;
            return SendAsync(message, out messageId, cancel);
        }

        /// <summary>Sends a message whose id is wanted at once: to show it before it has arrived, or to take
        /// it back.</summary>
        /// <param name="message">What to send. The object stays as it is.</param>
        /// <param name="messageId">The id that it has on every device.</param>
        /// <param name="cancel">Gives up waiting; the message goes all the same.</param>
        /// <returns>The message as the server has it.</returns>
        public Task<Message> SendAsync(Message message, out string messageId, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgSendMessageAsync(Id, Type, message, out messageId, cancel);
        }

        /// <summary>Takes back a message that is still on its way. Its send fails then.</summary>
        /// <param name="messageId">The id that SendAsync gave.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task CancelSendAsync(string messageId, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgCancelSendAsync(Id, Type, messageId, cancel);
        }

        /// <summary>Reads the history, newest first: what this device does not have, the server is asked for.
        /// Fewer messages than asked for are the oldest that can be had now.</summary>
        /// <param name="count">How many; 1 to 1000.</param>
        /// <param name="before">Only older ones than this. Null: from the newest on.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task<List<Message>> LoadOlderAsync(int count = PageSize, Message before = null, CancellationToken cancel = default(CancellationToken))
        {
            if (count < 1) throw new ArgumentOutOfRangeException("count", count, "a page has at least one message");
            var start = before == null ? null : new Message { MsgId = before.MsgId, UniqueId = before.UniqueId };
            var param = new MsgGetMsgListParam { LastMsg = start, Count = (uint)count, IsRamble = true };
            return Client.MsgGetMsgListAsync(Id, Type, param, cancel);
        }

        /// <summary>Starts to read the history page by page, from the newest message on.</summary>
        /// <param name="pageSize">How many messages a page has; 1 to 1000.</param>
        public MessageHistory ReadHistory(int pageSize = PageSize)
        {
            return new MessageHistory(this, pageSize);
        }

        /// <summary>Says that the user has read the conversation, which the other side is told.</summary>
        /// <param name="upTo">The newest message that was read. Null: all.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task MarkReadAsync(Message upTo = null, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgReportReadedAsync(Id, Type, upTo, cancel);
        }

        /// <summary>Says of single messages that the user has read them, where their senders asked for
        /// it.</summary>
        /// <param name="messages">At most 30.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task SendReceiptsAsync(IList<Message> messages, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgSendMessageReadReceiptsAsync(messages, cancel);
        }

        /// <summary>Recalls a message for everybody, with its RevokeReason if it has one. The server says for
        /// how long that may be done.</summary>
        /// <param name="message">A message of the user's own.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task RecallAsync(Message message, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgRevokeAsync(Id, Type, message, cancel);
        }

        /// <summary>Modifies a message for everybody. When another one was first, it fails with 8006, and
        /// <see cref="BanterException.ReadMessage"/> has the message as it is now.</summary>
        /// <param name="message">The message with what is new in it.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task<Message> ModifyAsync(Message message, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgModifyMessageAsync(message, cancel);
        }

        /// <summary>Deletes messages for this user; the others keep theirs.</summary>
        /// <param name="messages">Messages of this conversation.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task DeleteMessagesAsync(IList<Message> messages, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgListDeleteAsync(Id, Type, messages, cancel);
        }

        /// <summary>Deletes all messages for this user. The conversation stays in the list.</summary>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task ClearHistoryAsync(CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgClearHistoryMessageAsync(Id, Type, cancel);
        }

        /// <summary>Deletes the conversation with its messages for this user. The next message brings it
        /// back.</summary>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task DeleteAsync(CancellationToken cancel = default(CancellationToken))
        {
            return Client.ConvDeleteAsync(Id, Type, cancel);
        }

        /// <summary>Pins the conversation to the head of the list, or ends that.</summary>
        /// <param name="pinned">False: it goes back to its place.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task PinAsync(bool pinned = true, CancellationToken cancel = default(CancellationToken))
        {
            return Client.ConvPinConversationAsync(Id, Type, pinned, cancel);
        }

        /// <summary>Reads its entry of the list: name, last message, unread count.</summary>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        /// <returns>Null when there is no such conversation.</returns>
        public async Task<ConvInfo> GetInfoAsync(CancellationToken cancel = default(CancellationToken))
        {
            var asked = new[] { new GetConversationListParam { Id = Id, Type = Type } };
            var found = await Client.ConvGetConvInfoAsync(asked, cancel).ConfigureAwait(false);
            return found.Count == 0 ? null : found[0];
        }
    }
}
