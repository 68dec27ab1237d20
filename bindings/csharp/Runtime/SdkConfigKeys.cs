using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Banter
{
    /// <summary>The keys that are Banter's own.</summary>
    public partial class SdkConfig
    {
        /// <summary>The server's address: wss://host:port, or ws:// on this machine. Default: the
        /// environment's BANTER_SERVER_URL, or server_url in imsdk.json in the config folder.</summary>
        [JsonProperty("sdk_config_server_url", NullValueHandling = NullValueHandling.Ignore)]
        public string ServerUrl { get; set; }

        /// <summary>Allows ws:// to other machines. Default false.</summary>
        [JsonProperty("sdk_config_allow_plaintext", NullValueHandling = NullValueHandling.Ignore)]
        public bool? AllowPlaintext { get; set; }

        /// <summary>A file of the certificates to trust, instead of the system's.</summary>
        [JsonProperty("sdk_config_tls_ca_file", NullValueHandling = NullValueHandling.Ignore)]
        public string TlsCAFile { get; set; }

        /// <summary>Pins the server's key: the SHA-256 of its SPKI, in base64.</summary>
        [JsonProperty("sdk_config_tls_pin_sha256", NullValueHandling = NullValueHandling.Ignore)]
        public string TlsPinSha256 { get; set; }

        /// <summary>Who runs answers and events. Default: the pump.</summary>
        [JsonProperty("sdk_config_callback_mode", NullValueHandling = NullValueHandling.Ignore)]
        [JsonConverter(typeof(StringEnumConverter))]
        public CallbackMode? CallbackMode { get; set; }

        /// <summary>What this device is: android, iphone, ipad, windows, mac, linux or web. Default: found
        /// out.</summary>
        [JsonProperty("sdk_config_platform", NullValueHandling = NullValueHandling.Ignore)]
        public string Platform { get; set; }
    }
}
