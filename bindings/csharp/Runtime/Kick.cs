using Newtonsoft.Json;

namespace Banter
{
    /// <summary>Why this device was logged out by somebody else.</summary>
    public sealed class Kick : JsonObject
    {
        /// <summary>Another device of the user logged in.</summary>
        public const string OtherDevice = "other_device";

        /// <summary>The game's backend or an operator did it.</summary>
        public const string Admin = "admin";

        /// <summary>The user's tickets were revoked.</summary>
        public const string TicketRevoked = "ticket_revoked";

        /// <summary>The account is gone.</summary>
        public const string AccountDeleted = "account_deleted";

        /// <summary>One of the constants here; null when the server did not say.</summary>
        [JsonProperty("reason", NullValueHandling = NullValueHandling.Ignore)]
        public string Reason { get; set; }

        /// <summary>The other device's platform, where there is one.</summary>
        [JsonProperty("platform", NullValueHandling = NullValueHandling.Ignore)]
        public string Platform { get; set; }

        /// <summary>The server's time, in seconds since 1970.</summary>
        [JsonProperty("time", NullValueHandling = NullValueHandling.Ignore)]
        public long? Time { get; set; }

        /// <summary>The other device's instance, where there is one.</summary>
        [JsonProperty("instance", NullValueHandling = NullValueHandling.Ignore)]
        public string Instance { get; set; }
    }
}
