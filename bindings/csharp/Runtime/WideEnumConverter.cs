using System;
using System.Globalization;
using Newtonsoft.Json;

namespace Banter
{
    /// <summary>Reads and writes enums of 64 bits. Json.NET reads a number above the highest long as something that it
    /// cannot make an enum of.</summary>
    internal sealed class WideEnumConverter : JsonConverter
    {
        public override bool CanConvert(Type objectType)
        {
            return true; // it stands on the enums that it is for
        }

        public override object ReadJson(JsonReader reader, Type objectType, object existingValue, JsonSerializer serializer)
        {
            if (reader.TokenType == JsonToken.Null) return null;
            if (reader.TokenType != JsonToken.Integer) throw new JsonSerializationException(reader.Path + " is no whole number");
            var number = ulong.Parse(Convert.ToString(reader.Value, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            return Enum.ToObject(Nullable.GetUnderlyingType(objectType) ?? objectType, number);
        }

        public override void WriteJson(JsonWriter writer, object value, JsonSerializer serializer)
        {
            writer.WriteValue(Convert.ToUInt64(value, CultureInfo.InvariantCulture));
        }
    }
}
