using System;
using System.IO;
using System.Threading;
using Banter;
using UnityEditor;
using UnityEngine;
using Stopwatch = System.Diagnostics.Stopwatch;

/// <summary>A Unity project that uses the package, in an editor of the tests.</summary>
static class Project
{
    static int projects;

    /// <summary>Opens a project whose settings name the server of the tests.</summary>
    internal static void Open()
    {
        Open(Server.Url, Server.AppId, Path.Combine(Game.Root, "project" + Interlocked.Increment(ref projects)));
    }

    internal static void Open(string url, ulong appId, string folder)
    {
        Application.persistentDataPath = folder;
        Application.internetReachability = NetworkReachability.ReachableViaLocalAreaNetwork;
        Debug.Lines.Clear();
        Engine.QuitAsked = null;
        var settings = ScriptableObject.CreateInstance<BanterSettings>();
        settings.ServerUrl = url;
        settings.AppId = appId;
        Engine.Assets[BanterSettings.ResourceName] = settings;
        Hands.Load();
    }

    /// <summary>Lets time pass until something has happened. What is said when it does not.</summary>
    internal static void Until(Func<bool> done, string what)
    {
        Until(done, () => what);
    }

    internal static void Until(Func<bool> done, Func<string> what)
    {
        for (var waited = Stopwatch.StartNew(); !done(); Hands.Tick())
        {
            if (waited.Elapsed.TotalSeconds > 60) throw new TimeoutException("no " + what() + " in 60 s; console: " + string.Join(", ", Debug.Lines));
            Thread.Sleep(1);
        }
    }

    internal static void TickFor(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Hands.Tick();
            Thread.Sleep(1);
        }
    }
}

/// <summary>A game's script: it logs in, and counts what it hears.</summary>
sealed class Player : MonoBehaviour
{
    internal static string User = "alice", Ticket;
    internal static int Heard, Frames;
    internal static bool IsLoggedIn;
    internal static Exception Failure;

    async void Start()
    {
        var client = BanterClient.Default;
        client.NetworkStatusChanged += (status, code, desc) => Heard++;
        client.LoginStatusChanged += status => Heard++;
        client.Log += (level, line) => Heard++;
        try
        {
            await client.InitAsync(BanterSettings.Load());
            await client.LoginAsync(User, Ticket);
            IsLoggedIn = true;
        }
        catch (Exception e)
        {
            Failure = e;
        }
    }

    void Update()
    {
        Frames++;
    }

    /// <summary>The scene with a player in it.</summary>
    internal static void Enter()
    {
        IsLoggedIn = false;
        Failure = null;
        new GameObject("player").AddComponent<Player>();
    }
}
