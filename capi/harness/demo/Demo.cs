// A game's first evening with the library, in C#: the transcript of demo.c. scripts/demo starts
// a server and gives it the tickets:
//
//   mono Demo.exe SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER
//   mono Demo.exe second SERVER_URL APP_ID CONFIG_FOLDER USER TICKET      (the other device)
using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class Demo
{
    static readonly BanterClient client = BanterClient.Default;
    static bool connected, kicked;

    static int Main(string[] args)
    {
        if (args[0] == "second")
        {
            Init(args[1], args[2], args[3]);
            Print("login", client.LoginAsync(args[4], args[5]));
            return 0; // the client ends with the process
        }
        Console.WriteLine("version {0}\ninit", client.Raw.GetSDKVersion());
        Init(args[0], args[1], args[2]);
        Console.WriteLine("log in");
        Print("login", client.LoginAsync(args[3], args[4]));
        PrintStatus();
        Console.WriteLine("  user id " + client.LoginUserId);
        var apart = (client.ServerTime - DateTimeOffset.UtcNow).TotalSeconds;
        Console.WriteLine("  server time: {0} here", Math.Abs(apart) <= 2 ? "the same as" : "another than");
        LogInOnSecondDevice(args);
        PrintStatus();
        TryTicket("a ticket that has expired", args[3], args[5]);
        TryTicket("a ticket made with another app's key", args[3], args[6]);
        TryTicket("a ticket cut short", args[3], args[7]);
        TryTicket("another user's ticket", args[3], args[8]);
        TryTicket("log in again", args[3], args[4]);
        Console.WriteLine("log out");
        Print("logout", client.LogoutAsync());
        PrintStatus();
        Console.WriteLine("uninit");
        client.Shutdown();
        Console.WriteLine("done");
        return 0;
    }

    static void Init(string serverUrl, string appId, string folder)
    {
        client.NetworkStatusChanged += (status, code, desc) =>
        {
            connected = status == NetworkStatus.Connected;
            Console.WriteLine("  network: " + status.ToString().ToLower() + (code == 0 ? "" : " (" + code + " " + desc + ")"));
        };
        client.KickedOffline += kick => Console.WriteLine("  kicked offline");
        client.KickedOffline += kick => kicked = true;
        client.ExperimentalNotify += (key, data) => Console.WriteLine("  notice: " + key);
        Wait(client.InitAsync(ulong.Parse(appId), new SdkConfig { ServerUrl = serverUrl, ConfigFilePath = folder }));
        PumpUntil(() => connected, "connection");
    }

    static void LogInOnSecondDevice(string[] args)
    {
        Console.WriteLine("the same user logs in on a second device");
        var command = string.Join(" ", typeof(Demo).Assembly.Location, "second", args[0], args[1], args[2] + "-second", args[3], args[4]);
        using (var second = Process.Start(new ProcessStartInfo("mono", command) { UseShellExecute = false })) second.WaitForExit();
        PumpUntil(() => kicked, "kick");
    }

    static void TryTicket(string what, string user, string ticket)
    {
        Console.WriteLine(what);
        Print("login", client.LoginAsync(user, ticket));
    }

    static void Print(string what, Task answer)
    {
        var failure = Wait(answer);
        Console.WriteLine("  {0}: {1} {2}", what, failure == null ? 0 : failure.Code, failure == null ? "" : failure.Desc);
    }

    static void PrintStatus() { Console.WriteLine("  status " + (int)client.LoginStatus); }

    // A game pumps once a frame, and awaits. This program has no frames.
    static BanterException Wait(Task answer)
    {
        PumpUntil(() => answer.IsCompleted, "answer");
        return answer.Exception == null ? null : (BanterException)answer.Exception.InnerException;
    }

    static void PumpUntil(Func<bool> done, string what)
    {
        for (var waited = Stopwatch.StartNew(); !done(); client.Pump())
        {
            if (waited.Elapsed.TotalSeconds > 20) throw new TimeoutException("no " + what + " in 20 s");
            Thread.Sleep(1);
        }
    }
}
