/// Json on what a library brings, and on what none should.
#include <string>
#include <vector>

#include "banter/message.hpp"
#include "check.hpp"

using banter::Json;

namespace {

const char* const message = R"({"message_msg_id":"id-1","message_conv_id":"bob","message_conv_type":1,"message_sender":"alice",
 "message_is_from_self":true,"message_elem_array":[{"elem_type":0,"text_elem_content":"a \"b\" \\ \u4f60\u597d \ud83d\ude00"},
 {"elem_type":3,"custom_elem_data":"{\"x\":[1,2]}"} , {"elem_type":0,"text_elem_content":"!"},{"elem_type":-1}],
 "message_server_time":1700000000,"message_seq":18446744073709551600,"message_status":6,"message_cloud_custom_str":"","new":{"key":[true,null,-1.5e3]}})";

/// Asks for everything that there is to ask: nothing of it may read outside the text.
std::size_t ask_all(const std::string& text) {
    const Json json{std::string_view(text)};
    const auto value = banter::detail::value_of<banter::Message>(text);
    const auto list = banter::detail::value_of<std::vector<banter::Message>>(text);
    std::size_t sum = json.string().size() + json.number() + json["new"]["key"].items().size() + value.json.size() + list.size();
    for (const auto& item : json["message_elem_array"].items()) sum += item["text_elem_content"].string().size() + item.text().size();
    return sum + static_cast<std::size_t>(json.integer()) + (json.boolean() ? 1 : 0);
}

void reads_a_message() {
    const auto value = banter::detail::value_of<banter::Message>(message);
    REQUIRE(value.id == "id-1" && value.sender == "alice" && value.from_self && value.recalled());
    REQUIRE(value.conversation == "bob" && value.conversation != banter::ConversationId("bob", banter::ConvType::Group));
    REQUIRE(value.text == "a \"b\" \\ 你好 😀!");
    REQUIRE(value.time == 1700000000 && value.seq == 18446744073709551600U);
    REQUIRE(value.elements.size() == 4 && value.elements[1].type == banter::ElemType::Custom);
    REQUIRE(value.elements[3].type == banter::ElemType::Invalid);
    REQUIRE(Json(value.elements[1].json)["custom_elem_data"].string() == "{\"x\":[1,2]}");
    const auto key = Json(value.json)["new"]["key"].items();  // what the header does not know is kept
    REQUIRE(key.size() == 3 && key[0].boolean() && key[1].text() == "null" && key[2].text() == "-1.5e3");
}

void reads_texts_and_numbers() {
    const struct {
        const char* json;
        const char* text;
    } texts[] = {
        {R"("")", ""}, {R"("\b\f\n\r\t\/\"\\")", "\b\f\n\r\t/\"\\"}, {R"("\u00e9\u00C9\u0041\u20ac")", "éÉA€"}, {R"("é你😀")", "é你😀"},
        {R"("\ud83d")", "\xEF\xBF\xBD"}, {R"("\ude00\ud83d\u0041")", "\xEF\xBF\xBD\xEF\xBF\xBD" "A"}, {R"("\uZZZZ")", "\xEF\xBF\xBD"},
        {R"("\u12")", "\xEF\xBF\xBD"}, {"\"open", ""}, {"7", ""}, {"{}", ""}, {"", ""},
    };
    for (const auto& [json, text] : texts) REQUIRE(Json(json).string() == text);
    REQUIRE(Json("\"\\u0000\"").string() == std::string(1, '\0'));
    REQUIRE(Json("18446744073709551599").number() == 18446744073709551599U);
    REQUIRE(Json("18446744073709551616").number() == 0 && Json("-1").number() == 0 && Json("1.5").number() == 0);
    REQUIRE(Json("-7").integer() == -7 && Json("7").integer() == 7 && Json("-").integer() == 0);
    REQUIRE(Json("9223372036854775808").integer() == 0 && Json("\"7\"").integer() == 0);
    REQUIRE(!Json("false").boolean() && !Json("\"true\"").boolean());
    REQUIRE(Json(" [ 1 , [ 2 , 3 ] ,{ } ]\n").items().size() == 3 && Json("[]").items().empty() && Json("{}").items().empty());
    REQUIRE(Json(R"({"a":"b","b":"c","c":{"a":1}})")["b"].string() == "c" && Json(R"(["a"])")["a"].text().empty());
}

/// Each text that is cut short, and each with another character somewhere.
void reads_nothing_outside() {
    const std::string whole = message;
    std::size_t sum = 0;
    for (std::size_t at = 0; at < whole.size(); at++) {
        sum += ask_all(whole.substr(0, at)) + ask_all(whole.substr(at));
        for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', 'u', '\0', '\xff'}) {
            auto other = whole;
            other[at] = c;
            sum += ask_all(other) + ask_all("[" + other + "]");
        }
    }
    REQUIRE(sum != 0);
    REQUIRE(ask_all(std::string(1000000, '[')) != 1);  // deep, and no recursion
}

}  // namespace

void json(const test::Server&) {
    reads_a_message();
    reads_texts_and_numbers();
    reads_nothing_outside();
    REQUIRE(banter::NewMessage().text("a\"").custom("d", "e").cloud_data("c").json() ==
            R"({"message_elem_array":[{"text_elem_content":"a\"","elem_type":0},)"
            R"({"custom_elem_data":"d","custom_elem_desc":"e","elem_type":3}],"message_cloud_custom_str":"c"})");
}
