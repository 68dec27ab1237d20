using System;
using Banter;

static class RenewalTests
{
    public static void TellsOfExpiry()
    {
        using (var game = Game.StartBeside())
        {
            game.Login("erin", 10);
            game.Until(() => game.Heard.Contains("expiring"), "the warning");
            Check.True(game.Expiring.TotalSeconds > 0 && game.Expiring.TotalSeconds <= 10, "the time left is " + game.Expiring);
            game.Until(() => game.Heard.Contains("expired"), "the expiry");
            Check.Equal(LoginStatus.UnLogined, game.Client.LoginStatus, "the status");
            game.PumpFor(0.2);
            Check.Equal(1, game.Heard.FindAll(what => what == "expired").Count, "the number of expiries");
        }
    }

    public static void ReplacesATicketBeforeItExpires()
    {
        using (var game = Game.StartBeside())
        {
            var tickets = new Tickets(n => Server.Ticket("frank"));
            game.Client.UserSigProvider = tickets;
            game.Login("frank", 10);
            game.PumpFor(12);
            Check.Equal(1, tickets.Asked, "the number of tickets");
            Check.True(!game.Heard.Contains("expired") && !game.Heard.Contains("status UnLogined"), "no cut: " + string.Join(", ", game.Heard));
            Check.Equal("frank", game.Client.LoginUserId, "the user id");
        }
    }

    public static void AsksAgainWhenTheProviderFails()
    {
        using (var game = Game.StartBeside())
        {
            var tickets = new Tickets(n =>
            {
                if (n == 1) throw new InvalidOperationException("no way to the backend");
                return Server.Ticket("grace");
            });
            game.Client.UserSigProvider = tickets;
            game.Login("grace", 10);
            game.Until(() => tickets.Asked == 2 && game.Client.LoginStatus == LoginStatus.Logined, "the login with a new ticket");
            Check.Equal(1, game.Unhandled.Count, "what was told of the failure");
            game.Unhandled.Clear();
            game.PumpFor(12);
            Check.Equal("grace", game.Client.LoginUserId, "the user id after the old ticket's time");
            Check.Equal(2, tickets.Asked, "the number of tickets");
            Check.Equal(1, tickets.MostAtATime, "the number of fetches at a time");
        }
    }

    /// <summary>A backend whose clock is wrong gives tickets that have run out: no endless loop.</summary>
    public static void GivesUpAfterThreeExpiredTickets()
    {
        using (var game = Game.StartBeside())
        {
            var tickets = new Tickets(n => Server.ExpiredTicket("heidi"));
            game.Client.UserSigProvider = tickets;
            game.Login("heidi", 1);
            game.Until(() => game.Heard.Contains("renewal failed 70001"), "the end of the tries");
            Check.Equal(3, tickets.Asked, "the number of tickets");
            game.PumpFor(0.5);
            Check.Equal(3, tickets.Asked, "the number of tickets later");
        }
    }

    public static void ANewTicketIsNoCureForAKick()
    {
        using (var game = Game.StartBeside())
        {
            var tickets = new Tickets(n => Server.Ticket("ivan"));
            game.Client.UserSigProvider = tickets;
            game.Wait(game.Client.LoginAsync("ivan"));
            Check.Equal(1, tickets.Asked, "the number of tickets for the login");
            Server.Kick("ivan");
            game.Until(() => game.Heard.Contains("kicked"), "the kick");
            game.PumpFor(1.5);
            Check.Equal(1, tickets.Asked, "the number of tickets after the kick");
            Check.Equal(LoginStatus.UnLogined, game.Client.LoginStatus, "the status");
        }
    }

    public static void ALoginFetchesAnExpiredTicketAgainOnce()
    {
        using (var game = Game.StartBeside())
        {
            var tickets = new Tickets(n => n == 1 ? Server.ExpiredTicket("judy") : Server.Ticket("judy"));
            game.Client.UserSigProvider = tickets;
            game.Wait(game.Client.LoginAsync("judy"));
            Check.Equal(2, tickets.Asked, "the number of tickets");
            game.Client.UserSigProvider = tickets = new Tickets(n => Server.ExpiredTicket("kim"));
            Check.Equal(70001, game.Failure(game.Client.LoginAsync("kim")).Code, "the code");
            Check.Equal(2, tickets.Asked, "the number of expired tickets");
            game.Client.UserSigProvider = tickets = new Tickets(n => "broken");
            Check.Equal(70003, game.Failure(game.Client.LoginAsync("kim")).Code, "the code of a broken ticket");
            Check.Equal(1, tickets.Asked, "the number of broken tickets");
        }
    }
}
