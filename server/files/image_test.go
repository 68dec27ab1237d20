package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// quarters is an image of four colours: red and green above, blue and white below.
func quarters(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < width/2 && y < height/2:
				c = color.RGBA{255, 0, 0, 255}
			case y < height/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < width/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m))
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	return b.Bytes()
}

// turnedJPEG is a JPEG whose EXIF says how it is to be turned.
func turnedJPEG(t testing.TB, m image.Image, o orientation) []byte {
	t.Helper()
	tiff := binary.BigEndian.AppendUint16([]byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01"), orientationTag)
	tiff = append(tiff, 0, 3, 0, 0, 0, 1, 0, byte(o), 0, 0, 0, 0, 0, 0)
	exif := append([]byte("Exif\x00\x00"), tiff...)
	plain := jpegOf(t, m)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(head, exif...), plain[2:]...)
}

// show decodes a size of an image, and checks that it is as large as is said.
func (n *node) show(token string, size wire.FileImage) image.Image {
	n.t.Helper()
	r := n.get(token, size.ID)
	require.Equal(n.t, http.StatusOK, r.StatusCode)
	assert.EqualValues(n.t, len(r.body), size.Bytes)
	m, _, err := image.Decode(bytes.NewReader(r.body))
	require.NoError(n.t, err)
	return m
}

// assertQuarters requires the four colours where they are to be.
func assertQuarters(t *testing.T, m image.Image) {
	t.Helper()
	b := m.Bounds()
	for i, want := range []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}} {
		r, g, blue, _ := m.At(b.Min.X+b.Dx()/4+i%2*b.Dx()/2, b.Min.Y+b.Dy()/4+i/2*b.Dy()/2).RGBA()
		for j, channel := range [][2]uint32{{r >> 8, uint32(want.R)}, {g >> 8, uint32(want.G)}, {blue >> 8, uint32(want.B)}} {
			assert.InDelta(t, channel[1], channel[0], 12, "quarter %d, channel %d", i, j)
		}
	}
}

func TestAnImageHasThreeSizes(t *testing.T) {
	n := newSite(t).node(Config{})
	for _, tt := range []struct {
		name                  string
		width, height         int
		large, thumb          [2]int
		largeIsOwn, thumbsOwn bool
	}{
		{"wide", 1600, 1200, [2]int{960, 720}, [2]int{264, 198}, true, true},
		{"high", 800, 1600, [2]int{720, 1440}, [2]int{198, 396}, true, true},
		{"medium", 720, 900, [2]int{720, 900}, [2]int{198, 247}, false, true},
		{"small", 198, 300, [2]int{198, 300}, [2]int{198, 300}, false, false},
		{"a line", 3000, 1, [2]int{3000, 1}, [2]int{3000, 1}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := jpegOf(t, quarters(tt.width, tt.height))
			info := n.uploaded(ann, "image", "a.jpg", content)
			assert.Equal(t, "image/jpeg", info.Type)
			require.Len(t, info.Images, 3)
			original, large, thumb := info.Images[0], info.Images[1], info.Images[2]
			assert.Equal(t, wire.FileImage{Size: "original", ID: info.ID, Width: tt.width, Height: tt.height, Bytes: int64(len(content))}, original)
			assert.Equal(t, []any{"large", tt.large[0], tt.large[1]}, []any{large.Size, large.Width, large.Height})
			assert.Equal(t, []any{"thumb", tt.thumb[0], tt.thumb[1]}, []any{thumb.Size, thumb.Width, thumb.Height})
			assert.Equal(t, tt.largeIsOwn, large.ID != info.ID)
			assert.Equal(t, tt.thumbsOwn, thumb.ID != info.ID)
			for _, size := range info.Images {
				m := n.show(bob, size)
				assert.Equal(t, [2]int{size.Width, size.Height}, [2]int{m.Bounds().Dx(), m.Bounds().Dy()})
				if size.Height > 1 {
					assertQuarters(t, m)
				}
			}
			assert.Equal(t, info, n.do(http.MethodGet, wire.FilesPath+info.ID+"/info?t=1%20bob", nil).info(t))
		})
	}
}

func TestEveryOrientationIsShownUpright(t *testing.T) {
	n := newSite(t).node(Config{})
	upright := quarters(480, 320)
	for o := orientation(1); o <= 8; o++ {
		stored := inverse(o).apply(upright)
		info := n.uploaded(ann, "image", "a.jpg", turnedJPEG(t, stored, o))
		assert.Equal(t, [2]int{480, 320}, [2]int{info.Images[0].Width, info.Images[0].Height}, "orientation %d", o)
		thumb := n.show(ann, info.Images[2])
		assert.Equal(t, [2]int{297, 198}, [2]int{thumb.Bounds().Dx(), thumb.Bounds().Dy()}, "orientation %d", o)
		assertQuarters(t, thumb)
	}
}

// inverse is the orientation that undoes o.
func inverse(o orientation) orientation {
	switch o {
	case 6:
		return 8
	case 8:
		return 6
	}
	return o
}

func TestOtherFormatsHaveSizes(t *testing.T) {
	n := newSite(t).node(Config{})
	seen := quarters(400, 300)
	var asGIF, asBMP bytes.Buffer
	require.NoError(t, gif.Encode(&asGIF, seen, nil))
	require.NoError(t, bmp.Encode(&asBMP, seen))
	for mediaType, content := range map[string][]byte{
		"image/png": pngOf(t, seen), "image/gif": asGIF.Bytes(), "image/bmp": asBMP.Bytes(),
	} {
		info := n.uploaded(ann, "snapshot", "a", content)
		assert.Equal(t, mediaType, info.Type)
		assertQuarters(t, n.show(ann, info.Images[2]))
		assert.Equal(t, "image/jpeg", n.get(ann, info.Images[2].ID).Header.Get("Content-Type"))
	}
}

