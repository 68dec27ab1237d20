using System;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Banter
{
    /// <summary>What a client tells of itself. In pump mode every event but UnhandledException comes from
    /// Pump.</summary>
    public sealed partial class BanterClient
    {
        const string KickedNotice = "banter_kicked";
        const string ExpiringNotice = "banter_usersig_expiring";

        readonly object eventGate = new object();
        Kick lastKick; // its notice comes before the kick itself

        /// <summary>The link to the server connects, drops or fails; the code and its text explain a
        /// failure. Listening is optional: while a login is wanted, the client connects again by
        /// itself.</summary>
        public event Action<NetworkStatus, int, string> NetworkStatusChanged;

        /// <summary>The login status has changed. What lasted shorter than a frame is not told of.</summary>
        public event Action<LoginStatus> LoginStatusChanged;

        /// <summary>Somebody logged this device out. It does not log in again by itself: two devices that did
        /// would push each other off for ever.</summary>
        public event Action<Kick> KickedOffline;

        /// <summary>The ticket has run out, and the user is logged out. With a
        /// <see cref="UserSigProvider"/> the client logs in again.</summary>
        public event Action UserSigExpired;

        /// <summary>The ticket runs out in so long. With a <see cref="UserSigProvider"/> the client replaces
        /// it.</summary>
        public event Action<TimeSpan> UserSigExpiring;

        /// <summary>The client gave up renewing the ticket: log in when what is wrong is cured.</summary>
        public event Action<Exception> UserSigRenewalFailed;

        /// <summary>A handler threw, or a provider of tickets did. Comes from any thread. Without a handler it
        /// goes to Unity's console, elsewhere to System.Diagnostics.Trace.</summary>
        public event Action<Exception> UnhandledException;

        void ListenToSession()
        {
            Raw.NetworkStatusListener += OnNetworkStatus;
            Raw.ExperimentalNotify += OnNotice;
            Raw.KickedOffline += OnKickedOffline;
            Raw.UserSigExpired += OnUserSigExpired;
        }

        internal void TellRenewalFailed(Exception e)
        {
            RaiseFromAnywhere(() =>
            {
                var handlers = UserSigRenewalFailed;
                if (handlers != null) handlers(e);
            });
        }

        void OnNetworkStatus(NetworkStatus status, int code, string desc)
        {
            var handlers = NetworkStatusChanged;
            if (handlers != null) handlers(status, code, desc);
        }

        void OnNotice(string key, string data)
        {
            if (key == KickedNotice) lastKick = JsonText.Read<Kick>(data);
            if (key != ExpiringNotice) return;
            var left = TimeSpan.FromSeconds((double)JObject.Parse(data)["expires_in"]);
            renewal.Begin(LoginUserId);
            var handlers = UserSigExpiring;
            if (handlers != null) handlers(left);
        }

        void OnKickedOffline()
        {
            renewal.Stop();
            var kick = lastKick ?? new Kick();
            lastKick = null;
            var handlers = KickedOffline;
            if (handlers != null) handlers(kick);
        }

        void OnUserSigExpired()
        {
            renewal.BeginAgain();
            var handlers = UserSigExpired;
            if (handlers != null) handlers();
        }
    }
}
