using System;
using System.Reflection;
using System.Threading;
using Banter;

/// <summary>What runs in an application domain that is unloaded with everything in flight.</summary>
public sealed class Guest : MarshalByRefObject
{
    /// <summary>Leaves a client with listeners, a login and unanswered calls.</summary>
    public void Begin(string url, ulong appId, string folder, string ticket, bool pump)
    {
        var client = BanterClient.Default;
        client.NetworkStatusChanged += (status, code, desc) => Thread.Sleep(1);
        client.Log += (level, line) => { };
        if (!pump) client.Raw.GetUserStatus("[\"bob\"]"); // before Init: nobody pumps for its answer
        client.InitAsync(appId, new SdkConfig
        {
            ServerUrl = url,
            ConfigFilePath = folder,
            CallbackMode = pump ? CallbackMode.Pump : CallbackMode.Thread,
        }).GetAwaiter().GetResult();
        client.LoginAsync("alice", ticket);
        for (var i = 0; i < 20; i++) client.Raw.GetUserStatus("[\"bob\"]");
        client.Pump(1);
    }
}

static class DomainTests
{
    // Fifty take most of a minute.
    static readonly int rounds = Environment.GetEnvironmentVariable("BANTER_LONG") == null ? 4 : 50;

    public static void UnloadsInPumpMode()
    {
        Unload(true);
    }

    public static void UnloadsInThreadMode()
    {
        Unload(false);
    }

    /// <summary>The library stays loaded and alive. A call into a domain that is gone would end the
    /// process.</summary>
    static void Unload(bool pump)
    {
        var ticket = Server.Ticket("alice");
        var folder = Game.Config().ConfigFilePath;
        for (var i = 0; i < rounds; i++)
        {
            var domain = AppDomain.CreateDomain("game " + i);
            var guest = (Guest)domain.CreateInstanceAndUnwrap(Assembly.GetExecutingAssembly().FullName, typeof(Guest).FullName);
            guest.Begin(Server.Url, Server.AppId, folder, ticket, pump);
            AppDomain.Unload(domain);
        }
        using (var game = Game.Start())
        {
            game.Login("alice");
            Check.Equal("alice", game.Client.LoginUserId, "the user id in the domain that is left");
        }
    }
}
