package core

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// filePart is a file that an element has, by the keys that tell of it.
type filePart struct {
	kind, path, id, url, size string // kind is the server's word
	limit                     int64  // bytes
	optional                  bool
}

const (
	maxSmallFile = 28 << 20  // an image, a sound, a snapshot
	maxLargeFile = 100 << 20 // a video, any other file
)

// fileParts are the files of elements, by their kind.
var fileParts = map[tim.ElemType][]filePart{
	tim.ElemTypeImage: {{kind: "image", path: "image_elem_orig_path", id: "image_elem_orig_id", url: "image_elem_orig_url",
		size: "image_elem_orig_pic_size", limit: maxSmallFile}},
	tim.ElemTypeSound: {{kind: "sound", path: "sound_elem_file_path", id: "sound_elem_file_id", url: "sound_elem_url",
		size: "sound_elem_file_size", limit: maxSmallFile}},
	tim.ElemTypeFile: {{kind: "file", path: "file_elem_file_path", id: "file_elem_file_id", url: "file_elem_url",
		size: "file_elem_file_size", limit: maxLargeFile}},
	tim.ElemTypeVideo: {
		{kind: "video", path: "video_elem_video_path", id: "video_elem_video_id", url: "video_elem_video_url",
			size: "video_elem_video_size", limit: maxLargeFile},
		{kind: "snapshot", path: "video_elem_image_path", id: "video_elem_image_id", url: "video_elem_image_url",
			size: "video_elem_image_size", limit: maxSmallFile, optional: true},
	},
}

// made are the keys of the sizes that the server makes of an image: id and address.
var made = [][2]string{{"image_elem_large_id", "image_elem_large_url"}, {"image_elem_thumb_id", "image_elem_thumb_url"}}

const mergedKey = "merge_elem_message_array"

// fields are an element's, or a message's.
type fields map[string]json.RawMessage

func (f fields) text(key string) string {
	var text string
	_ = json.Unmarshal(f[key], &text) // "" when it is null, or no text
	return text
}

func (f fields) set(key string, value any) { f[key] = json.RawMessage(textOf(value)) }

// setIfNone sets what the game has left out.
func (f fields) setIfNone(key string, value any) {
	if given := string(f[key]); given == "" || given == "null" || given == `""` || given == "0" {
		f.set(key, value)
	}
}

func (f fields) kind() tim.ElemType {
	kind := tim.ElemTypeInvalid
	_ = json.Unmarshal(f["elem_type"], &kind)
	return kind
}

// fileWords stand in all elements that have a file, and in mergers, which may.
var fileWords = [][]byte{[]byte(`"image_elem_`), []byte(`"sound_elem_`), []byte(`"file_elem_`), []byte(`"video_elem_`), []byte(`"merge_elem_`)}

// fieldsOf are those of an element, which is known to be good.
func fieldsOf(element json.RawMessage) (f fields) {
	_ = json.Unmarshal(element, &f)
	return f
}

// withFile returns the fields of an element that tells of a file or is a merger; ok is false
// for the others, most of which are not even parsed.
func withFile(element json.RawMessage) (f fields, ok bool) {
	for _, word := range fileWords {
		ok = ok || bytes.Contains(element, word)
	}
	if !ok || json.Unmarshal(element, &f) != nil || f == nil {
		return nil, false
	}
	kind := f.kind()
	return f, fileParts[kind] != nil || kind == tim.ElemTypeMerge
}

// merged changes the elements of the messages in a merger.
func (f fields) merged(change func(elements []json.RawMessage) []json.RawMessage) {
	var messages []fields
	if json.Unmarshal(f[mergedKey], &messages) != nil || len(messages) == 0 {
		return
	}
	for _, m := range messages {
		var elements []json.RawMessage
		if json.Unmarshal(m["message_elem_array"], &elements) == nil && elements != nil {
			m.set("message_elem_array", change(elements))
		}
	}
	f.set(mergedKey, messages)
}

// private returns elements without what others must not have: where files are on this device,
// and addresses with a token.
func private(elements []json.RawMessage) []json.RawMessage {
	without := make([]json.RawMessage, len(elements))
	for i, one := range elements {
		without[i] = one
		f, ok := withFile(one)
		if !ok {
			continue
		}
		for _, p := range fileParts[f.kind()] {
			delete(f, p.path)
			f.forget(p.id, p.url)
		}
		for _, keys := range made {
			f.forget(keys[0], keys[1])
		}
		f.merged(private)
		without[i] = json.RawMessage(textOf(f))
	}
	return without
}

// forget drops an address of ours. What it leads to is known by its id.
func (f fields) forget(idKey, urlKey string) {
	id, ours := fileOf(f.text(urlKey))
	if !ours {
		return
	}
	delete(f, urlKey)
	if f.text(idKey) == "" {
		f.set(idKey, id)
	}
}

