using System;
using System.Collections.Generic;

namespace Banter
{
    /// <summary>Messages and conversations. Each handler of these events runs on its own: one that throws is
    /// told of by UnhandledException, and keeps the event from no other.</summary>
    public sealed partial class BanterClient
    {
        Action<IReadOnlyList<Message>> messagesReceived, messagesModified;
        Action<IReadOnlyList<MsgLocator>> messagesRecalled;
        Action<IReadOnlyList<MessageReceipt>> messagesRead;
        Action<IReadOnlyList<ConvInfo>> conversationsAdded, conversationsChanged, conversationsDeleted;
        Action<int> totalUnreadChanged;
        Action syncStarted, syncFinished;

        /// <summary>Messages that are new to this device, in their order: also those that were missed, and the
        /// user's own from other devices.</summary>
        public event Action<IReadOnlyList<Message>> MessagesReceived
        {
            add { lock (eventGate) if (Join(ref messagesReceived, value)) RecvNewMsg += TellReceived; }
            remove { lock (eventGate) if (Leave(ref messagesReceived, value)) RecvNewMsg -= TellReceived; }
        }

        /// <summary>Messages were recalled: <see cref="MsgLocator.IsOf"/> finds a message that is
        /// shown.</summary>
        public event Action<IReadOnlyList<MsgLocator>> MessagesRecalled
        {
            add { lock (eventGate) if (Join(ref messagesRecalled, value)) MsgRevokeEvent += TellRecalled; }
            remove { lock (eventGate) if (Leave(ref messagesRecalled, value)) MsgRevokeEvent -= TellRecalled; }
        }

        /// <summary>Messages as they are now; they have the ids that they had.</summary>
        public event Action<IReadOnlyList<Message>> MessagesModified
        {
            add { lock (eventGate) if (Join(ref messagesModified, value)) MsgUpdate += TellModified; }
            remove { lock (eventGate) if (Leave(ref messagesModified, value)) MsgUpdate -= TellModified; }
        }

        /// <summary>The other side has read a conversation up to a time, or the single message whose id the
        /// receipt has.</summary>
        public event Action<IReadOnlyList<MessageReceipt>> MessagesRead
        {
            add { lock (eventGate) if (Join(ref messagesRead, value)) MsgReadedReceipt += TellRead; }
            remove { lock (eventGate) if (Leave(ref messagesRead, value)) MsgReadedReceipt -= TellRead; }
        }

        /// <summary>Conversations have come into being.</summary>
        public event Action<IReadOnlyList<ConvInfo>> ConversationsAdded
        {
            add { lock (eventGate) if (Join(ref conversationsAdded, value)) ConvEvent += TellAdded; }
            remove { lock (eventGate) if (Leave(ref conversationsAdded, value)) ConvEvent -= TellAdded; }
        }

        /// <summary>Conversations as they are now: a new last message, another unread count, a pin.</summary>
        public event Action<IReadOnlyList<ConvInfo>> ConversationsChanged
        {
            add { lock (eventGate) if (Join(ref conversationsChanged, value)) ConvEvent += TellChanged; }
            remove { lock (eventGate) if (Leave(ref conversationsChanged, value)) ConvEvent -= TellChanged; }
        }

        /// <summary>The user has deleted conversations, here or on another device.</summary>
        public event Action<IReadOnlyList<ConvInfo>> ConversationsDeleted
        {
            add { lock (eventGate) if (Join(ref conversationsDeleted, value)) ConvEvent += TellDeleted; }
            remove { lock (eventGate) if (Leave(ref conversationsDeleted, value)) ConvEvent -= TellDeleted; }
        }

        /// <summary>How many messages of all conversations are unread now.</summary>
        public event Action<int> TotalUnreadChanged
        {
            add { lock (eventGate) if (Join(ref totalUnreadChanged, value)) ConvTotalUnreadMessageCountChanged += TellTotalUnread; }
            remove { lock (eventGate) if (Leave(ref totalUnreadChanged, value)) ConvTotalUnreadMessageCountChanged -= TellTotalUnread; }
        }

