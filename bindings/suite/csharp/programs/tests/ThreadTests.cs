using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Banter;

/// <summary>The context of a program with a loop of its own, as a window has.</summary>
sealed class LoopContext : SynchronizationContext
{
    readonly BlockingCollection<Action> queue = new BlockingCollection<Action>();

    public override void Post(SendOrPostCallback run, object state)
    {
        queue.Add(() => run(state));
    }

    internal void RunUntil(Func<bool> done, string what)
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); !done();)
        {
            Action run;
            if (queue.TryTake(out run, 10)) run();
            if (DateTime.UtcNow > end) throw new TimeoutException("no " + what + " in 30 s");
        }
    }
}

static class ThreadTests
{
    /// <summary>In thread mode, events and what follows an await come on the thread of InitAsync.</summary>
    public static void EventsComeOnTheContextOfInit()
    {
        var context = new LoopContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var here = Thread.CurrentThread.ManagedThreadId;
            var heard = new List<string>();
            var elsewhere = 0;
            var client = BanterClient.Default;
            Action<string> hear = what =>
            {
                heard.Add(what);
                if (Thread.CurrentThread.ManagedThreadId != here) elsewhere++;
            };
            client.NetworkStatusChanged += (status, code, desc) => hear("network " + status);
            client.LoginStatusChanged += status => hear("status " + status);
            var config = Game.Config();
            config.CallbackMode = CallbackMode.Thread;
            client.InitAsync(Server.AppId, config).GetAwaiter().GetResult();
            var login = LogIn(client, hear);
            context.RunUntil(() => login.IsCompleted, "the login");
            login.GetAwaiter().GetResult();
            context.RunUntil(() => heard.Contains("status Logined"), "the status");
            // Not "status Logining": a login may be over before anybody looks.
            Check.True(heard.Contains("network Connected") && heard.Contains("after the await"), string.Join(", ", heard));
            Check.Equal(0, elsewhere, "the number of events elsewhere");
        }
        finally
        {
            BanterClient.Default.Dispose(); // also of a test that failed: the next one starts anew
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>The same for messages, and for the pages of a history.</summary>
    public static void MessagesComeOnTheContextOfInit()
    {
        var context = new LoopContext();
        var before = SynchronizationContext.Current;
        using (var bob = new Chatter("bob"))
        {
            SynchronizationContext.SetSynchronizationContext(context);
            try
            {
                var here = Thread.CurrentThread.ManagedThreadId;
                var threads = new HashSet<int>();
                var heard = new List<string>();
                var client = BanterClient.Default;
                client.SyncFinished += () => { heard.Add("sync finished"); threads.Add(Thread.CurrentThread.ManagedThreadId); };
                client.MessagesReceived += list => { heard.Add(list[0].Text); threads.Add(Thread.CurrentThread.ManagedThreadId); };
                var config = Game.Config();
                config.CallbackMode = CallbackMode.Thread;
                client.InitAsync(Server.AppId, config).GetAwaiter().GetResult();
                var login = LogIn(client, heard.Add);
                context.RunUntil(() => login.IsCompleted && heard.Contains("sync finished"), "the login");
                login.GetAwaiter().GetResult();
                SynchronizationContext.SetSynchronizationContext(before); // bob has a loop of his own
                bob.Game.Wait(bob.Client.GetConversation("alice").SendTextAsync("hello"));
                SynchronizationContext.SetSynchronizationContext(context);
                context.RunUntil(() => heard.Contains("hello"), "the message");
                var page = LoadOne(client, threads);
                context.RunUntil(() => page.IsCompleted, "the history");
                Check.Equal("hello", page.GetAwaiter().GetResult(), "what the history has");
                Check.True(threads.Count == 1 && threads.Contains(here), "the threads: " + string.Join(", ", threads) + ", not " + here);
            }
            finally
            {
                BanterClient.Default.Dispose();
                SynchronizationContext.SetSynchronizationContext(before);
            }
        }
    }

    static async Task<string> LoadOne(BanterClient client, HashSet<int> threads)
    {
        var page = await client.GetConversation("bob").ReadHistory(1).LoadOlderAsync();
        threads.Add(Thread.CurrentThread.ManagedThreadId);
        return page[0].Text;
    }

    static async Task LogIn(BanterClient client, Action<string> hear)
    {
        await client.LoginAsync("alice", Server.Ticket("alice"));
        hear("after the await");
    }

    /// <summary>Without a context there is one thread all the same: the library's.</summary>
    public static void WithoutAContextEventsComeOneAtATime()
    {
        var client = BanterClient.Default;
        int inside = 0, overlapped = 0;
        var connected = new ManualResetEvent(false);
        client.NetworkStatusChanged += (status, code, desc) =>
        {
            if (Interlocked.Increment(ref inside) != 1) overlapped++;
            if (status == NetworkStatus.Connected) connected.Set();
            Interlocked.Decrement(ref inside);
        };
        var config = Game.Config();
        config.CallbackMode = CallbackMode.Thread;
        client.InitAsync(Server.AppId, config).Wait();
        Check.True(connected.WaitOne(20000), "a connection");
        Check.True(client.LoginAsync("alice", Server.Ticket("alice")).Wait(20000), "a login");
        Check.Equal("alice", client.LoginUserId, "the user id");
        Check.Equal(0, client.Pump(), "what a pump runs in thread mode");
        Check.Equal(0, overlapped, "the number of overlapping events");
        client.Dispose();
    }
}
