package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/files"
)

// filesConfig says where the bytes of files lie, and how large they may be. What is zero
// takes the default.
type filesConfig struct {
	Folder string `toml:"folder"`
	s3Config
	AddressLifetime duration `toml:"address_lifetime"`
	MaxImageBytes   int      `toml:"max_image_bytes"`
	MaxSoundBytes   int      `toml:"max_sound_bytes"`
	MaxVideoBytes   int      `toml:"max_video_bytes"`
	MaxFileBytes    int      `toml:"max_file_bytes"`
	MaxImagePixels  int      `toml:"max_image_pixels"`
	MaxOpenUploads  int      `toml:"max_open_uploads"`
	MaxOpenBytes    int      `toml:"max_open_bytes"`
	UploadExpires   duration `toml:"upload_expires"`
}

func (c *filesConfig) settings() []setting {
	return slices.Concat(c.s3Config.settings(), []setting{
		{"files", "folder", &c.Folder, "folder of the files' bytes"},
		{"files", "address_lifetime", &c.AddressLifetime, "that an address of a file is good"},
		{"files", "max_image_bytes", &c.MaxImageBytes, "of an image"},
		{"files", "max_sound_bytes", &c.MaxSoundBytes, "of a sound"},
		{"files", "max_video_bytes", &c.MaxVideoBytes, "of a video"},
		{"files", "max_file_bytes", &c.MaxFileBytes, "of any other file"},
		{"files", "max_image_pixels", &c.MaxImagePixels, "of an image, width times height"},
		{"files", "max_open_uploads", &c.MaxOpenUploads, "of a user"},
		{"files", "max_open_bytes", &c.MaxOpenBytes, "of a user's open uploads together"},
		{"files", "upload_expires", &c.UploadExpires, "after so long an upload that is not complete is removed"},
	})
}

func (c filesConfig) check() error {
	var problems []error
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"address_lifetime", int64(c.AddressLifetime)}, {"max_image_bytes", int64(c.MaxImageBytes)},
		{"max_sound_bytes", int64(c.MaxSoundBytes)}, {"max_video_bytes", int64(c.MaxVideoBytes)},
		{"max_file_bytes", int64(c.MaxFileBytes)}, {"max_image_pixels", int64(c.MaxImagePixels)},
		{"max_open_uploads", int64(c.MaxOpenUploads)}, {"max_open_bytes", int64(c.MaxOpenBytes)},
		{"upload_expires", int64(c.UploadExpires)},
	} {
		if n.value < 0 {
			problems = append(problems, fmt.Errorf("files.%s: it is negative", n.name))
		}
	}
	if life := time.Duration(c.AddressLifetime); life > 0 && life < time.Minute {
		problems = append(problems, errors.New("files.address_lifetime: it is shorter than a minute, which clients need to renew a token"))
	}
	if c.Folder != "" && c.s3Config != (s3Config{}) {
		problems = append(problems, errors.New("files.folder and files.s3_bucket: give one of them"))
	}
	return errors.Join(problems...)
}

// filesOptions are what the server of files is made of.
type filesOptions struct {
	folder string          // "": one in the data folder
	s3     *files.S3Config // nil: a folder
	limits files.Config
}

func (c filesConfig) options(getenv func(string) string) (filesOptions, error) {
	s3, err := c.s3Config.options(getenv)
	return filesOptions{folder: c.Folder, s3: s3, limits: files.Config{
		MaxBytes: map[chat.FileKind]int64{
			chat.ImageFile: int64(c.MaxImageBytes), chat.SnapshotFile: int64(c.MaxImageBytes), chat.SoundFile: int64(c.MaxSoundBytes),
			chat.VideoFile: int64(c.MaxVideoBytes), chat.OtherFile: int64(c.MaxFileBytes),
		},
		MaxImagePixels: int64(c.MaxImagePixels),
		Open:           chat.OpenFiles{Count: c.MaxOpenUploads, Bytes: int64(c.MaxOpenBytes)},
		UploadExpires:  time.Duration(c.UploadExpires),
	}}, errors.Join(err, c.check())
}

// open returns where the bytes of files lie.
func (o filesOptions) open(ctx context.Context, data string, log *slog.Logger) (files.Store, error) {
	folder := cmp.Or(o.folder, filepath.Join(data, "files"))
	if o.s3 == nil {
		return files.OpenFolder(folder)
	}
	s3 := *o.s3
	s3.Spool = folder
	return files.OpenS3(ctx, s3, log)
}