        /// <summary>A new link to the server: what was missed begins to come.</summary>
        public event Action SyncStarted
        {
            add { lock (eventGate) if (Join(ref syncStarted, value)) ConvEvent += TellSyncStarted; }
            remove { lock (eventGate) if (Leave(ref syncStarted, value)) ConvEvent -= TellSyncStarted; }
        }

        /// <summary>Everything that was missed has come.</summary>
        public event Action SyncFinished
        {
            add { lock (eventGate) if (Join(ref syncFinished, value)) ConvEvent += TellSyncFinished; }
            remove { lock (eventGate) if (Leave(ref syncFinished, value)) ConvEvent -= TellSyncFinished; }
        }

        /// <summary>The conversation with a user, or that of a group. It need not exist yet: the first message
        /// makes it.</summary>
        /// <param name="id">The user's or the group's id.</param>
        /// <param name="type">ConvType.C2C for a user.</param>
        public Conversation GetConversation(string id, ConvType type = ConvType.C2C)
        {
            return new Conversation(this, id, type);
        }

        /// <summary>The conversation of an entry of the list.</summary>
        public Conversation GetConversation(ConvInfo info)
        {
            return new Conversation(this, info.Id, info.Type ?? ConvType.C2C);
        }

        /// <summary>The conversation that a message is of: where an answer goes.</summary>
        public Conversation GetConversation(Message message)
        {
            return new Conversation(this, message.ConvId, message.ConvType ?? ConvType.C2C);
        }

        void TellReceived(List<Message> list)
        {
            TellEach(messagesReceived, list);
        }

        void TellRecalled(List<MsgLocator> list)
        {
            TellEach(messagesRecalled, list);
        }

        void TellModified(List<Message> list)
        {
            TellEach(messagesModified, list);
        }

        void TellRead(List<MessageReceipt> list)
        {
            TellEach(messagesRead, list);
        }

        void TellAdded(ConvEvent what, List<ConvInfo> list)
        {
            if (what == Banter.ConvEvent.Add) TellEach(conversationsAdded, list);
        }

        void TellChanged(ConvEvent what, List<ConvInfo> list)
        {
            if (what == Banter.ConvEvent.Update) TellEach(conversationsChanged, list);
        }

        void TellDeleted(ConvEvent what, List<ConvInfo> list)
        {
            if (what == Banter.ConvEvent.Del) TellEach(conversationsDeleted, list);
        }

        void TellTotalUnread(int total)
        {
            TellEach(totalUnreadChanged, total);
        }

        void TellSyncStarted(ConvEvent what, List<ConvInfo> list)
        {
            if (what == Banter.ConvEvent.Start) TellEach(syncStarted);
        }

        void TellSyncFinished(ConvEvent what, List<ConvInfo> list)
        {
            if (what == Banter.ConvEvent.Finish) TellEach(syncFinished);
        }

        /// <summary>Adds a handler, and says whether it is the first: what nobody listens to is not read.</summary>
        static bool Join<T>(ref T handlers, T value) where T : class
        {
            var first = handlers == null && value != null;
            handlers = (T)(object)Delegate.Combine((Delegate)(object)handlers, (Delegate)(object)value);
            return first;
        }

        /// <summary>Takes a handler away, and says whether it was the last.</summary>
        static bool Leave<T>(ref T handlers, T value) where T : class
        {
            var any = handlers != null;
            handlers = (T)(object)Delegate.Remove((Delegate)(object)handlers, (Delegate)(object)value);
            return any && handlers == null;
        }

        void TellEach<T>(Action<T> handlers, T value)
        {
            if (handlers == null) return; // the last one left meanwhile
            foreach (Action<T> handler in handlers.GetInvocationList()) Guard(() => handler(value));
        }

        void TellEach(Action handlers)
        {
            if (handlers == null) return;
            foreach (Action handler in handlers.GetInvocationList()) Guard(handler);
        }
    }
}
