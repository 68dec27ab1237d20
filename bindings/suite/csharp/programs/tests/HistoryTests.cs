using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class HistoryTests
{
    const int Count = 65;

    /// <summary>Texts of both sides, 1 the oldest.</summary>
    static void Fill(Chatter alice, Chatter bob)
    {
        for (var i = 1; i <= Count; i++)
        {
            if (i % 3 == 0) bob.Write(alice, i.ToString());
            else alice.Write(bob, i.ToString());
        }
    }

    static string Expected(int from)
    {
        return string.Join(" ", Enumerable.Range(1, from).Reverse());
    }

    static string Texts(IEnumerable<Message> messages)
    {
        return string.Join(" ", messages.Select(message => message.Text));
    }

    public static void PagesHaveNeitherHolesNorRepeats()
    {
        using (var alice = Chatter.New("alice"))
        {
            string name;
            using (var bob = Chatter.New("bob"))
            {
                name = bob.Name;
                Fill(alice, bob);
            }
            using (var bob = new Chatter(name)) // on a device that has nothing yet
            {
                var history = bob.With(alice).ReadHistory();
                var read = new List<Message>();
                while (!history.IsAtEnd)
                {
                    var page = bob.Game.Wait(history.LoadOlderAsync());
                    Check.True(page.Count == 20 || history.IsAtEnd, "a page is full, or the last one");
                    read.AddRange(page);
                    alice.Write(bob, "meanwhile"); // moves no page
                    bob.Game.PumpFor(0.05);
                }
                Check.Equal(Expected(Count), Texts(read), "what was read");
                Check.Equal(0, bob.Game.Wait(history.LoadOlderAsync()).Count, "the number of messages behind the end");
            }
        }
    }

    public static void PagesThatAreAskedForAtOnceComeInOrder()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            Fill(alice, bob);
            var history = alice.With(bob).ReadHistory(13);
            var gone = new CancellationTokenSource();
            gone.Cancel();
            var cancelled = history.LoadOlderAsync(gone.Token);
            var pages = Enumerable.Range(0, 5).Select(i => history.LoadOlderAsync()).ToArray();
            alice.Game.Wait(Task.WhenAll(pages));
            Check.True(cancelled.IsCanceled, "the first one was cancelled");
            Check.Equal(Expected(Count), Texts(pages.SelectMany(page => page.Result)), "what was read");
            Check.True(!history.IsAtEnd, "a full page may have more behind it");
            Check.Equal(0, alice.Game.Wait(history.LoadOlderAsync()).Count, "the number of messages behind the end");
            Check.True(history.IsAtEnd, "an empty page is the end");
        }
    }

    public static void TheStreamIsTheSame()
    {
        using (var bob = Chatter.New("bob"))
        using (var alice = Chatter.New("alice"))
        {
            Fill(alice, bob);
            var read = alice.Game.Wait(Collect(alice.With(bob).ReadHistory(7), int.MaxValue));
            Check.Equal(Expected(Count), Texts(read), "what was read");
            var some = alice.Game.Wait(Collect(alice.With(bob).ReadHistory(7), 10));
            Check.Equal(Expected(Count).Substring(0, Texts(some).Length), Texts(some), "what was read by one who stopped");
            var gone = new CancellationTokenSource();
            gone.Cancel();
            var cancelled = alice.With(bob).ReadHistory().GetAsyncEnumerator(gone.Token).MoveNextAsync().AsTask();
            alice.Game.Until(() => cancelled.IsCompleted, "end of a stream that was cancelled");
            Check.True(cancelled.IsCanceled, "it was cancelled");
        }
    }

    /// <summary>What `await foreach` makes of it, in a language that has none.</summary>
    static async Task<List<Message>> Collect(IAsyncEnumerable<Message> stream, int most)
    {
        var read = new List<Message>();
        var reader = stream.GetAsyncEnumerator();
        while (read.Count < most && await reader.MoveNextAsync()) read.Add(reader.Current);
        await reader.DisposeAsync();
        return read;
    }

    public static void BadPagesAreRefused()
    {
        using (var game = Game.Start())
        {
            game.Login("alice");
            var conversation = game.Client.GetConversation("bob");
            Refused(() => conversation.ReadHistory(0));
            Refused(() => conversation.LoadOlderAsync(-1));
            Refused(() => game.Client.GetConversation(""));
            Check.Equal(ErrorCode.InvalidParameters, game.Failure(conversation.LoadOlderAsync(1001)).Code, "the code of a page that is too large");
        }
    }

    static void Refused(Action run)
    {
        try
        {
            run();
        }
        catch (ArgumentException)
        {
            return;
        }
        throw new Exception("it was not refused");
    }
}