// localFile is a file of this device that stands in a message, and how far its upload has come.
type localFile struct {
	Element  int    `json:"element"`
	Key      string `json:"key"` // of the path
	Path     string `json:"path"`
	Upload   string `json:"upload,omitempty"` // the server's id of it, once that is known
	Size     int64  `json:"size,omitempty"`
	Modified int64  `json:"modified,omitempty"` // UNIX nanoseconds
}

// part is what f is of an element of a kind.
func (f localFile) part(kind tim.ElemType) filePart {
	for _, p := range fileParts[kind] {
		if p.path == f.Key {
			return p
		}
	}
	return filePart{}
}

// localFiles returns the files of elements that the game has on this device. An element that
// has no file at all is refused.
func localFiles(elements []json.RawMessage) (files []localFile, err error) {
	for i, one := range elements {
		f := fieldsOf(one)
		for _, p := range fileParts[f.kind()] {
			path := f.text(p.path)
			if path != "" {
				files = append(files, localFile{Element: i, Key: p.path, Path: path})
			} else if f.text(p.id) == "" && f.text(p.url) == "" && !p.optional {
				err = first(err, timerr.Newf(timerr.InvalidParameters, "message_elem_array[%d].%s is missing", i, p.path))
			}
		}
	}
	return files, err
}

// lacking returns the files that are to be uploaded: of which the message has neither an id nor
// an address.
func lacking(elements []json.RawMessage, files []localFile) (list []int) {
	for n, file := range files {
		f := fieldsOf(elements[file.Element])
		if p := file.part(f.kind()); f.text(p.id) == "" && f.text(p.url) == "" {
			list = append(list, n)
		}
	}
	return list
}

// announce puts what is known of a file before its upload into its element.
func announce(elements []json.RawMessage, file localFile) {
	f := fieldsOf(elements[file.Element])
	f.set(file.part(f.kind()).size, file.Size)
	name := filepath.Base(file.Path)
	extension := strings.TrimPrefix(filepath.Ext(name), ".")
	switch file.Key {
	case "file_elem_file_path":
		f.setIfNone("file_elem_file_name", name)
	case "video_elem_video_path":
		f.setIfNone("video_elem_video_type", extension)
	case "video_elem_image_path":
		f.setIfNone("video_elem_image_type", extension)
	}
	elements[file.Element] = json.RawMessage(textOf(f))
}

var imageFormats = map[string]int{"image/jpeg": 1, "image/gif": 2, "image/png": 3, "image/bmp": 4}

const otherFormat = 0xff

// deliver puts what the server has made of a file into its element.
func deliver(elements []json.RawMessage, file localFile, u wire.FileInfo) {
	f := fieldsOf(elements[file.Element])
	p := file.part(f.kind())
	f.set(p.id, u.ID)
	f.set(p.size, u.Size)
	for _, image := range u.Images {
		switch {
		case p.kind == "image":
			f.deliverImage(image)
		case p.kind == "snapshot" && image.Size == "original":
			f.setIfNone("video_elem_image_width", image.Width)
			f.setIfNone("video_elem_image_height", image.Height)
		}
	}
	if p.kind == "image" {
		f.set("image_elem_format", cmp.Or(imageFormats[u.Type], otherFormat))
	}
	elements[file.Element] = json.RawMessage(textOf(f))
}

func (f fields) deliverImage(image wire.FileImage) {
	name := map[string]string{"original": "orig", "large": "large", "thumb": "thumb"}[image.Size]
	if name == "" {
		return // a size of a newer server
	}
	key := "image_elem_" + name
	f.set(key+"_id", image.ID)
	f.set(key+"_pic_width", image.Width)
	f.set(key+"_pic_height", image.Height)
	f.set(key+"_pic_size", image.Bytes)
}

// present returns elements as the game gets them: with the addresses of their files, and with
// where these are on this device.
func (l *fileLinks) present(elements []json.RawMessage, files []localFile) []json.RawMessage {
	shown := elements
	for i, one := range elements {
		f, ok := withFile(one)
		if !ok { // what is uploaded has its size at least
			continue
		}
		for _, p := range fileParts[f.kind()] {
			f.link(l, p.id, p.url)
		}
		if f.kind() == tim.ElemTypeImage {
			for _, keys := range made {
				f.link(l, keys[0], keys[1])
			}
		}
		f.merged(func(elements []json.RawMessage) []json.RawMessage { return l.present(elements, nil) })
		for _, file := range files {
			if file.Element == i {
				f.set(file.Key, file.Path)
			}
		}
		if &shown[0] == &elements[0] {
			shown = append([]json.RawMessage(nil), elements...)
		}
		shown[i] = json.RawMessage(textOf(f))
	}
	return shown
}

// link sets the address of a file that is known by its id, unless the message has another one.
func (f fields) link(l *fileLinks, idKey, urlKey string) {
	if id := f.text(idKey); id != "" && f.text(urlKey) == "" {
		f.set(urlKey, l.to(id))
	}
}
