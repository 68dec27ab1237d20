package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// completeTimeout bounds the work on a whole upload, images' sizes and all.
const completeTimeout = 2 * time.Minute

// complete makes an upload whose bytes are all there a file, if nobody has yet, and returns
// what is known of it. It goes on when the client has left: a later request finds it done.
func (s *Server) complete(ctx context.Context, ref chat.FileRef) (wire.FileInfo, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeTimeout)
	defer cancel()
	f, err := s.file(ctx, ref)
	if err != nil {
		return wire.FileInfo{}, err
	}
	if f.Finished.IsZero() {
		if err := s.examine(ctx, &f); err != nil {
			return wire.FileInfo{}, err
		}
	}
	return s.infoOf(ctx, f)
}

// examine looks at the bytes of an upload, makes the sizes of an image, and makes it a file,
// or removes it when it is not what its kind says.
func (s *Server) examine(ctx context.Context, f *chat.File) error {
	sizes, err := s.judge(ctx, f)
	var r *refusal
	if errors.As(err, &r) && r.status < http.StatusInternalServerError {
		if err := s.discard(ctx, refOf(*f)); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	f.Finished, f.Variant = time.Now(), chat.OriginalSize
	done, err := s.rows.FinishFile(ctx, *f, sizes)
	if err != nil {
		return s.storeFailed("complete an upload", err)
	}
	if done {
		s.meter.FileUploaded(string(f.Kind), f.Size)
		return nil
	}
	for _, size := range sizes { // another request was faster
		s.unwanted(ctx, refOf(size.File), size.Part)
	}
	*f, err = s.file(ctx, refOf(*f))
	return err
}

// judge finds the type of an upload, and of an image how large it is, and its other sizes.
func (s *Server) judge(ctx context.Context, f *chat.File) ([]chat.WholeFile, error) {
	bytes, err := s.open(ctx, *f)
	if err != nil {
		return nil, err
	}
	defer bytes.Close()
	var sizes []chat.WholeFile
	f.Type, err = typeOf(bytes, f.Kind)
	if err == nil && isImage(f.Kind) {
		sizes, err = s.sizesOf(ctx, f, bytes)
	}
	if bytes.failed != nil { // whatever a decoder made of it
		return nil, s.storeFailed("read an upload", bytes.failed)
	}
	return sizes, err
}

func isImage(kind chat.FileKind) bool { return kind == chat.ImageFile || kind == chat.SnapshotFile }

// sizesOf makes the smaller sizes of an image and keeps their bytes.
func (s *Server) sizesOf(ctx context.Context, f *chat.File, bytes io.ReadSeeker) ([]chat.WholeFile, error) {
	if can, err := decodable(f.Type, bytes); !can || err != nil {
		return nil, err
	}
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-ctx.Done():
		return nil, errBusy
	}
	made, err := makeSizes(bytes, s.cfg.MaxImagePixels)
	if err != nil {
		return nil, err
	}
	f.Width, f.Height = made.width, made.height
	var sizes []chat.WholeFile
	for _, image := range made.smaller {
		size, err := s.keepSize(ctx, *f, image)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// keepSize writes a size of an image to an object of its own.
func (s *Server) keepSize(ctx context.Context, original chat.File, image sizedImage) (chat.WholeFile, error) {
	now := time.Now()
	size := chat.WholeFile{
		File: chat.File{App: original.App, ID: newID(), Owner: original.Owner, Kind: original.Kind, Name: original.Name,
			Size: int64(len(image.encoded)), Received: int64(len(image.encoded)), Created: now, Finished: now,
			Type: image.mediaType, Width: image.width, Height: image.height, Parent: original.ID, Variant: image.size},
		Part: chat.FilePart{Size: int64(len(image.encoded)), Object: "0-" + newID()},
	}
	object, err := s.bytes.Create()
	if err != nil {
		return size, s.storeFailed("begin a size of an image", err)
	}
	defer object.Discard()
	if _, err = object.Write(image.encoded); err == nil {
		err = object.Commit(ctx, refOf(size.File), size.Part.Object)
	}
	if err != nil {
		return size, s.storeFailed("keep a size of an image", err)
	}
	return size, nil
}

// info says what is known of a file. Its owner may ask so about an upload whose last answer
// was lost.
func (s *Server) info(w http.ResponseWriter, r *http.Request, by who) error {
	f, err := s.asked(r, by)
	if err != nil {
		return err
	}
	if f.Finished.IsZero() && (f.Owner != by.user || f.Received < f.Size) {
		return errNotThere
	}
	info, err := s.complete(r.Context(), refOf(f))
	if err != nil {
		return err
	}
	s.answer(w, http.StatusOK, info)
	return nil
}

func (s *Server) infoOf(ctx context.Context, f chat.File) (wire.FileInfo, error) {
	info := wire.FileInfo{ID: f.ID, Size: f.Size, Type: f.Type, Name: f.Name}
	if !isImage(f.Kind) {
		return info, nil
	}
	sizes, err := s.rows.FileSizes(ctx, refOf(f))
	if err != nil {
		return info, s.storeFailed("look for an image's sizes", err)
	}
	of := map[chat.FileSize]chat.File{}
	for _, size := range sizes {
		of[size.Variant] = size
	}
	for _, name := range []chat.FileSize{chat.OriginalSize, chat.LargeSize, chat.ThumbSize} {
		size, made := of[name]
		if !made {
			size = f // it is not larger
		}
		info.Images = append(info.Images, wire.FileImage{Size: string(name), ID: size.ID,
			Width: size.Width, Height: size.Height, Bytes: size.Size})
	}
	return info, nil
}

// errUnreadable refuses an image.
func errUnreadable(format string, args ...any) error {
	return refuse(http.StatusUnprocessableEntity, timerr.ImageUploadFailedNotimage, "%s",
		cmp.Or(fmt.Sprintf(format, args...), "the image cannot be read"))
}
