using System;

namespace BanterEditor
{
    /// <summary>The last events, and no more of them than it was made for. Any thread may add.</summary>
    internal sealed class EventRing
    {
        readonly object gate = new object();
        readonly string[] lines;
        long added;

        internal EventRing(int capacity)
        {
            lines = new string[capacity];
        }

        /// <summary>How many there are.</summary>
        internal int Count
        {
            get { lock (gate) return (int)Math.Min(added, lines.Length); }
        }

        internal void Add(DateTime time, string text)
        {
            lock (gate)
            {
                lines[added % lines.Length] = time.ToString("HH:mm:ss.fff") + "  " + text;
                added++;
            }
        }

        /// <summary>Copies them, the newest first.</summary>
        internal string[] ToArray()
        {
            lock (gate)
            {
                var copy = new string[Math.Min(added, lines.Length)];
                for (var i = 0; i < copy.Length; i++) copy[i] = lines[(added - 1 - i) % lines.Length];
                return copy;
            }
        }
    }
}
