package files

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif" // formats that are decoded
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// The shorter sides of the sizes of an image, at most.
const (
	largeSide = 720
	thumbSide = 198
)

const jpegQuality = 85

// decodable says whether the server can decode an image. Others are kept as they are.
func decodable(mediaType string, file io.ReadSeeker) (bool, error) {
	switch mediaType {
	case "image/jpeg", "image/png", "image/gif", "image/bmp", "image/vnd.mozilla.apng":
		return true, nil
	case "image/webp":
		head := make([]byte, 21)
		n, err := io.ReadFull(file, head)
		if err != nil && err != io.ErrUnexpectedEOF {
			return false, err
		}
		_, err = file.Seek(0, io.SeekStart)
		animated := n == len(head) && string(head[12:16]) == "VP8X" && head[20]&2 != 0
		return !animated, err
	}
	return false, nil
}

// madeSizes is an image as it is shown, and its smaller sizes.
type madeSizes struct {
	width, height int
	smaller       []sizedImage
}

type sizedImage struct {
	size          chat.FileSize
	width, height int
	mediaType     string
	encoded       []byte
}

// makeSizes decodes an image and makes those of its sizes that are smaller. It looks at how
// large the image claims to be before it decodes it: a few bytes may claim gigabytes.
func makeSizes(file io.ReadSeeker, maxPixels int64) (madeSizes, error) {
	config, format, err := image.DecodeConfig(file)
	if err != nil {
		return undecodable(err, format)
	}
	if pixels := int64(config.Width) * int64(config.Height); pixels > maxPixels || pixels <= 0 {
		return madeSizes{}, refuse(http.StatusRequestEntityTooLarge, timerr.SvrResSizeLimit,
			"the image has %d x %d pixels, and may have %d", config.Width, config.Height, maxPixels)
	}
	turn := upright
	if format == "jpeg" {
		if turn, err = orientationOf(file); err != nil {
			return madeSizes{}, err
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return madeSizes{}, err
	}
	source, _, err := image.Decode(file)
	if err != nil {
		return undecodable(err, format)
	}
	made := madeSizes{}
	made.width, made.height = turn.size(source.Bounds().Dx(), source.Bounds().Dy())
	for _, want := range []struct {
		size chat.FileSize
		side int
	}{{chat.LargeSize, largeSide}, {chat.ThumbSize, thumbSide}} {
		if min(made.width, made.height) <= want.side {
			continue
		}
		smaller := shrink(source, want.side)
		one, err := encode(turn.apply(smaller))
		if err != nil {
			return madeSizes{}, err
		}
		one.size = want.size
		made.smaller = append(made.smaller, one)
		source = smaller // the thumb is made from the large one
	}
	return made, nil
}

// undecodable is what an image is that its decoder refuses.
func undecodable(err error, format string) (madeSizes, error) {
	return madeSizes{}, errUnreadable("the image cannot be decoded: %s", cleanText(err, format))
}

// cleanText says what a decoder found, without what the file says.
func cleanText(err error, format string) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "it ends too early"
	case format == "":
		return "its format is not known"
	}
	return "its " + format + " data are broken"
}

// stripRows bounds what scaling needs in memory: so many rows of the result at a time.
const stripRows = 32

// shrink returns the image with a shorter side of side pixels.
func shrink(source image.Image, side int) *image.RGBA {
	from := source.Bounds()
	width, height := from.Dx(), from.Dy()
	toWidth, toHeight := side, max(side, height*side/width)
	if height < width {
		toWidth, toHeight = max(side, width*side/height), side
	}
	result := image.NewRGBA(image.Rect(0, 0, toWidth, toHeight))
	for y := 0; y < toHeight; y += stripRows {
		end := min(y+stripRows, toHeight)
		strip := image.Rect(from.Min.X, from.Min.Y+y*height/toHeight, from.Max.X, from.Min.Y+end*height/toHeight)
		draw.BiLinear.Scale(result, image.Rect(0, y, toWidth, end), source, strip, draw.Src, nil)
	}
	return result
}

// encode writes an image as JPEG, or as PNG when one can see through it.
func encode(m *image.RGBA) (sizedImage, error) {
	one := sizedImage{width: m.Bounds().Dx(), height: m.Bounds().Dy(), mediaType: "image/jpeg"}
	var to bytes.Buffer
	var err error
	if m.Opaque() {
		err = jpeg.Encode(&to, m, &jpeg.Options{Quality: jpegQuality})
	} else {
		one.mediaType = "image/png"
		err = png.Encode(&to, m)
	}
	one.encoded = to.Bytes()
	return one, err
}
