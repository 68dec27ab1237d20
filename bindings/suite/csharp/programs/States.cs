// A program that ends in the middle of things, or a second device:
//
//   mono States.exe nothing|bare|initialised|logging_in|logged_in|pending pump|thread SERVER_URL APP_ID FOLDER USER TICKET
//   mono States.exe login SERVER_URL APP_ID FOLDER USER TICKET
//
// It says "there" when it has come to that state, and returns from Main at once.
using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class States
{
    static int Main(string[] args)
    {
        if (args[0] == "login")
        {
            Init(CallbackMode.Pump, args[1], args[2], args[3]);
            Wait(BanterClient.Default.LoginAsync(args[4], args[5]));
            return 0;
        }
        if (args[0] != "nothing" && BanterClient.Default.LoginStatus != LoginStatus.UnLogined) return 1; // loads the library
        if (args[0] != "nothing" && args[0] != "bare") Come(args[0], args[1] == "pump" ? CallbackMode.Pump : CallbackMode.Thread, args);
        Console.WriteLine("there");
        return 0;
    }

    static void Come(string state, CallbackMode mode, string[] args)
    {
        var client = BanterClient.Default;
        Init(mode, args[2], args[3], args[4]);
        if (state == "initialised") return;
        var login = client.LoginAsync(args[5], args[6]);
        if (state == "logging_in") return;
        Wait(login);
        for (var i = 0; state == "pending" && i < 1000; i++) client.Raw.GetUserStatus("[\"bob\"]");
    }

    static void Init(CallbackMode mode, string url, string appId, string folder)
    {
        var config = new SdkConfig { ServerUrl = url, ConfigFilePath = folder, CallbackMode = mode };
        var connected = new TaskCompletionSource<bool>();
        BanterClient.Default.NetworkStatusChanged += (status, code, desc) =>
        {
            if (status == NetworkStatus.Connected) connected.TrySetResult(true);
        };
        Wait(BanterClient.Default.InitAsync(ulong.Parse(appId), config));
        Wait(connected.Task);
    }

    static void Wait(Task task)
    {
        for (var waited = Stopwatch.StartNew(); !task.IsCompleted; BanterClient.Default.Pump())
        {
            if (waited.Elapsed.TotalSeconds > 20) throw new TimeoutException();
            Thread.Sleep(1);
        }
        task.GetAwaiter().GetResult();
    }
}
