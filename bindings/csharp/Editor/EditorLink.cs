using System;

namespace BanterEditor
{
    /// <summary>The link of this play. Only ws:// goes through it: that is a server for development on this
    /// machine, and TLS would notice.</summary>
    internal static class EditorLink
    {
        static CuttableLink link;
        static Uri to;

        /// <summary>Whether the window can cut the network of this play.</summary>
        internal static bool IsOpen
        {
            get { return link != null; }
        }

        internal static bool IsCut
        {
            get { return link != null && link.IsCut; }
        }

        /// <summary>Returns the address that a client of BanterSettings connects to.</summary>
        internal static string Route(string address)
        {
            Uri server;
            if (!Uri.TryCreate(address, UriKind.Absolute, out server) || server.Scheme != "ws") return address;
            if (link == null || server != to)
            {
                Close();
                link = new CuttableLink(server.Host, server.Port);
                to = server;
            }
            return new UriBuilder(server) { Host = "127.0.0.1", Port = link.Port }.Uri.ToString();
        }

        internal static void Cut(TimeSpan time)
        {
            if (link == null) throw new InvalidOperationException("only a client that began with BanterSettings, at ws://, can be cut off");
            link.Cut(time);
        }

        internal static void Close()
        {
            if (link != null) link.Dispose();
            link = null;
        }
    }
}
