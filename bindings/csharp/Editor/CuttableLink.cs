using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace BanterEditor
{
    /// <summary>A way to a server on this machine that can be cut: it passes bytes on, and while it is cut it
    /// drops every connection. The client sees what it sees when a network goes.</summary>
    internal sealed class CuttableLink : IDisposable
    {
        const int EndMilliseconds = 1000;

        readonly object gate = new object();
        readonly TcpListener listener = new TcpListener(IPAddress.Loopback, 0);
        readonly HashSet<TcpClient> open = new HashSet<TcpClient>();
        readonly string host;
        readonly int port;
        DateTime cutUntil;
        bool closed;
        int running = 1; // what passes bytes on, and what accepts

        internal CuttableLink(string host, int port)
        {
            this.host = host;
            this.port = port;
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            _ = AcceptAsync();
        }

        /// <summary>The link's own port on 127.0.0.1.</summary>
        internal int Port { get; private set; }

        internal bool IsCut
        {
            get { lock (gate) return closed || DateTime.UtcNow < cutUntil; }
        }

        /// <summary>Drops what is connected, and what connects until the time is over.</summary>
        internal void Cut(TimeSpan time)
        {
            lock (gate) cutUntil = DateTime.UtcNow + time;
            DropAll();
        }

        /// <summary>Closes the link, and waits until nothing of it runs any more: a domain that is to be
        /// unloaded should have no thread in it.</summary>
        public void Dispose()
        {
            lock (gate) closed = true;
            listener.Stop();
            DropAll();
            lock (gate) if (running > 0) Monitor.Wait(gate, EndMilliseconds);
        }

        void Ends()
        {
            lock (gate)
            {
                if (--running == 0) Monitor.PulseAll(gate);
            }
        }

        void DropAll()
        {
            TcpClient[] dropped;
            lock (gate)
            {
                dropped = new TcpClient[open.Count];
                open.CopyTo(dropped);
                open.Clear();
            }
            foreach (var connection in dropped) connection.Close();
        }

        async Task AcceptAsync()
        {
            try
            {
                while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
            catch (Exception e) when (IsEnd(e))
            {
            }
            Ends();
        }

        async Task ServeAsync(TcpClient near)
        {
            lock (gate) running++;
            using (near)
            using (var far = new TcpClient())
            {
                try
                {
                    if (Keep(near, far)) await PassOnAsync(near, far).ConfigureAwait(false);
                }
                catch (Exception e) when (IsEnd(e))
                {
                }
                lock (gate)
                {
                    open.Remove(near);
                    open.Remove(far);
                }
            }
            Ends();
        }

        /// <summary>Passes bytes on in both directions until one side has ended.</summary>
        async Task PassOnAsync(TcpClient near, TcpClient far)
        {
            await far.ConnectAsync(host, port).ConfigureAwait(false);
            NetworkStream here = near.GetStream(), there = far.GetStream();
            var both = new[] { here.CopyToAsync(there), there.CopyToAsync(here) };
            await Task.WhenAny(both).ConfigureAwait(false);
            near.Close();
            far.Close();
            await Task.WhenAll(both).ConfigureAwait(false);
        }

        bool Keep(TcpClient near, TcpClient far)
        {
            lock (gate)
            {
                if (IsCut) return false;
                open.Add(near);
                return open.Add(far);
            }
        }

        static bool IsEnd(Exception e)
        {
            return e is SocketException || e is ObjectDisposedException || e is InvalidOperationException || e is System.IO.IOException ||
                e is NullReferenceException; // a connection that was closed while it was made
        }
    }
}
