using System;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>
    /// Renews the ticket of the user who is logged in. One renewal is in flight at a time. A new ticket is
    /// fetched only because the old one runs out, and at most three times in a row because the new one has
    /// run out as well; each try waits twice as long as the one before.
    /// </summary>
    internal sealed class UserSigRenewal
    {
        const int MostTickets = 3;
        static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

        readonly object gate = new object();
        readonly BanterClient client;
        readonly Random random = new Random();
        string user; // who is to stay logged in; null when nobody is
        CancellationTokenSource running;

        internal UserSigRenewal(BanterClient client)
        {
            this.client = client;
        }

        /// <summary>The game logs a user in: whatever went on for another, or for an older ticket, ends.</summary>
        internal void Watch(string userId)
        {
            Stop();
            lock (gate) user = userId;
        }

        /// <summary>Nobody is to stay logged in.</summary>
        internal void Stop()
        {
            CancellationTokenSource ending;
            lock (gate)
            {
                ending = running;
                running = null;
                user = null;
            }
            if (ending != null) ending.Cancel();
        }

        /// <summary>The ticket of the user who is logged in is about to run out.</summary>
        internal void Begin(string userId)
        {
            lock (gate) user = userId;
            BeginAgain();
        }

        /// <summary>The ticket has run out.</summary>
        internal void BeginAgain()
        {
            var provider = client.UserSigProvider;
            CancellationTokenSource mine;
            string who;
            lock (gate)
            {
                if (provider == null || string.IsNullOrEmpty(user) || running != null) return;
                mine = running = new CancellationTokenSource();
                who = user;
            }
            _ = RenewAsync(provider, who, mine);
        }

        async Task RenewAsync(IUserSigProvider provider, string who, CancellationTokenSource mine)
        {
            try
            {
                await KeepTryingAsync(provider, who, mine.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
            }
            catch (Exception e)
            {
                if (!mine.IsCancellationRequested) client.TellRenewalFailed(e);
            }
            lock (gate)
            {
                if (running == mine) running = null;
            }
        }

        /// <summary>Tries until it has succeeded or trying again does not help.</summary>
        async Task KeepTryingAsync(IUserSigProvider provider, string who, CancellationToken cancel)
        {
            string sig = null;
            var tickets = 0;
            for (var wait = TimeSpan.FromSeconds(1);; wait = Twice(wait))
            {
                try
                {
                    if (sig == null)
                    {
                        tickets++;
                        sig = await provider.GetUserSigAsync(who, cancel).ConfigureAwait(false);
                        cancel.ThrowIfCancellationRequested();
                    }
                    await client.StartLogin(who, sig, cancel).ConfigureAwait(false);
                    return;
                }
                catch (BanterException e)
                {
                    if (e.IsUserSigExpired && tickets < MostTickets) sig = null;
                    else if (e.Advice != Advice.TryAgain) throw;
                    if (e.RetryAfter > wait) wait = e.RetryAfter;
                }
                catch (Exception e) // the provider's
                {
                    cancel.ThrowIfCancellationRequested();
                    tickets--;
                    client.Report(e);
                }
                await Task.Delay(Jitter(wait), cancel).ConfigureAwait(false);
            }
        }

        static TimeSpan Twice(TimeSpan wait)
        {
            var twice = TimeSpan.FromTicks(2 * wait.Ticks);
            return twice < LongestWait ? twice : LongestWait;
        }

        /// <summary>Not all games of an app try at the same moment.</summary>
        TimeSpan Jitter(TimeSpan wait)
        {
            lock (gate) return TimeSpan.FromTicks((long)(wait.Ticks * (1 + random.NextDouble())));
        }
    }
}
