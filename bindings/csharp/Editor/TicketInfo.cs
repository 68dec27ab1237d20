using System;
using System.IO;
using System.IO.Compression;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BanterEditor
{
    /// <summary>Whose a ticket is, and until when: all of it that may be shown. The ticket itself is a secret
    /// and not kept.</summary>
    internal sealed class TicketInfo
    {
        const int LongestTicket = 64 << 10;

        TicketInfo(string owner, DateTimeOffset expires)
        {
            Owner = owner;
            Expires = expires;
        }

        internal string Owner { get; private set; }
        internal DateTimeOffset Expires { get; private set; }

        /// <summary>Reads a ticket: base64 with letters of its own, of a zlib stream, of JSON. Null for what is
        /// none.</summary>
        internal static TicketInfo Read(string ticket)
        {
            try
            {
                var packed = Convert.FromBase64String(ticket.Replace('*', '+').Replace('-', '/').Replace('_', '='));
                var said = JObject.Parse(Unpack(packed));
                var expires = (long)said["TLS.time"] + (long)said["TLS.expire"];
                return new TicketInfo((string)said["TLS.identifier"], DateTimeOffset.FromUnixTimeSeconds(expires));
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                return null;
            }
        }

        static string Unpack(byte[] packed)
        {
            if (packed.Length < 2) throw new InvalidDataException();
            // The first two bytes are zlib's own; the deflate stream comes after them.
            using (var from = new DeflateStream(new MemoryStream(packed, 2, packed.Length - 2), CompressionMode.Decompress))
            {
                var text = new byte[LongestTicket];
                var length = 0;
                for (int n; length < text.Length && (n = from.Read(text, length, text.Length - length)) > 0;) length += n;
                return Encoding.UTF8.GetString(text, 0, length);
            }
        }

        static bool IsUnreadable(Exception e)
        {
            return e is FormatException || e is IOException || e is InvalidDataException || e is JsonException ||
                e is ArgumentException || e is InvalidCastException || e is OverflowException || e is NullReferenceException;
        }
    }
}
