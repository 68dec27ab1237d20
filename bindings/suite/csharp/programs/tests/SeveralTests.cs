using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Banter;

static class SeveralTests
{
    public static void EachHasItsOwnLogin()
    {
        using (var standard = Game.Start())
        using (var left = Game.StartBeside())
        using (var right = Game.StartBeside())
        {
            standard.Login("alice");
            left.Login("bob");
            right.Login("carol");
            Check.Equal("alice bob carol", standard.Client.LoginUserId + " " + left.Client.LoginUserId + " " + right.Client.LoginUserId, "the users");
            var kick = Task.Run(() => Server.Kick("bob"));
            left.Until(() => left.Heard.Contains("kicked"), "the kick of the one");
            kick.Wait();
            right.PumpFor(0.1);
            standard.PumpFor(0.1);
            Check.True(!right.Heard.Contains("kicked") && !standard.Heard.Contains("kicked"), "the others hear nothing of it");
            right.Client.Dispose();
            Check.Equal((int)Result.ErrSdkuninit, right.Failure(right.Client.LoginAsync("carol", "ticket")).Code, "the code of a client that is gone");
            Check.Equal("alice", standard.Client.LoginUserId, "who is left");
        }
    }

    /// <summary>What a call selects must not leak into the calls of another client on the same thread.</summary>
    public static void CallsFromManyThreadsReachTheirOwn()
    {
        var games = new List<Game>();
        for (var i = 0; i < 8; i++)
        {
            games.Add(Game.StartBeside());
            games[i].Login("player" + i);
        }
        var wrong = 0;
        Parallel.For(0, 4000, i =>
        {
            if (games[i % 8].Client.LoginUserId != "player" + i % 8) Interlocked.Increment(ref wrong);
        });
        Check.Equal(0, wrong, "the number of calls that reached another client");
        Check.Equal("", BanterClient.Default.LoginUserId, "the user of the default client");
        var pass = AwaitInTurns(games);
        while (!pass.IsCompleted)
        {
            foreach (var game in games) game.Client.Pump();
        }
        pass.GetAwaiter().GetResult();
        foreach (var game in games) game.Dispose();
    }

    static async Task AwaitInTurns(List<Game> games)
    {
        for (var i = 0; i < 80; i++)
        {
            var client = games[i % 8].Client;
            await client.SetConfigAsync(new SetConfig { UserDefineData = "data" + i % 8 });
            var config = await client.SetConfigAsync(new SetConfig());
            Check.Equal("data" + i % 8, config.UserDefineData, "what was set on this client");
        }
    }
}
