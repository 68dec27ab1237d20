using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>What the user keeps with a conversation, and how its messages are received.</summary>
    public sealed partial class Conversation
    {
        /// <summary>The id with its kind, as calls about several conversations want it: c2c_bob.</summary>
        public string FullId
        {
            get { return (Type == ConvType.Group ? "group_" : "c2c_") + Id; }
        }

        /// <summary>Keeps a text that is not finished, on this device: ConvInfo.Draft has it.</summary>
        /// <param name="text">"" or null: there is no draft any more.</param>
        public void SetDraft(string text)
        {
            var draft = new Draft { Msg = Message.FromText(text) };
            var result = string.IsNullOrEmpty(text) ? Client.Raw.ConvCancelDraft(Id, Type) : Client.Raw.ConvSetDraft(Id, Type, draft.ToJson());
            if (result != Result.Succ) throw BanterException.Refused(result);
        }

        /// <summary>Marks the conversation for this user on all devices, or takes the mark away.</summary>
        /// <param name="mark">A mark, or one of the game's own: a single bit from 1&lt;&lt;32 on.</param>
        /// <param name="marked">False: the mark goes.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task MarkAsync(ConversationMarkType mark, bool marked = true, CancellationToken cancel = default(CancellationToken))
        {
            return Single(Client.ConvMarkConversationAsync(new[] { FullId }, (ulong)mark, marked, cancel));
        }

        /// <summary>Keeps a text of the game's own with the conversation, for this user on all devices.</summary>
        /// <param name="data">At most 256 bytes.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task SetCustomDataAsync(string data, CancellationToken cancel = default(CancellationToken))
        {
            return Single(Client.ConvSetConversationCustomDataAsync(new[] { FullId }, data, cancel));
        }

        /// <summary>Says how the messages of this user are received.</summary>
        /// <param name="option">Receive, NotReceive or NotNotify.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task SetReceiveOptionAsync(ReceiveMessageOpt option, CancellationToken cancel = default(CancellationToken))
        {
            if (Type == ConvType.Group) return Client.Raw.MsgSetGroupReceiveMessageOpt(Id, option, cancel);
            return Client.MsgSetC2CReceiveMessageOptAsync(new[] { Id }, option, cancel);
        }

        /// <summary>Reacts to a message.</summary>
        /// <param name="message">A message of this conversation.</param>
        /// <param name="reaction">What the game calls the reaction, such as an emoji.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task AddReactionAsync(Message message, string reaction, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgAddMessageReactionAsync(message, reaction, cancel);
        }

        /// <summary>Takes a reaction back.</summary>
        /// <param name="message">A message of this conversation.</param>
        /// <param name="reaction">What the game calls the reaction.</param>
        /// <param name="cancel">Gives up waiting; the call itself goes on.</param>
        public Task RemoveReactionAsync(Message message, string reaction, CancellationToken cancel = default(CancellationToken))
        {
            return Client.MsgRemoveMessageReactionAsync(message, reaction, cancel);
        }

        /// <summary>Waits for a call about several conversations that is about one: what became of that one is
        /// what became of the call.</summary>
        static async Task Single(Task<List<ConversationOperationResult>> call)
        {
            foreach (var outcome in await call.ConfigureAwait(false))
            {
                if (outcome.ResultCode > 0) throw new BanterException(outcome.ResultCode.Value, outcome.ResultInfo);
            }
        }
    }
}
