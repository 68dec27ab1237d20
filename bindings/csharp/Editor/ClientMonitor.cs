using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Banter;

namespace BanterEditor
{
    /// <summary>What the window shows of one client: its state, its ticket and its last events.</summary>
    internal sealed class ClientMonitor
    {
        internal const int Events = 200;

        internal ClientMonitor(BanterClient client)
        {
            Client = client;
            Log = new EventRing(Events);
            client.NetworkStatusChanged += (status, code, desc) => Add("network " + status + (code == 0 ? "" : " " + code + " " + desc));
            client.LoginStatusChanged += status => Add("status " + status);
            client.KickedOffline += kick => Add("kicked offline: " + (kick.Reason ?? "no reason given"));
            client.UserSigExpired += () => Add("ticket expired");
            client.UserSigExpiring += left => Add("ticket expires in " + left.TotalSeconds + " s");
            client.UserSigRenewalFailed += e => Add("renewal failed: " + e.Message);
        }

        internal BanterClient Client { get; private set; }
        internal EventRing Log { get; private set; }

        /// <summary>The ticket that was used last; null before the first, or when it is not one.</summary>
        internal TicketInfo Ticket { get; set; }

        /// <summary>How long the last measured call took; null when none was.</summary>
        internal TimeSpan? RoundTrip { get; private set; }

        /// <summary>How long the ticket is still good by the server's clock; null when nobody is logged in with
        /// one.</summary>
        internal TimeSpan? TimeLeft
        {
            get
            {
                var ticket = Ticket;
                if (ticket == null || Client.LoginUserId != ticket.Owner) return null;
                var left = ticket.Expires - Client.ServerTime;
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }

        internal void Add(string text)
        {
            Log.Add(DateTime.Now, text);
        }

        /// <summary>Times the cheapest call that the server answers: the user's own status. It holds the wait
        /// for the next frame's pump.</summary>
        internal async Task MeasureAsync()
        {
            var user = Client.LoginUserId;
            if (user == "") throw new InvalidOperationException("nobody is logged in");
            var taken = Stopwatch.StartNew();
            await Client.GetUserStatusAsync(new[] { user });
            RoundTrip = taken.Elapsed;
        }
    }
}
