// A game's first evening with the library, in C#: the transcript of demo.c. scripts/demo starts
// a server and gives it the tickets:
//
//   mono Demo.exe SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER
//   mono Demo.exe second SERVER_URL APP_ID CONFIG_FOLDER USER TICKET      (the other device)
using System;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class Demo
{
    static readonly BanterClient client = BanterClient.Default, bob = BanterClient.Create();
    static bool connected, kicked;
    static Message heard;

    static int Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var isSecond = args[0] == "second";
        if (isSecond) args = args.Skip(1).ToArray();
        else Console.WriteLine("version {0}\ninit", client.Raw.GetSDKVersion());
        Init(args[0], args[1], args[2]);
        if (isSecond) return Try(null, client.LoginAsync(args[3], args[4])); // the client ends with the process
        Try("log in", client.LoginAsync(args[3], args[4]));
        Console.WriteLine("  status {0}\n  user id {1}", (int)client.LoginStatus, client.LoginUserId);
        var apart = (client.ServerTime - DateTimeOffset.UtcNow).TotalSeconds;
        Console.WriteLine("  server time: {0} here", Math.Abs(apart) <= 2 ? "the same as" : "another than");
        LogInOnSecondDevice(args);
        Try("a ticket that has expired", client.LoginAsync(args[3], args[5]));
        Try("a ticket made with another app's key", client.LoginAsync(args[3], args[6]));
        Try("a ticket cut short", client.LoginAsync(args[3], args[7]));
        Try("another user's ticket", client.LoginAsync(args[3], args[8]));
        Try("log in again", client.LoginAsync(args[3], args[4]));
        Wait(bob.InitAsync(ulong.Parse(args[1]), new SdkConfig { ServerUrl = args[0], ConfigFilePath = args[2] + "-bob" }));
        Wait(bob.LoginAsync("bob", args[8])); // another user's ticket is good for that user
        Say(client, bob, "Hello, bob!");
        Say(bob, client, "Hello, alice! 你好");
        Try("log out", client.LogoutAsync(), "logout");
        Console.WriteLine("  status {0}\nuninit", (int)client.LoginStatus);
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
        client.KickedOffline += kick => { kicked = true; Console.WriteLine("  kicked offline"); };
        client.ExperimentalNotify += (key, data) => Console.WriteLine("  notice: " + key);
        foreach (var one in new[] { client, bob }) one.MessagesReceived += list => heard = list[0];
        Wait(client.InitAsync(ulong.Parse(appId), new SdkConfig { ServerUrl = serverUrl, ConfigFilePath = folder }));
        PumpUntil(() => connected, "connection");
    }

    static void LogInOnSecondDevice(string[] args)
    {
        Console.WriteLine("the same user logs in on a second device");
        var command = string.Join(" ", typeof(Demo).Assembly.Location, "second", args[0], args[1], args[2] + "-second", args[3], args[4]);
        using (var second = Process.Start(new ProcessStartInfo("mono", command) { UseShellExecute = false })) second.WaitForExit();
        PumpUntil(() => kicked, "kick");
        Console.WriteLine("  status " + (int)client.LoginStatus);
    }

    static int Try(string title, Task call, string what = "login")
    {
        if (title != null) Console.WriteLine(title);
        var failure = Wait(call);
        Console.WriteLine("  {0}: {1} {2}", what, failure?.Code ?? 0, failure?.Desc);
        return failure?.Code ?? 0;
    }

    static void Say(BanterClient from, BanterClient to, string text)
    {
        Console.WriteLine("{0,-5} -> {1}: {2}", from.LoginUserId, to.LoginUserId, text);
        Wait(from.GetConversation(to.LoginUserId).SendTextAsync(text));
        PumpUntil(() => heard != null && heard.Text == text, "message");
        Console.WriteLine("{0,-5} <- {1}: {2}", to.LoginUserId, heard.Sender, heard.Text);
    }

    // A game pumps once a frame, and awaits. This program has no frames.
    static BanterException Wait(Task answer)
    {
        PumpUntil(() => answer.IsCompleted, "answer");
        return (BanterException)answer.Exception?.InnerException;
    }

    static void PumpUntil(Func<bool> done, string what)
    {
        for (var waited = Stopwatch.StartNew(); !done(); client.Pump(), bob.Pump(), Thread.Sleep(1))
            if (waited.Elapsed.TotalSeconds > 20) throw new TimeoutException("no " + what + " in 20 s");
    }
}
