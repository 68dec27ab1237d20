package core

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// gameCalls are the client's methods that answer a game.
func gameCalls() (calls []reflect.Method) {
	client := reflect.TypeFor[*Client]()
	for m := range client.Methods() {
		last := m.Type.NumIn() - 1
		if m.Type.In(last) == reflect.TypeFor[Done]() {
			calls = append(calls, m)
		}
	}
	return calls
}

// argumentsOf fills what a method takes besides its Done: texts in turn, and a number.
func argumentsOf(m reflect.Method, texts []string, number int64) (list []reflect.Value) {
	for i := 1; i < m.Type.NumIn()-1; i++ {
		kind := m.Type.In(i)
		switch kind.Kind() {
		case reflect.String:
			list = append(list, reflect.ValueOf(texts[0]))
			texts = append(slices.Clone(texts[1:]), texts[0])
		case reflect.Slice: // a body that C has checked
			list = append(list, reflect.ValueOf(json.RawMessage(texts[0])))
		case reflect.Func:
			list = append(list, reflect.Zero(kind))
		case reflect.Bool:
			list = append(list, reflect.ValueOf(number%2 == 0))
		default:
			list = append(list, reflect.ValueOf(number).Convert(kind))
		}
	}
	return list
}

// FuzzGameCalls makes any call of a game with any arguments: it is answered once, with JSON or
// nothing, nothing panics, and the client goes on. A text that looks like JSON is JSON, as C has seen
// to that.
func FuzzGameCalls(f *testing.F) {
	calls := gameCalls()
	require.Greater(f, len(calls), 50)
	texts := []string{"bob", `["c2c_bob"]`, `[{"message_conv_type":1,"message_conv_id":"bob","message_msg_id":"bob-1","message_seq":1}]`,
		`{"message_conv_type":1,"message_conv_id":"bob","message_msg_id":"bob-1","message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]}`,
		`{"msg_getmsglist_param_count":20,"msg_getmsglist_param_is_ramble":true,"msg_getmsglist_param_last_msg":{"message_msg_id":"bob-1"}}`,
		`{"msg_search_param_keyword_array":["1"],"msg_search_param_page_size":10}`, `{"conversation_list_filter_conv_type":1}`,
		`{"msg_batch_send_param_identifier_array":["bob"],"msg_batch_send_param_msg":{"message_elem_array":[{"elem_type":1,"image_elem_orig_path":"/x"}]}}`}
	for i := range calls {
		f.Add(uint8(i), texts[0], texts[1+i%(len(texts)-1)], int64(1))
		f.Add(uint8(i), texts[1+i%2], texts[0], int64(-1))
	}
	f.Fuzz(func(t *testing.T, which uint8, first, second string, number int64) {
		first, second = strings.ToValidUTF8(first, "?"), strings.ToValidUTF8(second, "?")
		for _, text := range []string{first, second} {
			if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
				if !json.Valid([]byte(text)) {
					return
				}
			}
		}
		m := calls[int(which)%len(calls)]
		if m.Name == "Request" && !json.Valid([]byte(second)) {
			return
		}
		synctest.Test(t, func(t *testing.T) { makeCall(t, m, []string{first, second}, number) })
	})
}

func makeCall(t *testing.T, m reflect.Method, texts []string, number int64) {
	server := newChatServer("ann")
	server.keeps("bob", "ann", "1")
	c, game := startChatting(t, server)
	defer c.Close()
	var answers atomic.Int32
	done := Done(func(err error, text string) {
		answers.Add(1)
		assert.True(t, text == "" || json.Valid([]byte(text)), "%s answered %q", m.Name, text)
		assert.True(t, err == nil || timerr.DescOf(err) != "", "%s failed without a word", m.Name)
	})
	m.Func.Call(slices.Concat([]reflect.Value{reflect.ValueOf(c)}, argumentsOf(m, texts, number), []reflect.Value{reflect.ValueOf(done)}))
	time.Sleep(3 * time.Minute) // of the bubble's clock: whatever waits has given up
	synctest.Wait()
	require.EqualValues(t, 1, answers.Load(), "answers of %s", m.Name)
	c.Conversations(func(error, string) { answers.Add(1) })
	synctest.Wait()
	require.EqualValues(t, 2, answers.Load(), "the client goes on after %s", m.Name)
	for _, line := range game.lines {
		require.NotContains(t, line, "panic")
	}
}
