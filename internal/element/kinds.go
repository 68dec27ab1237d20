package element

import (
	"encoding/json"
	"strconv"

	"github.com/banter-im/banter/internal/tim"
)

// form is what JSON a key has.
type form string

const (
	text     form = "string"
	integer  form = "integer"
	number   form = "number"
	truth    form = "bool"
	texts    form = "array of strings"
	messages form = "array of messages"
)

// fits says whether a value, which is valid JSON, has the form.
func (f form) fits(value json.RawMessage) bool {
	switch f {
	case text:
		return value[0] == '"'
	case integer:
		return isInteger(string(value))
	case number:
		_, err := strconv.ParseFloat(string(value), 64)
		return err == nil && value[0] != '"'
	case truth:
		return value[0] == 't' || value[0] == 'f'
	case texts:
		var list []*string
		if json.Unmarshal(value, &list) != nil || list == nil {
			return false
		}
		for _, one := range list {
			if one == nil {
				return false
			}
		}
		return true
	}
	return value[0] == '['
}

func isInteger(value string) bool {
	_, signed := strconv.ParseInt(value, 10, 64)
	_, unsigned := strconv.ParseUint(value, 10, 64)
	return signed == nil || unsigned == nil
}

// rules are those of one kind of element. Of what the C API requires, only what others get
// to see is required here: paths stay on the sender's device.
type rules struct {
	required []string
	keys     map[string]form
}

// kinds are the elements that can be sent.
var kinds = map[tim.ElemType]rules{
	tim.ElemTypeText: {
		required: []string{"text_elem_content"},
		keys: map[string]form{
			"text_elem_content": text,
		},
	},
	tim.ElemTypeImage: {
		keys: map[string]form{
			"image_elem_orig_path":        text,
			"image_elem_level":            integer,
			"image_elem_format":           integer,
			"image_elem_orig_id":          text,
			"image_elem_orig_pic_height":  integer,
			"image_elem_orig_pic_width":   integer,
			"image_elem_orig_pic_size":    integer,
			"image_elem_thumb_id":         text,
			"image_elem_thumb_pic_height": integer,
			"image_elem_thumb_pic_width":  integer,
			"image_elem_thumb_pic_size":   integer,
			"image_elem_large_id":         text,
			"image_elem_large_pic_height": integer,
			"image_elem_large_pic_width":  integer,
			"image_elem_large_pic_size":   integer,
			"image_elem_orig_url":         text,
			"image_elem_thumb_url":        text,
			"image_elem_large_url":        text,
			"image_elem_task_id":          integer,
		},
	},
	tim.ElemTypeSound: {
		keys: map[string]form{
			"sound_elem_file_path":   text,
			"sound_elem_file_size":   integer,
			"sound_elem_file_time":   integer,
			"sound_elem_file_id":     text,
			"sound_elem_business_id": integer,
			"sound_elem_url":         text,
			"sound_elem_task_id":     integer,
		},
	},
	tim.ElemTypeCustom: {
		keys: map[string]form{
			"custom_elem_data":  text,
			"custom_elem_desc":  text,
			"custom_elem_ext":   text,
			"custom_elem_sound": text,
		},
	},
	tim.ElemTypeFile: {
		keys: map[string]form{
			"file_elem_file_path":   text,
			"file_elem_file_name":   text,
			"file_elem_file_size":   integer,
			"file_elem_file_id":     text,
			"file_elem_business_id": integer,
			"file_elem_url":         text,
			"file_elem_task_id":     integer,
		},
	},
	tim.ElemTypeFace: {
		required: []string{"face_elem_index"},
		keys: map[string]form{
			"face_elem_index": integer,
			"face_elem_buf":   text,
		},
	},
	tim.ElemTypeLocation: {
		required: []string{"location_elem_longitude", "location_elem_latitude"},
		keys: map[string]form{
			"location_elem_desc":      text,
			"location_elem_longitude": number,
			"location_elem_latitude":  number,
		},
	},
	tim.ElemTypeVideo: {
		keys: map[string]form{
			"video_elem_video_type":     text,
			"video_elem_video_size":     integer,
			"video_elem_video_duration": integer,
			"video_elem_video_path":     text,
			"video_elem_video_id":       text,
			"video_elem_business_id":    integer,
			"video_elem_video_url":      text,
			"video_elem_image_type":     text,
			"video_elem_image_size":     integer,
			"video_elem_image_width":    integer,
			"video_elem_image_height":   integer,
			"video_elem_image_path":     text,
			"video_elem_image_id":       text,
			"video_elem_image_url":      text,
			"video_elem_task_id":        integer,
		},
	},
	tim.ElemTypeMerge: {
		required: []string{"merge_elem_title", "merge_elem_compatible_text"},
		keys: map[string]form{
			"merge_elem_title":            text,
			"merge_elem_abstract_array":   texts,
			"merge_elem_compatible_text":  text,
			"merge_elem_message_array":    messages,
			"merge_elem_layer_over_limit": truth,
			"merge_elem_relay_pb_key":     text,
			"merge_elem_relay_json_key":   text,
			"merge_elem_relay_buffer":     text,
		},
	},
}
