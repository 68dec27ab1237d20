package wire

import "github.com/banter-im/banter/internal/timerr"

// CmdFiles asks for a fresh FileAccess.
const CmdFiles = "files"

// FilesPath is where files are uploaded to and, with their id behind it, read from: HTTP
// on the address of the links. docs/files.md is its reference.
const FilesPath = "/files/"

// FileAccess answers CmdFiles.
type FileAccess struct {
	Token     string `json:"files_token"`
	ExpiresAt int64  `json:"files_expires_at"` // UNIX seconds; the last second in which the token is good
}

// FileInfo is a file that is whole, as the last PATCH of its upload is answered over HTTP.
type FileInfo struct {
	ID     string      `json:"id"`
	Size   int64       `json:"size"`
	Type   string      `json:"type"` // a media type, found from the bytes
	Name   string      `json:"name"`
	Images []FileImage `json:"images,omitempty"`
}

// FileImage is a size of an image.
type FileImage struct {
	Size   string `json:"size"` // original, large or thumb
	ID     string `json:"id"`
	Width  int    `json:"width"` // 0: unknown
	Height int    `json:"height"`
	Bytes  int64  `json:"bytes"`
}

// FileError is the body of a refusal over HTTP.
type FileError struct {
	Code timerr.Code `json:"code"`
	Desc string      `json:"desc"`
}
