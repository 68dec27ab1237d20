using System;
using System.Collections.Generic;

namespace BanterEditor
{
    /// <summary>What the window says of a client, in words.</summary>
    internal static class StateReport
    {
        internal static string NameOf(ClientMonitor monitor)
        {
            var user = monitor.Client.LoginUserId;
            return user != "" ? user : monitor.Client.IsInitialized ? "nobody" : "not started";
        }

        internal static IEnumerable<KeyValuePair<string, string>> Lines(ClientMonitor monitor)
        {
            yield return Line("Login", monitor.Client.LoginStatus + (monitor.Client.LoginUserId == "" ? "" : " as " + monitor.Client.LoginUserId));
            yield return Line("Ticket of", monitor.Ticket == null ? "none was used" : monitor.Ticket.Owner);
            var left = monitor.TimeLeft;
            yield return Line("Ticket good for", left == null ? "" : Span(left.Value));
            var trip = monitor.RoundTrip;
            yield return Line("Round trip", trip == null ? "not measured" : trip.Value.TotalMilliseconds.ToString("F1") + " ms, with the wait for a frame");
        }

        static KeyValuePair<string, string> Line(string name, string value)
        {
            return new KeyValuePair<string, string>(name, value);
        }

        internal static string Span(TimeSpan span)
        {
            return (span.Days > 0 ? span.Days + " d " : "") + span.ToString(@"hh\:mm\:ss");
        }
    }
}
