package files

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// cleanSteps are so many files at a time, so that the stores have room for others between.
const cleanSteps = 50

// leftovers of writing are older than any piece that is still being written.
const leftoverAge = time.Hour

// cleanForEver removes what has expired. Every node does, at times of its own; two that meet
// do no harm.
func (s *Server) cleanForEver() {
	for {
		wait := s.cfg.CleanEvery/2 + rand.N(s.cfg.CleanEvery)
		select {
		case <-time.After(wait):
			s.clean(time.Now())
		case <-s.ctx.Done():
			return
		}
	}
}

// clean removes uploads that did not become whole in time, files that are older than their
// apps keep them, and the bytes of those that were removed by a process that was killed then.
func (s *Server) clean(now time.Time) {
	s.hide("look for old uploads", true, func(ctx context.Context) ([]chat.FileRef, error) {
		return s.rows.StaleUploads(ctx, now.Add(-s.cfg.UploadExpires), cleanSteps)
	})
	for app, days := range s.access.FileDays() {
		s.hide("look for old files", false, func(ctx context.Context) ([]chat.FileRef, error) {
			return s.rows.OldFiles(ctx, app, now.AddDate(0, 0, -days), cleanSteps)
		})
	}
	for s.step(func(ctx context.Context) bool {
		refs, err := s.rows.RemovedFiles(ctx, cleanSteps)
		if err != nil {
			s.storeFailed("look for removed files", err)
			return false
		}
		return s.forgetAll(ctx, refs)
	}) {
	}
	if err := s.bytes.Clean(now.Add(-leftoverAge)); err != nil {
		s.storeFailed("remove what was left of uploads", err)
	}
}

// hide removes the files that find finds, until it finds no more.
func (s *Server) hide(what string, onlyOpen bool, find func(context.Context) ([]chat.FileRef, error)) {
	for s.step(func(ctx context.Context) bool {
		refs, err := find(ctx)
		for _, ref := range refs {
			if err == nil {
				_, err = s.rows.RemoveFile(ctx, ref, onlyOpen)
			}
		}
		if err != nil {
			s.storeFailed(what, err)
			return false
		}
		return len(refs) == cleanSteps
	}) {
	}
}

// step does a bounded part of the cleaning, and reports whether there is more to do.
func (s *Server) step(do func(ctx context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(s.ctx, storeTimeout)
	defer cancel()
	return s.ctx.Err() == nil && do(ctx)
}

// forgetAll removes the bytes of files, and what is known of them. It reports whether there
// may be more: not when a store failed, for the next step would begin with the same.
func (s *Server) forgetAll(ctx context.Context, refs []chat.FileRef) bool {
	more := len(refs) == cleanSteps
	for _, ref := range refs {
		if !s.forget(ctx, ref) {
			more = false
		}
	}
	return more
}
