package msgbody

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// kind is how one kind of element is written.
type kind struct {
	name   string
	elem   tim.ElemType
	keys   map[string]string // by REST's name
	always map[string]string // what is the same in every one, such as a flag
}

var kinds = []kind{
	{name: "TIMTextElem", elem: tim.ElemTypeText, keys: map[string]string{"Text": "text_elem_content"}},
	{name: "TIMLocationElem", elem: tim.ElemTypeLocation, keys: map[string]string{
		"Desc": "location_elem_desc", "Latitude": "location_elem_latitude", "Longitude": "location_elem_longitude"}},
	{name: "TIMFaceElem", elem: tim.ElemTypeFace, keys: map[string]string{"Index": "face_elem_index", "Data": "face_elem_buf"}},
	{name: "TIMCustomElem", elem: tim.ElemTypeCustom, keys: map[string]string{
		"Data": "custom_elem_data", "Desc": "custom_elem_desc", "Ext": "custom_elem_ext", "Sound": "custom_elem_sound"}},
	{name: "TIMSoundElem", elem: tim.ElemTypeSound, always: map[string]string{"Download_Flag": "2"}, keys: map[string]string{
		"Url": "sound_elem_url", "UUID": "sound_elem_file_id", "Size": "sound_elem_file_size", "Second": "sound_elem_file_time"}},
	{name: "TIMFileElem", elem: tim.ElemTypeFile, always: map[string]string{"Download_Flag": "2"}, keys: map[string]string{
		"Url": "file_elem_url", "UUID": "file_elem_file_id", "FileSize": "file_elem_file_size", "FileName": "file_elem_file_name"}},
	{name: "TIMVideoFileElem", elem: tim.ElemTypeVideo,
		always: map[string]string{"VideoDownloadFlag": "2", "ThumbDownloadFlag": "2"}, keys: map[string]string{
			"VideoUrl": "video_elem_video_url", "VideoUUID": "video_elem_video_id", "VideoSize": "video_elem_video_size",
			"VideoSecond": "video_elem_video_duration", "VideoFormat": "video_elem_video_type",
			"ThumbUrl": "video_elem_image_url", "ThumbUUID": "video_elem_image_id", "ThumbSize": "video_elem_image_size",
			"ThumbWidth": "video_elem_image_width", "ThumbHeight": "video_elem_image_height", "ThumbFormat": "video_elem_image_type"}},
	{name: "TIMImageElem", elem: tim.ElemTypeImage,
		keys: map[string]string{"UUID": "image_elem_orig_id", "ImageFormat": "image_elem_format"}},
	{name: "TIMRelayElem", elem: tim.ElemTypeMerge, keys: map[string]string{
		"Title": "merge_elem_title", "CompatibleText": "merge_elem_compatible_text",
		"AbstractList": "merge_elem_abstract_array", "JsonMsgKey": "merge_elem_relay_json_key"}},
}

// restNames puts REST's names into a text about elements.
var restNames = func() *strings.Replacer {
	pairs := []string{"message_elem_array", "MsgBody", "merge_elem_message_array", "MsgContent.MsgList", "elem_type", "MsgType"}
	for _, k := range kinds {
		for rest, key := range k.keys {
			pairs = append(pairs, key, "MsgContent."+rest)
		}
	}
	return strings.NewReplacer(pairs...)
}()

// parseMore reads what is more than keys in an element's content.
func (k kind) parseMore(here string, content, element map[string]json.RawMessage) error {
	switch k.elem {
	case tim.ElemTypeImage:
		return parseImage(here, content, element)
	case tim.ElemTypeMerge:
		return parseRelay(here, content, element)
	}
	return nil
}

// formatMore writes what parseMore reads.
func (k kind) formatMore(element, content map[string]json.RawMessage) error {
	switch k.elem {
	case tim.ElemTypeImage:
		return formatImage(element, content)
	case tim.ElemTypeMerge:
		return formatRelay(element, content)
	}
	return nil
}

