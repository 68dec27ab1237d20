package files

import (
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/banter-im/banter/server/chat"
)

const (
	maxMetadata = 4 << 10 // bytes of the header
	maxName     = 255     // bytes of a file's name
)

// metadata is what an upload says of its file.
type metadata struct {
	kind chat.FileKind
	name string
}

var kinds = []chat.FileKind{chat.ImageFile, chat.SnapshotFile, chat.SoundFile, chat.VideoFile, chat.OtherFile}

// parseMetadata reads Upload-Metadata: "key base64,key base64". Keys that are not ours are
// not looked at.
func parseMetadata(header string) (metadata, error) {
	if len(header) > maxMetadata {
		return metadata{}, badRequest("Upload-Metadata is longer than %d bytes", maxMetadata)
	}
	values := map[string]string{}
	for pair := range strings.SplitSeq(header, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "kind" && key != "filename" {
			continue
		}
		if _, twice := values[key]; twice {
			return metadata{}, badRequest("Upload-Metadata: %s stands twice", key)
		}
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return metadata{}, badRequest("Upload-Metadata: %s is not base64", key)
		}
		values[key] = string(value)
	}
	m := metadata{kind: chat.FileKind(values["kind"]), name: values["filename"]}
	if !slices.Contains(kinds, m.kind) {
		return metadata{}, badRequest("Upload-Metadata: kind is not one of image, snapshot, sound, video, file")
	}
	if len(m.name) > maxName || !utf8.ValidString(m.name) {
		return metadata{}, badRequest("Upload-Metadata: filename is not UTF-8 of at most %d bytes", maxName)
	}
	m.name = cleanName(m.name)
	return m, nil
}

// cleanName keeps of a name what a reader may take as one: no folders, nothing unseen.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1 // controls, and marks that turn the text around
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, "./") == "" {
		return ""
	}
	return name
}

// parseCount reads a header that is a number of bytes.
func parseCount(name, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || text[0] == '+' {
		return 0, badRequest("%s is missing or no number of bytes", name)
	}
	return n, nil
}
