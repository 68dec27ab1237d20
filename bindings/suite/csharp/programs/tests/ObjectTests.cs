using System.Collections.Generic;
using Banter;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

static class ObjectTests
{
    const string Received = "{\"message_msg_id\":\"m-1\",\"message_conv_type\":1,\"message_server_time\":1700000000," +
        "\"message_elem_array\":[{\"elem_type\":0,\"text_elem_content\":\"你好\"},{\"elem_type\":99,\"new_elem_key\":[1]},null]," +
        "\"key_of_tomorrow\":{\"a\":[1,2]}}";

    public static void ElementsHaveTheirClass()
    {
        var message = JsonConvert.DeserializeObject<Message>(Received);
        Check.Equal("m-1", message.MsgId, "the id");
        Check.Equal(ConvType.C2C, message.ConvType.Value, "the kind of conversation");
        Check.Equal(1700000000UL, message.ServerTime.Value, "the time");
        Check.Equal("你好", ((TextElem)message.ElemArray[0]).Content, "the text");
        Check.Equal(typeof(Elem), message.ElemArray[1].GetType(), "the class of a kind that is not known");
        Check.Equal(99, (int)message.ElemArray[1].ElemType.Value, "its kind");
        Check.True(message.ElemArray[2] == null, "null stays null");
    }

    public static void UnknownKeysAreKept()
    {
        var message = JsonConvert.DeserializeObject<Message>(Received);
        Check.True(JToken.DeepEquals(JObject.Parse(Received), JObject.Parse(message.ToJson())), "what was read is written again: " + message.ToJson());
    }

    public static void WhatIsNullIsLeftOut()
    {
        Check.Equal("{}", new Message().ToJson(), "an empty message");
        Check.True(JToken.DeepEquals(JObject.Parse("{\"elem_type\":0,\"text_elem_content\":\"hi\"}"),
            JObject.Parse(new TextElem { Content = "hi" }.ToJson())), "a text has its kind");
        var filter = new GroupModifyInfoParam { ModifyFlag = GroupModifyInfoFlag.Owner };
        Check.Equal("{\"group_modify_info_param_modify_flag\":2147483648}", filter.ToJson(), "the highest bit");
        Check.Equal("{\"sdk_config_callback_mode\":\"pump\"}", new SdkConfig { CallbackMode = CallbackMode.Pump }.ToJson(), "the callback mode");
    }

    /// <summary>Games have marks and rights of their own, up to the highest of 64 bits.</summary>
    public static void WideBitsAreKept()
    {
        const string info = "{\"conv_mark_array\":[1,4294967296,4611686018427387904,9223372036854775808]}";
        var read = JsonConvert.DeserializeObject<ConvInfo>(info);
        Check.Equal((ConversationMarkType)(1UL << 63), read.MarkArray[3], "the highest mark");
        Check.Equal(info, read.ToJson(), "the marks");
        Check.True(JsonConvert.DeserializeObject<ConversationListFilter>("{\"conversation_list_filter_mark_type\":null}").MarkType == null, "null stays null");
    }
}
