package main

import (
	"math"

	"github.com/banter-im/banter/core"
)

var fileCalls = calls{
	fnMsgDownloadElemToPath: func(c *core.Client, r *request) {
		c.DownloadElem(r.text(0), r.text(1), r.progress, r.doneOrState)
	},
}

// UploadProgress tells how much of an element's files is uploaded, if the game listens.
func (g *game) UploadProgress(message string, element int, current, total uint64) bool {
	return g.change(slotMsgElemUploadProgress, message, int64(element), size32(current), size32(total))
}

// size32 is a size as the callback can hold it.
func size32(n uint64) int64 { return int64(min(n, math.MaxUint32)) }
