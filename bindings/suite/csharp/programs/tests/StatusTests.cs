using System.Collections.Generic;
using Banter;

static class StatusTests
{
    public static void TypedCallsAndEventsCarryAStatus()
    {
        using (var alice = Game.Start())
        using (var bob = Game.StartBeside())
        {
            var heard = new List<UserStatus>();
            alice.Client.UserStatusChanged += heard.AddRange;
            alice.Login("alice");
            alice.Wait(alice.Client.SubscribeUserStatusAsync(new[] { "bob" }));
            bob.Login("bob");
            bob.Wait(bob.Client.SetSelfStatusAsync(new UserStatus { CustomStatus = "在线 🎮" }));
            alice.Until(() => heard.Exists(status => status.CustomStatus == "在线 🎮"), "the status of bob");
            var asked = alice.Wait(alice.Client.GetUserStatusAsync(new[] { "bob" }));
            Check.Equal(1, asked.Count, "the number of users");
            Check.Equal("bob", asked[0].Identifier, "the user");
            Check.Equal(UserStatusType.Online, asked[0].StatusType.Value, "the status");
        }
    }
}
