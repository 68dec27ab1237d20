using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class LoginTests
{
    public static void LogsInAndOut()
    {
        using (var game = Game.Start())
        {
            Check.Equal("", game.Client.LoginUserId, "the user id before the login");
            game.Login("alice");
            Check.Equal(LoginStatus.Logined, game.Client.LoginStatus, "the status");
            Check.Equal("alice", game.Client.LoginUserId, "the user id");
            game.Until(() => game.Heard.Contains("status Logined"), "the status of the login");
            Check.True(Math.Abs((game.Client.ServerTime - DateTimeOffset.UtcNow).TotalSeconds) < 5, "the server's time is the same as here");
            game.Wait(game.Client.LogoutAsync());
            game.Until(() => game.Heard.Contains("status UnLogined"), "the status after the logout");
            Check.Equal("", game.Client.LoginUserId, "the user id after the logout");
            game.Heard.Remove("status Logining"); // perhaps it was too short to be told of
            game.Heard.Remove("status Logouting");
            Check.Equal("network Connecting,network Connected,status Logined,status UnLogined", string.Join(",", game.Heard), "what was heard");
        }
    }

    public static void SaysWhatHelpsAgainstARefusal()
    {
        using (var game = Game.Start())
        {
            var expired = game.Failure(game.Client.LoginAsync("alice", Server.ExpiredTicket("alice")));
            Check.Equal(ErrorCode.SvrAccountUserSigExpired, expired.Code, "the code");
            Check.Equal(Advice.NewTicket, expired.Advice, "the advice");
            Check.True(expired.Desc.Contains("expired"), "the text says what is wrong: " + expired.Desc);
            var broken = game.Failure(game.Client.LoginAsync("alice", "no ticket"));
            Check.Equal(Advice.Stop, broken.Advice, "the advice against a broken ticket");
            Check.Equal(TimeSpan.Zero, broken.RetryAfter, "the wait");
            Check.True(!broken.ToString().Contains("no ticket"), "no ticket is in an exception");
            Check.Equal((int)Result.ErrParam, game.Failure(game.Client.LoginAsync("alice", "")).Code, "the code of an empty ticket");
            Check.Equal(Advice.TryAgain, new BanterException(ErrorCode.SvrAccountFreqLimit, "").Advice, "the advice against too many tries");
            Check.Equal(60.0, new BanterException(ErrorCode.SvrAccountFreqLimit, "").RetryAfter.TotalSeconds, "the wait after too many tries");
        }
    }

    public static void SwitchesAccounts()
    {
        using (var game = Game.Start())
        {
            game.Login("alice");
            game.Login("bob");
            Check.Equal("bob", game.Client.LoginUserId, "the user id");
            string first = Server.Ticket("alice"), second = Server.Ticket("bob");
            var alice = game.Client.LoginAsync("alice", first);
            game.Wait(game.Client.LoginAsync("bob", second));
            Check.Equal(7009, game.Failure(alice).Code, "the code of the login that was overtaken");
            Check.Equal("bob", game.Client.LoginUserId, "the user id after both");
            Check.True(!game.Heard.Contains("kicked"), "nobody was kicked");
        }
    }

    public static void IsKickedByTheBackend()
    {
        using (var game = Game.Start())
        {
            game.Login("carol");
            var kick = Task.Run(() => Server.Kick("carol"));
            game.Until(() => game.Heard.Contains("kicked"), "the kick");
            Check.True(game.Kick.Reason == Kick.Admin || game.Kick.Reason == Kick.TicketRevoked, "the reason: " + game.Kick.Reason);
            Check.Equal(LoginStatus.UnLogined, game.Client.LoginStatus, "the status");
            game.Wait(kick);
            game.Login("carol");
            game.Until(() => game.Heard.LastIndexOf("status Logined") > game.Heard.IndexOf("kicked"), "the status of the new login");
        }
    }

    public static void IsKickedByAnotherDevice()
    {
        using (var game = Game.Start())
        {
            game.Login("dave");
            var second = OtherProgram.Start("login", "dave", Server.Ticket("dave"));
            game.Until(() => game.Heard.Contains("kicked"), "the kick");
            Check.Equal(Kick.OtherDevice, game.Kick.Reason, "the reason");
            Check.Equal("linux", game.Kick.Platform, "the other device's platform");
            Check.True(game.Heard.Contains("status UnLogined"), "the same pump tells of the status: " + string.Join(", ", game.Heard));
            OtherProgram.End(second);
        }
    }

    public static void GivesUpWaitingWhenCancelled()
    {
        using (var game = Game.Start())
        using (var cancel = new CancellationTokenSource())
        {
            var login = game.Client.LoginAsync("alice", Server.Ticket("alice"), cancel.Token);
            cancel.Cancel();
            Check.True(login.IsCanceled, "the task is cancelled");
            Check.True(game.Client.LogoutAsync(cancel.Token).IsCanceled, "a call with a cancelled token is not made");
            game.Until(() => game.Client.LoginStatus == LoginStatus.Logined, "the login that went on");
            game.PumpFor(0.05);
            Check.True(login.IsCanceled, "the late answer changes nothing");
        }
    }

    public static void FailsBeforeInit()
    {
        using (var game = new Game())
        {
            var login = game.Client.LoginAsync("alice", "ticket");
            Check.True(!login.IsCompleted, "the answer waits for the pump");
            Check.Equal(ErrorCode.SDKNotInitialized, game.Failure(login).Code, "the code");
            Check.Equal((int)Result.ErrParam, game.Failure(game.Client.InitAsync(0)).Code, "the code of the app id 0");
        }
    }

    public static void AnswersWhatIsPendingAtShutdown()
    {
        var silent = new TcpListener(IPAddress.Loopback, 0); // nobody answers there, or the login may be done first
        silent.Start();
        using (var game = new Game())
        {
            var config = Game.Config();
            config.ServerUrl = "ws://" + silent.LocalEndpoint;
            game.Wait(game.Client.InitAsync(Server.AppId, config));
            var login = game.Client.LoginAsync("alice", Server.Ticket("alice"));
            var taken = Stopwatch.StartNew();
            game.Client.Shutdown();
            Check.True(taken.Elapsed.TotalSeconds < 2.5, "it took " + taken.Elapsed);
            Check.Equal(7009, game.Failure(login).Code, "the code of what was pending");
            var before = game.Heard.Count;
            game.PumpFor(0.05);
            Check.Equal(before, game.Heard.Count, "the number of events after the end");
            game.Heard.Clear();
            game.Init();
            game.Login("alice");
            Check.Equal(LoginStatus.Logined, game.Client.LoginStatus, "the status of the second life");
        }
        silent.Stop();
        var pending = BanterClient.Default.LoginAsync("alice", "ticket");
        BanterClient.Default.Dispose();
        Check.True(((BanterException)pending.Exception.InnerException).Code == ErrorCode.SDKNotInitialized, "a call before Init is answered by the end");
    }
}
