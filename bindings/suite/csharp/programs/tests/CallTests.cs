using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class CallTests
{
    /// <summary>Calls from four threads, all in flight at once, while the collector runs all the time.</summary>
    public static void FiveThousandOverlap()
    {
        using (var game = Game.Start())
        {
            var collecting = true;
            var collector = new Thread(() => { while (Volatile.Read(ref collecting)) GC.Collect(); });
            collector.Start();
            var calls = new List<Task<SetConfig>>();
            var callers = new List<Thread>();
            for (var n = 0; n < 4; n++)
            {
                var caller = new Thread(() =>
                {
                    for (var i = 0; i < 1250; i++)
                    {
                        var call = game.Client.SetConfigAsync(new SetConfig { LogLevel = LogLevel.Error });
                        lock (calls) calls.Add(call);
                    }
                });
                caller.Start();
                callers.Add(caller);
            }
            foreach (var caller in callers) caller.Join();
            Check.Equal(5000, calls.Count, "the number of calls");
            Check.True(!calls.Exists(call => call.IsCompleted), "they overlap: the pump has not run");
            game.Wait(Task.WhenAll(calls));
            Volatile.Write(ref collecting, false);
            collector.Join();
            Check.True(calls.TrueForAll(call => call.Result.LogLevel == LogLevel.Error), "every answer is whole");
        }
    }

    public static void MemoryStaysFlat()
    {
        using (var game = Game.Start())
        {
            Call(game, 10000); // the pools of the runtime and of the library grow to their size
            var before = ResidentKB();
            Call(game, 10000);
            var grown = ResidentKB() - before;
            Check.True(grown < 4096, "10,000 calls cost " + grown + " KB");
        }
    }

    static void Call(Game game, int count)
    {
        for (var i = 0; i < count; i += 100)
        {
            var calls = new Task[100];
            for (var n = 0; n < 100; n++) calls[n] = game.Client.Raw.SetConfig("{\"set_config_log_level\":6}");
            while (!Array.TrueForAll(calls, call => call.IsCompleted)) game.Client.Pump();
        }
        for (var n = 0; n < 3; n++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    static long ResidentKB()
    {
        foreach (var line in File.ReadAllLines("/proc/self/status"))
        {
            if (line.StartsWith("VmRSS:")) return long.Parse(line.Substring(6).Replace("kB", "").Trim());
        }
        throw new Exception("no VmRSS");
    }

    /// <summary>At 24 bytes for the smallest object, two million idle frames that allocate collect.</summary>
    public static void AnIdlePumpAllocatesNothing()
    {
        using (var game = Game.Start())
        {
            game.Client.MessagesReceived += list => { };
            game.Client.ConversationsChanged += list => { };
            game.Login("alice");
            game.PumpFor(0.1);
            GC.Collect();
            var before = GC.CollectionCount(0);
            for (var i = 0; i < 2000000; i++) game.Client.Pump();
            Check.Equal(before, GC.CollectionCount(0), "the number of collections");
            for (var i = 0; i < 2000000; i++) new object().GetHashCode();
            Check.True(GC.CollectionCount(0) > before, "objects are noticed");
        }
    }

    public static void TextComesBackAsItWent()
    {
        const string text = "聊天 チャット 채팅 Ελληνικά 👩‍👩‍👧‍👦🎮 ½";
        const string visible = "聊天 チャット 채팅 🎮"; // a log writes the joiners in the other one as numbers
        using (var game = Game.Beside()) // its settings end with it
        {
            var config = Game.Config();
            config.ConfigFilePath = Path.Combine(config.ConfigFilePath, text);
            game.Wait(game.Client.InitAsync(Server.AppId, config));
            var lines = new List<string>();
            Action<LogLevel, string> hear = (level, line) => lines.Add(line);
            game.Client.Log += hear;
            game.Wait(game.Client.SetConfigAsync(new SetConfig { CallbackLogLevel = LogLevel.Info, IsLogOutputConsole = false }));
            Check.True(Directory.Exists(config.ConfigFilePath), "the folder has the name");
            game.Wait(game.Client.CallExperimentalAPIAsync(new RequestParam
            {
                InternalOperation = InternalOperation.WriteLog,
                WriteLogLogLevelParam = LogLevel.Info,
                WriteLogLogContentParam = visible,
            }));
            game.Until(() => lines.Exists(line => line.Contains(visible)), "the log line");
            game.Client.Log -= hear;
            var answer = game.Wait(game.Client.SetConfigAsync(new SetConfig
            {
                Socks5ProxyInfo = new Socks5ProxyInfo { Ip = "127.0.0.1", Port = 1080, Username = text, Password = text },
            }));
            Check.Equal(text, answer.Socks5ProxyInfo.Username, "the name");
            Check.Equal((int)Result.ErrJSON, game.Failure(game.Client.Raw.SetConfig("{\"broken")).Code, "the code of broken JSON");
            try
            {
                game.Wait(game.Client.Raw.SetConfig("{}\0"));
                Check.True(false, "a NUL is refused");
            }
            catch (ArgumentException)
            {
            }
        }
    }

    public static void ACallbackThatThrowsIsReported()
    {
        using (var game = Game.Start())
        {
            Action<LoginStatus> thrower = status => { throw new InvalidTimeZoneException("of a handler"); };
            game.Client.LoginStatusChanged += thrower;
            game.Login("alice");
            game.Client.LoginStatusChanged -= thrower;
            Check.True(game.Unhandled.Count > 0 && game.Unhandled.TrueForAll(e => e is InvalidTimeZoneException), "it was told of");
            game.Unhandled.Clear();
            game.Wait(game.Client.LogoutAsync());
            game.Login("alice");
            Check.Equal("alice", game.Client.LoginUserId, "the client goes on");
        }
    }

    sealed class Box
    {
        internal int Value = 1;
    }

    /// <summary>Mono makes the exception of a signal, which the library leaves to it.</summary>
    public static void NullDereferencesAreCaught()
    {
        Dereference("before");
        using (var game = Game.Start())
        {
            Dereference("while the library runs");
            var inside = 0;
            game.Client.LoginStatusChanged += status =>
            {
                Dereference("in a callback");
                inside++;
            };
            game.Login("alice");
            Check.True(inside > 0, "the callback ran");
        }
        Dereference("after");
    }

    static void Dereference(string when)
    {
        for (var i = 0; i < 100; i++)
        {
            try
            {
                Box none = null;
                Check.True(none.Value == 0, "never comes here");
            }
            catch (NullReferenceException)
            {
                continue;
            }
            throw new Exception("a null dereference was not caught " + when);
        }
    }

    public static void WhatIsNotBuiltSaysSo()
    {
        using (var game = Game.Start())
        {
            Check.Equal(ErrorCode.SDKNotLoggedIn, game.Failure(game.Client.Raw.CommunityGetJoinedCommunityList()).Code, "the code before the login");
            game.Login("alice");
            Check.Equal(ErrorCode.SDKInterfaceNotSupport, game.Failure(game.Client.Raw.CommunityGetJoinedCommunityList()).Code, "the code after the login");
            string messageId;
            var send = game.Client.Raw.MsgSendMessage("nobody", ConvType.C2C, new Message { ElemArray = new List<Elem> { new TextElem { Content = "hi" } } }.ToJson(), out messageId);
            Check.True(messageId != "", "the message's id is known at once");
            var failure = game.Failure(send);
            Check.Equal(ErrorCode.SvrMsgInvalidID, failure.Code, "the code of a message to nobody");
            Check.True(failure.Json.Contains(messageId), "the message comes back all the same");
        }
    }
}
