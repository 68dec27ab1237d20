using System;
using System.Collections.Generic;
using Banter;

namespace BanterEditor
{
    /// <summary>The monitors of all clients. Those of clients that have ended are kept until the next play
    /// begins, so that one can read what happened.</summary>
    internal static class Monitors
    {
        static readonly object gate = new object();
        static readonly List<ClientMonitor> all = new List<ClientMonitor>();
        static BanterClient[] seen;

        /// <summary>Copies them, the newest first.</summary>
        internal static ClientMonitor[] ToArray()
        {
            lock (gate)
            {
                var copy = all.ToArray();
                Array.Reverse(copy);
                return copy;
            }
        }

        internal static void Clear()
        {
            lock (gate) all.Clear();
        }

        /// <summary>Takes up clients that are new. With none it allocates nothing.</summary>
        internal static void Refresh()
        {
            var now = LiveClients.All;
            if (now != seen) Follow(now);
        }

        // Apart, so that what its delegate holds is not allocated by each refresh.
        static void Follow(BanterClient[] now)
        {
            lock (gate)
            {
                seen = now;
                if (now.Length > 0) all.RemoveAll(monitor => Array.IndexOf(now, monitor.Client) < 0);
                foreach (var client in now) Of(client);
            }
        }

        /// <summary>Notes whose ticket a client uses, and until when.</summary>
        internal static void NoteTicket(BanterClient client, string ticket)
        {
            var info = TicketInfo.Read(ticket);
            lock (gate) Of(client).Ticket = info;
        }

        internal static ClientMonitor Of(BanterClient client)
        {
            lock (gate)
            {
                var found = all.Find(monitor => monitor.Client == client);
                if (found == null) all.Add(found = new ClientMonitor(client));
                return found;
            }
        }
    }
}
