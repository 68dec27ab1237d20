package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// entries are an archive's files: where each is on the disk, by its name in the archive.
type entries map[string]string

// mode is 0755 for what is run or loaded as a program, and 0644 for all else: a file's own
// mode depends on the machine.
func mode(name string) int64 {
	if path.Base(path.Dir(name)) == "bin" && path.Ext(name) != ".dll" || path.Ext(name) == ".sh" {
		return 0o755
	}
	return 0o644
}

// write makes the archive: the same files and time give the same bytes. Its form is that
// of the name's ending, .zip or a gzipped tar.
func (e entries) write(name string, made time.Time) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	fill := e.tar
	if strings.HasSuffix(name, ".zip") {
		fill = e.zip
	}
	if err := fill(file, made); err != nil {
		return err
	}
	return file.Close()
}

func (e entries) zip(out io.Writer, made time.Time) error {
	archive := zip.NewWriter(out)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range slices.Sorted(maps.Keys(e)) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made.UTC()}
		header.SetMode(os.FileMode(mode(name)))
		into, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if err := copyFile(into, e[name]); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (e entries) tar(out io.Writer, made time.Time) error {
	zipped, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(e)) {
		info, err := os.Stat(e[name])
		if err != nil {
			return err
		}
		header := &tar.Header{Name: name, Mode: mode(name), Size: info.Size(), ModTime: made.UTC(), Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if err := copyFile(archive, e[name]); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

func copyFile(into io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(into, file)
	return err
}
