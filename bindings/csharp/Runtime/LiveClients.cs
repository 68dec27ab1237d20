using System;
using System.Collections.Generic;

namespace Banter
{
    /// <summary>The clients of this program, or of this application domain: native callbacks find theirs by
    /// its number, and all of them end before the code that they would call is unloaded.</summary>
    internal static class LiveClients
    {
        static readonly object gate = new object();
        static readonly Dictionary<IntPtr, BanterClient> clients = new Dictionary<IntPtr, BanterClient>();
        static volatile BanterClient[] all = new BanterClient[0]; // the same, to go through without a lock
        static BanterClient standard;
        static int lastId;
        static bool watching;
        static volatile bool several;

        /// <summary>Whether there ever was a client beside the default one.</summary>
        internal static bool Several
        {
            get { return several; }
        }

        /// <summary>Every client. The array never changes: a new one replaces it.</summary>
        internal static BanterClient[] All
        {
            get { return all; }
        }

        internal static BanterClient Default
        {
            get
            {
                lock (gate) return standard ?? (standard = new BanterClient(0));
            }
        }

        /// <summary>Enters a client and returns its number, which native code hands back.</summary>
        internal static IntPtr Add(BanterClient client, bool beside)
        {
            lock (gate)
            {
                if (beside) several = true;
                if (!watching)
                {
                    AppDomain.CurrentDomain.DomainUnload += OnEnd;
                    AppDomain.CurrentDomain.ProcessExit += OnEnd;
                    watching = true;
                }
                var id = new IntPtr(++lastId);
                clients.Add(id, client);
                Copy();
                return id;
            }
        }

        /// <summary>Finds the client of a callback; null when it is gone.</summary>
        internal static BanterClient Find(IntPtr id)
        {
            lock (gate)
            {
                BanterClient client;
                return clients.TryGetValue(id, out client) ? client : null;
            }
        }

        /// <summary>Forgets a client that has ended. The default one is made anew when it is asked for.</summary>
        internal static void Remove(IntPtr id, BanterClient client)
        {
            lock (gate)
            {
                clients.Remove(id);
                Copy();
                if (standard == client) standard = null;
            }
        }

        static void Copy()
        {
            var copy = new BanterClient[clients.Count];
            clients.Values.CopyTo(copy, 0);
            all = copy;
        }

        /// <summary>Ends every client, and leaves the statics as they are in a program that has just
        /// started.</summary>
        internal static void Reset()
        {
            List<BanterClient> ending;
            lock (gate)
            {
                ending = new List<BanterClient>(clients.Values);
                standard = null;
            }
            foreach (var client in ending) client.Dispose();
        }

        static void OnEnd(object sender, EventArgs e)
        {
            Reset();
        }
    }
}
