package files

import (
	"io"
	"net/http"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// typeOf finds the media type of a file from its first bytes, and refuses what is not of its
// kind. What the bytes do not tell may be a sound or a video: games have formats of their own.
func typeOf(bytes io.ReadSeeker, kind chat.FileKind) (string, error) {
	head := make([]byte, 3072)
	n, err := io.ReadFull(bytes, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	if _, err := bytes.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	found, _, _ := strings.Cut(mimetype.Detect(head[:n]).String(), ";")
	family, _, _ := strings.Cut(found, "/")
	switch kind {
	case chat.ImageFile, chat.SnapshotFile:
		if family != "image" || strings.HasPrefix(found, "image/svg") {
			return "", errUnreadable("the bytes are no image but %s", found)
		}
	case chat.SoundFile, chat.VideoFile:
		media := family == "audio" || family == "video" || found == "application/ogg"
		if !media && found != "application/octet-stream" {
			return "", refuse(http.StatusUnprocessableEntity, timerr.SvrResInvalidParameters,
				"the bytes are no %s but %s", kind, found)
		}
	}
	return found, nil
}

// servedAs is the type that a file is given with, and whether it may be shown rather than
// saved. Markup and scripts never come as what they are: they would run in the name of
// whoever serves them.
func servedAs(found string) (mediaType string, show bool) {
	family, kind, _ := strings.Cut(found, "/")
	switch {
	case strings.HasPrefix(kind, "svg"):
	case family == "image", family == "audio", family == "video", found == "application/ogg":
		return found, true
	case found == "application/pdf", found == "application/zip", found == "text/plain":
		return found, false
	}
	return "application/octet-stream", false
}
