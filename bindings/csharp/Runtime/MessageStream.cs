#if NET_STANDARD_2_1 || NETSTANDARD2_1_OR_GREATER
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>The history for `await foreach`, where the language and the libraries have it: in Unity with the
    /// API level .NET Standard 2.1.</summary>
    public sealed partial class MessageHistory : IAsyncEnumerable<Message>
    {
        /// <summary>Goes through the messages that were not read yet, newest first, and reads a page when it
        /// comes to one's end.</summary>
        /// <param name="cancel">Ends the way with an OperationCanceledException.</param>
        public IAsyncEnumerator<Message> GetAsyncEnumerator(CancellationToken cancel = default(CancellationToken))
        {
            return new Reader(this, cancel);
        }

        sealed class Reader : IAsyncEnumerator<Message>
        {
            readonly MessageHistory history;
            readonly CancellationToken cancel;
            List<Message> page = new List<Message>();
            int next;

            internal Reader(MessageHistory history, CancellationToken cancel)
            {
                this.history = history;
                this.cancel = cancel;
            }

            public Message Current { get; private set; }

            public async ValueTask<bool> MoveNextAsync()
            {
                cancel.ThrowIfCancellationRequested();
                if (next == page.Count)
                {
                    page = await history.LoadOlderAsync(cancel).ConfigureAwait(false);
                    next = 0;
                }
                Current = next < page.Count ? page[next++] : null;
                return Current != null;
            }

            public ValueTask DisposeAsync()
            {
                return default(ValueTask);
            }
        }
    }
}
#endif
