using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>
    /// Reads a conversation's history page by page, from the newest message to the oldest, without holes or
    /// repeats while messages come in. It begins with what was the newest when the first page was read.
    /// </summary>
    public sealed partial class MessageHistory
    {
        static readonly Task<List<Message>> nothing = Task.FromResult(new List<Message>());

        readonly object gate = new object();
        readonly Conversation conversation;
        readonly int pageSize;
        Task last = nothing;
        volatile Message oldest;
        volatile bool atEnd;

        internal MessageHistory(Conversation conversation, int pageSize)
        {
            if (pageSize < 1) throw new ArgumentOutOfRangeException("pageSize", pageSize, "a page has at least one message");
            this.conversation = conversation;
            this.pageSize = pageSize;
        }

        /// <summary>Whether the last page was the end of what can be had. Without a link that is what this
        /// device has: a later page may bring more.</summary>
        public bool IsAtEnd
        {
            get { return atEnd; }
        }

        /// <summary>Reads the next page, newest first. Pages that are asked for at once come one after the
        /// other; one that failed or was cancelled is read again by the next call.</summary>
        /// <param name="cancel">Gives up waiting.</param>
        /// <returns>Empty at the end.</returns>
        public Task<List<Message>> LoadOlderAsync(CancellationToken cancel = default(CancellationToken))
        {
            lock (gate)
            {
                var page = Load(last, cancel);
                last = page;
                return page;
            }
        }

        async Task<List<Message>> Load(Task before, CancellationToken cancel)
        {
            await Task.WhenAny(before).ConfigureAwait(false); // whatever has become of it
            var page = await conversation.LoadOlderAsync(pageSize, oldest, cancel).ConfigureAwait(false);
            if (page.Count > 0) oldest = page[page.Count - 1];
            atEnd = page.Count < pageSize;
            return page;
        }
    }
}
