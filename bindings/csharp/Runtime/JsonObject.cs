using System.Collections.Generic;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Banter
{
    /// <summary>A JSON object of the API. What is null is left out.</summary>
    public abstract class JsonObject
    {
        /// <summary>Keys that this version does not know: kept, and written again.</summary>
        [JsonExtensionData]
        public IDictionary<string, JToken> OtherKeys { get; set; }

        /// <summary>Writes the object as the API reads it.</summary>
        public string ToJson()
        {
            return JsonText.Write(this);
        }
    }

    /// <summary>Objects to text and back.</summary>
    internal static class JsonText
    {
        /// <summary>Writes a value; null stays null.</summary>
        internal static string Write(object value)
        {
            return value == null ? null : JsonConvert.SerializeObject(value, Formatting.None);
        }

        internal static T Read<T>(string json)
        {
            return JsonConvert.DeserializeObject<T>(json);
        }

        internal static async Task<T> ReadAsync<T>(Task<string> answer)
        {
            return Read<T>(await answer.ConfigureAwait(false));
        }
    }
}
