using System;
using BanterEditor;
using NUnit.Framework;

namespace BanterTests
{
    public sealed class TicketInfoTests
    {
        // Of alice, made at 1700000000 for an hour, and signed with the key "key".
        const string Ticket = "eJyqVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwok5mcmpUInilOzEgoLMFCUrQ4hAakVBZlGqkpWxmYEBRKQkMzdVycrQ3AAKoBoz05WslAxTzSJ8-A2qigwsvSv1c0yzyw1CQsJKM7QLI12KUtwrHMPzoiqyI4OM3ENtlWoBAQAA--8SQS6W";

        [Test]
        public void ATicketSaysWhoseItIsAndUntilWhen()
        {
            var info = TicketInfo.Read(Ticket);
            Assert.AreEqual("alice", info.Owner);
            Assert.AreEqual(DateTimeOffset.FromUnixTimeSeconds(1700003600), info.Expires);
        }

        [Test]
        public void WhatIsNoTicketIsNull()
        {
            foreach (var text in new[] { "", "x", "no ticket", "AAAA", "eJwDAAAAAAE_", Ticket.Substring(8), Ticket.Substring(0, 40) })
            {
                Assert.IsNull(TicketInfo.Read(text), text);
            }
        }
    }
}
