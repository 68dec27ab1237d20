using System;
using System.IO;
using System.Reflection;
using System.Threading;
using Banter;
using BanterEditor;
using UnityEditor;
using UnityEngine;

/// <summary>One play in a domain of its own, that is reloaded after it.</summary>
public sealed class Domain : MarshalByRefObject
{
    public void Play(string url, ulong appId, string folder, string ticket, bool stops)
    {
        Player.Ticket = ticket;
        Project.Open(url, appId, folder);
        Hands.Play(Player.Enter);
        Project.Until(() => Player.IsLoggedIn, "login");
        BanterClient.Default.Raw.GetUserStatus("[\"bob\"]"); // in flight at the end
        if (stops) Hands.Stop(); // else the scripts are compiled while the game plays
        AssemblyReloadEvents.Raise();
        var heard = Player.Heard;
        Project.TickFor(5);
        Check.Equal(heard, Player.Heard, "the number of events after the end");
    }
}

static class PlayTests
{
    const int Rounds = 20;

    // A domain takes half a second.
    static readonly int reloads = Environment.GetEnvironmentVariable("BANTER_LONG") == null ? 4 : 20;

    public static void StopsAndPlaysAgainInOneDomain()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        BanterClient last = null;
        for (var i = 0; i < Rounds; i++)
        {
            Hands.Play(Player.Enter);
            Project.Until(() => Player.IsLoggedIn, "login in round " + i);
            Check.Equal("alice", BanterClient.Default.LoginUserId, "the user id");
            Check.True(last != BanterClient.Default, "the client is a new one");
            last = BanterClient.Default;
            StartBeside();
            Hands.Stop();
            var heard = Player.Heard;
            Project.TickFor(5);
            Check.Equal(heard, Player.Heard, "the number of events after the end");
            Check.Equal(0, LiveClients.All.Length, "the number of clients after the end");
            Check.Equal(LoginStatus.UnLogined, last.LoginStatus, "the status after the end");
        }
    }

    /// <summary>A second client, whose events come from the library's own thread.</summary>
    static void StartBeside()
    {
        var client = BanterClient.Create();
        client.Log += (level, line) => Interlocked.Increment(ref Player.Heard);
        client.InitAsync(Server.AppId, new SdkConfig { ServerUrl = Server.Url, ConfigFilePath = Path.Combine(Game.Root, "beside"), CallbackMode = CallbackMode.Thread });
    }

    public static void PlaysAgainAfterADomainReload()
    {
        var ticket = Server.Ticket("alice");
        for (var i = 0; i < reloads; i++)
        {
            var domain = AppDomain.CreateDomain("play " + i);
            var play = (Domain)domain.CreateInstanceAndUnwrap(Assembly.GetExecutingAssembly().FullName, typeof(Domain).FullName);
            play.Play(Server.Url, Server.AppId, Path.Combine(Game.Root, "reloaded"), ticket, i % 2 == 0);
            AppDomain.Unload(domain);
        }
    }

    public static void WhatIsPendingAtTheEndFails()
    {
        Project.Open("ws://127.0.0.1:9", 1, Path.Combine(Game.Root, "away")); // nobody answers there
        Player.Ticket = "ticket";
        Hands.Play(Player.Enter);
        Engine.Frame(); // Start has run, and the login is on its way
        Hands.Stop();
        Project.Until(() => Player.Failure != null, "end of the login");
        Check.Equal(7009, ((BanterException)Player.Failure).Code, "the code");
    }

    public static void AProgramThatQuitsEndsItsClients()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        Engine.Play(Player.Enter); // no editor
        Project.Until(() => Player.IsLoggedIn, "login");
        Engine.Quit();
        Check.Equal(0, LiveClients.All.Length, "the number of clients after the end");
    }

    public static void TheUpdaterStaysWhenScenesChange()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        Hands.Play(() => { });
        Engine.LoadScene();
        Player.Enter();
        Project.Until(() => Player.IsLoggedIn, "login in the second scene");
        Check.True(new GameObject("another").AddComponent<BanterUpdater>() == null, "a second updater goes by itself");
        Hands.Stop();
    }

    public static void AFrameAllocatesNothing()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        Hands.Play(Player.Enter);
        Project.Until(() => Player.IsLoggedIn, "login");
        Project.TickFor(100);
        GC.Collect();
        int collections = GC.CollectionCount(0), frames = Player.Frames;
        for (var i = 0; i < 1000000; i++) Hands.Tick();
        Check.Equal(collections, GC.CollectionCount(0), "the number of collections");
        Check.Equal(frames + 1000000, Player.Frames, "the number of frames");
        Hands.Stop();
    }

    static void ChangeNetwork(NetworkReachability to)
    {
        Application.internetReachability = NetworkReachability.NotReachable;
        Hands.Tick();
        Application.internetReachability = to;
    }

    /// <summary>Waits between tries get longer, up to half a minute: so many tries after one kind of sign would
    /// outlast the test's process if each were not made at once.</summary>
    public static void AClientThatWaitsConnectsWhenTheNetworkMayBeBack()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        Hands.Play(Player.Enter);
        Project.Until(() => Player.IsLoggedIn, "login");
        var failures = 0;
        BanterClient.Default.NetworkStatusChanged += (status, code, desc) => failures += status == NetworkStatus.ConnectFailed ? 1 : 0;
        EditorLink.Cut(TimeSpan.FromHours(1));
        var signs = new Action[]
        {
            () => Engine.TellAll("OnApplicationPause", false),
            () => Engine.TellAll("OnApplicationFocus", true),
            () => ChangeNetwork(NetworkReachability.ReachableViaCarrierDataNetwork),
        };
        foreach (var sign in signs)
        {
            for (var i = 0; i < 15; i++)
            {
                var before = failures;
                sign();
                Project.Until(() => failures > before, "dial " + i);
            }
        }
        Hands.Stop();
    }

    public static void ToolsOfTheEditorArePumpedInEditMode()
    {
        Project.Open();
        var client = BanterClient.Default;
        client.InitAsync(BanterSettings.Load());
        var login = client.LoginAsync("alice", Server.Ticket("alice"));
        Project.Until(() => login.IsCompleted, "login in edit mode");
        login.GetAwaiter().GetResult();
        Hands.Play(() => { });
        Check.True(client != BanterClient.Default, "a play begins without it");
        Hands.Stop();
    }

    public static void AHandlerThatThrowsIsInTheConsole()
    {
        Project.Open();
        Player.Ticket = Server.Ticket("alice");
        Hands.Play(Player.Enter);
        BanterClient.Default.LoginStatusChanged += status => { throw new InvalidOperationException("a fault of the game's"); };
        Project.Until(() => Debug.Lines.Contains("exception a fault of the game's"), "line in the console");
        Hands.Stop();
    }

    public static void WithoutSettingsInitSaysWhatToDo()
    {
        Engine.Assets.Clear();
        var init = BanterClient.Default.InitAsync(null);
        Check.True(init.Exception.InnerException.Message.Contains("Project Settings > Banter"), "the text says what to do");
        BanterClient.Default.Dispose();
    }
}
