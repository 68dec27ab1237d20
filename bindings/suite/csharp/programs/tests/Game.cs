using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Banter;

/// <summary>A game: a client that is pumped on one thread, and what it heard, in order.</summary>
sealed class Game : IDisposable
{
    internal static string Root;
    static int folders;

    internal readonly BanterClient Client;
    internal readonly List<string> Heard = new List<string>();
    internal readonly List<Exception> Unhandled = new List<Exception>();
    internal Kick Kick;
    internal TimeSpan Expiring;
    readonly int thread = Thread.CurrentThread.ManagedThreadId;

    internal Game() : this(BanterClient.Default)
    {
    }

    Game(BanterClient client)
    {
        Client = client;
        client.NetworkStatusChanged += (status, code, desc) => Hear("network " + status);
        client.LoginStatusChanged += status => Hear("status " + status);
        client.KickedOffline += kick => { Kick = kick; Hear("kicked"); };
        client.UserSigExpired += () => Hear("expired");
        client.UserSigExpiring += left => { Expiring = left; Hear("expiring"); };
        client.UserSigRenewalFailed += e => Hear("renewal failed " + ((BanterException)e).Code);
        client.UnhandledException += e => { lock (Unhandled) Unhandled.Add(e); };
    }

    /// <summary>Makes a game that is connected.</summary>
    internal static Game Start()
    {
        var game = new Game();
        game.Init();
        return game;
    }

    internal static Game Beside()
    {
        return new Game(BanterClient.Create());
    }

    /// <summary>Makes a game with a client of its own, that is connected.</summary>
    internal static Game StartBeside()
    {
        var game = Beside();
        game.Init();
        return game;
    }

    internal static SdkConfig Config()
    {
        return new SdkConfig { ServerUrl = Server.Url, ConfigFilePath = Path.Combine(Root, "client" + Interlocked.Increment(ref folders)) };
    }

    internal void Init()
    {
        Wait(Client.InitAsync(Server.AppId, Config()));
        Until(() => Heard.Contains("network Connected"), "a connection");
    }

    internal void Login(string user, int seconds = 3600)
    {
        Wait(Client.LoginAsync(user, Server.Ticket(user, seconds)));
    }

    internal void Hear(string what)
    {
        Check.Equal(thread, Thread.CurrentThread.ManagedThreadId, "the thread of " + what);
        Heard.Add(what);
    }

    /// <summary>Pumps until the task has ended, and throws what it brought.</summary>
    internal void Wait(Task task)
    {
        Until(() => task.IsCompleted, "the end of a task");
        task.GetAwaiter().GetResult();
    }

    internal T Wait<T>(Task<T> task)
    {
        Wait((Task)task);
        return task.Result;
    }

    /// <summary>Waits for a task that is to fail, and returns the exception.</summary>
    internal BanterException Failure(Task task)
    {
        try
        {
            Wait(task);
        }
        catch (BanterException e)
        {
            return e;
        }
        throw new Exception("the task succeeded");
    }

    internal void Until(Func<bool> done, string what)
    {
        for (var waited = Stopwatch.StartNew(); !done(); Client.Pump())
        {
            if (waited.Elapsed.TotalSeconds > 30) throw new TimeoutException("no " + what + " in 30 s; heard: " + string.Join(", ", Heard));
            Thread.Sleep(1);
        }
    }

    internal void PumpFor(double seconds)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed.TotalSeconds < seconds; Client.Pump()) Thread.Sleep(1);
    }

    public void Dispose()
    {
        Client.Dispose();
        Check.Equal(0, Unhandled.Count, "the number of unhandled exceptions" + (Unhandled.Count > 0 ? ", such as " + Unhandled[0] + "," : ""));
    }
}
