package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"
)

// orientation is how the rows of a photo are to be turned to be seen upright: the value of
// EXIF's tag 274.
type orientation int

const upright orientation = 1

const (
	maxHead        = 256 << 10 // of a JPEG: EXIF stands before the picture, after little else
	orientationTag = 0x0112
)

// orientationOf reads the orientation of a JPEG from its beginning. One that has none, or a
// broken one, is upright.
func orientationOf(file io.ReadSeeker) (orientation, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return upright, err
	}
	head, err := io.ReadAll(io.LimitReader(file, maxHead))
	if err != nil {
		return upright, err
	}
	return parseOrientation(head), nil
}

// parseOrientation walks the segments of a JPEG up to EXIF's.
func parseOrientation(head []byte) orientation {
	for at := 2; at+4 <= len(head) && head[at] == 0xff; {
		kind, length := head[at+1], int(binary.BigEndian.Uint16(head[at+2:]))
		body := head[at+4:]
		if length < 2 || length-2 > len(body) || kind == 0xda { // the picture itself
			return upright
		}
		if tiff, ok := bytes.CutPrefix(body[:length-2], []byte("Exif\x00\x00")); ok && kind == 0xe1 {
			return parseTIFF(tiff)
		}
		at += 2 + length
	}
	return upright
}

// parseTIFF looks for the tag in the first directory of EXIF's data.
func parseTIFF(tiff []byte) orientation {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == orientationTag {
			if value := orientation(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// turned says whether width and height change places.
func (o orientation) turned() bool { return o >= 5 }

// size returns what the size of an image is when it is upright.
func (o orientation) size(width, height int) (int, int) {
	if o.turned() {
		return height, width
	}
	return width, height
}

// apply returns the image upright.
func (o orientation) apply(m *image.RGBA) *image.RGBA {
	if o == upright {
		return m
	}
	width, height := o.size(m.Bounds().Dx(), m.Bounds().Dy())
	result := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			result.SetRGBA(x, y, m.RGBAAt(o.source(x, y, width, height)))
		}
	}
	return result
}

// source is where a pixel of the upright image stands in the one that is kept.
func (o orientation) source(x, y, width, height int) (int, int) {
	switch o {
	case 2:
		return width - 1 - x, y
	case 3:
		return width - 1 - x, height - 1 - y
	case 4:
		return x, height - 1 - y
	case 5:
		return y, x
	case 6:
		return y, width - 1 - x
	case 7:
		return height - 1 - y, width - 1 - x
	case 8:
		return height - 1 - y, x
	}
	return x, y
}
