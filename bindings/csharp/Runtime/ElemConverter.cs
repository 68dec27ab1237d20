using System;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Banter
{
    /// <summary>Reads an element of a message as the class that its elem_type tells.</summary>
    internal sealed class ElemConverter : JsonConverter
    {
        public override bool CanWrite
        {
            get { return false; }
        }

        public override bool CanConvert(Type objectType)
        {
            return typeof(Elem).IsAssignableFrom(objectType);
        }

        public override object ReadJson(JsonReader reader, Type objectType, object existingValue, JsonSerializer serializer)
        {
            if (reader.TokenType == JsonToken.Null) return null;
            var json = JObject.Load(reader);
            var kind = json["elem_type"];
            var elem = objectType == typeof(Elem)
                ? Elem.OfKind(kind == null || kind.Type != JTokenType.Integer ? ElemType.Invalid : (ElemType)(int)kind)
                : (Elem)Activator.CreateInstance(objectType);
            serializer.Populate(json.CreateReader(), elem);
            return elem;
        }

        public override void WriteJson(JsonWriter writer, object value, JsonSerializer serializer)
        {
            throw new NotSupportedException("elements are written as they are");
        }
    }
}
