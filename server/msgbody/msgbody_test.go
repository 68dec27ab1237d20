package msgbody

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// bodies are one of each kind, as REST writes them.
var bodies = map[string]string{
	"a text":           `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi 世界"}}]`,
	"a place":          `[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"here","Latitude":1.5,"Longitude":-2}}]`,
	"a face":           `[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1,"Data":"x"}}]`,
	"a custom element": `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"d","Desc":"e","Ext":"f","Sound":"g"}}]`,
	"a sound":          `[{"MsgType":"TIMSoundElem","MsgContent":{"Url":"u","UUID":"i","Size":1,"Second":2,"Download_Flag":2}}]`,
	"a file":           `[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","UUID":"i","FileSize":1,"FileName":"n","Download_Flag":2}}]`,
	"a video": `[{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoUrl":"u","VideoUUID":"i","VideoSize":1,"VideoSecond":2,"VideoFormat":"mp4",
		"VideoDownloadFlag":2,"ThumbUrl":"t","ThumbUUID":"j","ThumbSize":3,"ThumbWidth":4,"ThumbHeight":5,"ThumbFormat":"JPG","ThumbDownloadFlag":2}}]`,
	"an image": `[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageFormat":1,"ImageInfoArray":[
		{"Type":1,"Size":1,"Width":2,"Height":3,"URL":"o"},{"Type":2,"Size":4,"Width":5,"Height":6,"URL":"l"},{"Type":3,"Size":7,"Width":8,"Height":9,"URL":"t"}]}}]`,
	"a merger": `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","CompatibleText":"c","AbstractList":["a"],"MsgNum":1,"MsgList":[
		{"From_Account":"ann","To_Account":"bob","MsgSeq":1,"MsgRandom":2,"MsgTimeStamp":3,"CloudCustomData":"c","MsgBody":[
			{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}]}}]`,
	"two elements": `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}},{"MsgType":"TIMTextElem","MsgContent":{"Text":"b"}}]`,
}

func TestEveryKindComesBackAsItWas(t *testing.T) {
	for name, body := range bodies {
		elements, err := Parse(json.RawMessage(body))
		require.NoError(t, err, name)
		items, err := Format(elements)
		require.NoError(t, err, name)
		text, err := json.Marshal(items)
		require.NoError(t, err, name)
		assert.JSONEq(t, body, string(text), name)
	}
}

func TestABadBodyIsRefusedByItsField(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		code timerr.Code
		want string
	}{
		"nothing":              {``, 90007, "MsgBody is no array"},
		"null":                 {`null`, 90007, "MsgBody is no array"},
		"an object":            {`{}`, 90007, "MsgBody is no array"},
		"a list of numbers":    {`[7]`, 90002, "MsgBody is no array of objects"},
		"an empty list":        {`[]`, 90010, "MsgBody is empty"},
		"no type":              {`[{"MsgContent":{}}]`, 90002, "MsgBody[0].MsgType is missing"},
		"no content":           {`[{"MsgType":"TIMTextElem"}]`, 90002, "MsgBody[0].MsgContent is missing"},
		"an unknown type":      {`[{"MsgType":"TIMGroupTipElem","MsgContent":{}}]`, 90002, `MsgType "TIMGroupTipElem" is unknown`},
		"a text without text":  {`[{"MsgType":"TIMTextElem","MsgContent":{"text":"x"}}]`, 90010, "MsgBody[0].MsgContent.Text is missing"},
		"a text of numbers":    {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]`, 90010, "MsgBody[0].MsgContent.Text is no string"},
		"an image of no size":  {`[{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[{"Type":4}]}}]`, 90010, "MsgContent.ImageInfoArray[0].Type is not 1 to 3"},
		"a merger without all": {`[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"","CompatibleText":"","MsgList":[{}]}}]`, 90007, "MsgList[0].MsgBody is no array"},
	} {
		_, err := Parse(json.RawMessage(tt.body))
		assert.Equal(t, tt.code, timerr.CodeOf(err), name)
		assert.Contains(t, timerr.DescOf(err), tt.want, name)
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		elements, err := Parse(body)
		if err != nil {
			require.Contains(t, timerr.DescOf(err), "MsgBody")
			return
		}
		items, err := Format(elements)
		require.NoError(t, err, "what was taken can be told")
		require.Len(t, items, len(elements))
	})
}