func TestWhatCanBeSeenThroughStaysSo(t *testing.T) {
	n := newSite(t).node(Config{})
	m := quarters(400, 400)
	m.SetRGBA(0, 0, color.RGBA{})
	info := n.uploaded(ann, "image", "a.png", pngOf(t, m))
	r := n.get(ann, info.Images[2].ID)
	assert.Equal(t, "image/png", r.Header.Get("Content-Type"))
	_, _, _, alpha := n.show(ann, info.Images[2]).At(0, 0).RGBA()
	assert.Less(t, alpha, uint32(0xffff))
}

// claiming is a PNG of a few bytes that says it is huge.
func claiming(t *testing.T, width, height uint32) []byte {
	content := pngOf(t, quarters(2, 2))
	binary.BigEndian.PutUint32(content[16:], width)
	binary.BigEndian.PutUint32(content[20:], height)
	binary.BigEndian.PutUint32(content[29:], crcOf(content[12:29]))
	return content
}

func TestWhatIsNoImageIsRefusedAndGone(t *testing.T) {
	n := newSite(t).node(Config{MaxImagePixels: 1_000_000})
	good := pngOf(t, quarters(300, 300))
	for _, tt := range []struct {
		name    string
		content []byte
		status  int
		code    timerr.Code
	}{
		{"text", []byte("hello, this is not an image"), 422, timerr.ImageUploadFailedNotimage},
		{"a page", []byte("<!DOCTYPE html><script>alert(1)</script>"), 422, timerr.ImageUploadFailedNotimage},
		{"a drawing that may hold scripts", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>`), 422, timerr.ImageUploadFailedNotimage},
		{"half an image", good[:len(good)/2], 422, timerr.ImageUploadFailedNotimage},
		{"the head of one", []byte("\x89PNG\r\n\x1a\n"), 422, timerr.ImageUploadFailedNotimage},
		{"more pixels than allowed", pngOf(t, image.NewGray(image.Rect(0, 0, 1001, 1000))), 413, timerr.SvrResSizeLimit},
		{"a few bytes that claim gigabytes", claiming(t, 40_000, 40_000), 413, timerr.SvrResSizeLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := n.begun(ann, len(tt.content), "image", "a.png")
			n.patch(ann, path, 0, bytes.NewReader(tt.content)).refused(t, tt.status, tt.code)
			assert.Equal(t, http.StatusNotFound, n.head(ann, path).StatusCode)
		})
	}
	uploaded, _, failed := n.meter.counted()
	assert.Empty(t, uploaded)
	assert.Zero(t, failed)
}

func TestAnImageThatTheServerCannotDecodeIsKept(t *testing.T) {
	n := newSite(t).node(Config{})
	heic := append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), noise(100)...)
	animated := []byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x0f\x00\x00\x0f\x00\x00rest of it")
	for mediaType, content := range map[string][]byte{"image/heic": heic, "image/webp": animated} {
		info := n.uploaded(ann, "image", "a", content)
		assert.Equal(t, mediaType, info.Type)
		for i, size := range []string{"original", "large", "thumb"} {
			assert.Equal(t, wire.FileImage{Size: size, ID: info.ID, Bytes: int64(len(content))}, info.Images[i])
		}
	}
}

func TestSoundsAndVideosAreNothingElse(t *testing.T) {
	n := newSite(t).node(Config{})
	page := []byte("<!DOCTYPE html><p>hello")
	for _, kind := range []string{"sound", "video"} {
		for _, content := range [][]byte{page, pngOf(t, quarters(2, 2)), []byte("MZ\x90\x00 a program")} {
			path := n.begun(ann, len(content), kind, "a")
			n.patch(ann, path, 0, bytes.NewReader(content)).refused(t, http.StatusUnprocessableEntity, timerr.SvrResInvalidParameters)
		}
		assert.Equal(t, "application/octet-stream", n.uploaded(ann, kind, "a", noise(50)).Type, "a format of the game's own")
	}
	wav := append([]byte("RIFF\x24\x00\x00\x00WAVEfmt "), noise(50)...)
	assert.Equal(t, "audio/wav", n.uploaded(ann, "sound", "a.wav", wav).Type)
	assert.Equal(t, "audio/amr", n.uploaded(ann, "sound", "a.amr", []byte("#!AMR\n1234567890")).Type)
	assert.Equal(t, "text/html", n.uploaded(ann, "file", "a.html", page).Type)
}

func FuzzOrientation(f *testing.F) {
	for o := orientation(1); o <= 8; o++ {
		f.Add(turnedJPEG(f, image.NewGray(image.Rect(0, 0, 1, 1)), o)[:60])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, head []byte) {
		if o := parseOrientation(head); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}

func FuzzImages(f *testing.F) {
	f.Add(pngOf(f, quarters(210, 205)))
	f.Add(turnedJPEG(f, quarters(210, 205), 6))
	f.Fuzz(func(t *testing.T, content []byte) {
		made, err := makeSizes(bytes.NewReader(content), 100_000)
		if err != nil {
			if code := timerr.CodeOf(err); code != timerr.ImageUploadFailedNotimage && code != timerr.SvrResSizeLimit {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, size := range made.smaller {
			if min(size.width, size.height) > largeSide || len(size.encoded) == 0 {
				t.Fatalf("%+v", size)
			}
		}
	})
}