// imageSizes are the sizes of an image by REST's Type, from 1.
var imageSizes = []string{"orig", "large", "thumb"}

// imageKeys are what the C API calls a property of an image's size.
var imageKeys = map[string]string{
	"Size": "image_elem_%s_pic_size", "Width": "image_elem_%s_pic_width", "Height": "image_elem_%s_pic_height", "URL": "image_elem_%s_url"}

func parseImage(here string, content, element map[string]json.RawMessage) error {
	list := content["ImageInfoArray"]
	if len(list) == 0 {
		return nil
	}
	var infos []map[string]json.RawMessage
	if json.Unmarshal(list, &infos) != nil {
		return timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s.ImageInfoArray is no array of objects", here)
	}
	for i, info := range infos {
		var size int
		if json.Unmarshal(info["Type"], &size) != nil || size < 1 || size > len(imageSizes) {
			return timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s.ImageInfoArray[%d].Type is not 1 to %d", here, i, len(imageSizes))
		}
		for rest, key := range imageKeys {
			if value := info[rest]; len(value) > 0 {
				element[fmt.Sprintf(key, imageSizes[size-1])] = value
			}
		}
	}
	return nil
}

func formatImage(element, content map[string]json.RawMessage) (err error) {
	infos := []map[string]json.RawMessage{}
	for i, size := range imageSizes {
		info := map[string]json.RawMessage{}
		for rest, key := range imageKeys {
			if value := element[fmt.Sprintf(key, size)]; len(value) > 0 {
				info[rest] = value
			}
		}
		if len(info) > 0 {
			info["Type"] = json.RawMessage(fmt.Sprint(i + 1))
			infos = append(infos, info)
		}
	}
	content["ImageInfoArray"], err = json.Marshal(infos)
	return err
}

// mergedKeys are those of a message in a merger, besides its elements.
var mergedKeys = map[string]string{
	"From_Account": "message_sender", "To_Account": "message_conv_id", "MsgSeq": "message_seq", "MsgRandom": "message_rand",
	"MsgTimeStamp": "message_server_time", "CloudCustomData": "message_cloud_custom_str"}

func parseRelay(here string, content, element map[string]json.RawMessage) error {
	list := content["MsgList"]
	if len(list) == 0 {
		return nil
	}
	var messages []map[string]json.RawMessage
	if json.Unmarshal(list, &messages) != nil {
		return timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s.MsgList is no array of objects", here)
	}
	merged := make([]map[string]any, len(messages))
	for i, m := range messages {
		elements, err := parse(fmt.Sprintf("%s.MsgList[%d].MsgBody", here, i), m["MsgBody"])
		if err != nil {
			return err
		}
		merged[i] = map[string]any{"message_elem_array": elements, "message_conv_type": tim.ConvTypeC2C}
		for rest, key := range mergedKeys {
			if value := m[rest]; len(value) > 0 {
				merged[i][key] = value
			}
		}
	}
	raw, err := json.Marshal(merged)
	element["merge_elem_message_array"] = raw
	return err
}

func formatRelay(element, content map[string]json.RawMessage) error {
	list := element["merge_elem_message_array"]
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	var messages []map[string]json.RawMessage
	if err := json.Unmarshal(list, &messages); err != nil {
		return err
	}
	merged := make([]map[string]any, len(messages))
	for i, m := range messages {
		var elements []json.RawMessage
		if err := json.Unmarshal(m["message_elem_array"], &elements); err != nil {
			return err
		}
		body, err := Format(elements)
		if err != nil {
			return err
		}
		merged[i] = map[string]any{"MsgBody": body}
		for rest, key := range mergedKeys {
			if value := m[key]; len(value) > 0 {
				merged[i][rest] = value
			}
		}
	}
	content["MsgNum"] = json.RawMessage(fmt.Sprint(len(merged)))
	raw, err := json.Marshal(merged)
	content["MsgList"] = raw
	return err
}
