package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// fileColumns are what scanFile reads, in its order.
const fileColumns = `id, owner, kind, name, size, created, received, finished, type, width, height, parent, variant`

func scanFile(r row, app uint64) (chat.File, error) {
	f := chat.File{App: app}
	var created, finished int64
	err := r.Scan(&f.ID, &f.Owner, &f.Kind, &f.Name, &f.Size, &created, &f.Received, &finished,
		&f.Type, &f.Width, &f.Height, &f.Parent, &f.Variant)
	if err != nil {
		return chat.File{}, err
	}
	f.Created, f.Finished = instant(created), momentOf(finished)
	return f, nil
}

// CreateFile is that of chat.Store. The account's row is locked first, so that two uploads
// that begin at once count each other.
func (s *Store) CreateFile(ctx context.Context, f chat.File, most chat.OpenFiles) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		n, err := execCount(ctx, tx, `
			UPDATE accounts SET rev = rev WHERE app = $1 AND user_id = $2`, int64(f.App), f.Owner)
		if err != nil {
			return err
		}
		if n == 0 {
			return chat.ErrNoAccount
		}
		var open chat.OpenFiles
		err = tx.QueryRowContext(ctx, `
			SELECT COUNT(*), COALESCE(SUM(size), 0) FROM files
			WHERE app = $1 AND owner = $2 AND finished = 0 AND removed = 0`, int64(f.App), f.Owner).Scan(&open.Count, &open.Bytes)
		if err != nil {
			return err
		}
		if open.Count >= most.Count || open.Bytes+f.Size > most.Bytes {
			return &chat.TooManyFilesError{Open: open}
		}
		return insertFile(ctx, tx, f, 0)
	})
}

func insertFile(ctx context.Context, tx querier, f chat.File, parts int) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO files (app, id, owner, kind, name, size, created, received, parts, finished, type, width, height, parent, variant)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		int64(f.App), f.ID, f.Owner, string(f.Kind), f.Name, f.Size, f.Created.UnixMilli(), f.Received, parts,
		millis(f.Finished), f.Type, f.Width, f.Height, f.Parent, string(f.Variant))
	return err
}

// File is that of chat.Store.
func (s *Store) File(ctx context.Context, ref chat.FileRef) (chat.File, error) {
	f, err := scanFile(s.db.reader().QueryRowContext(ctx, `
		SELECT `+fileColumns+` FROM files WHERE app = $1 AND id = $2 AND removed = 0`, int64(ref.App), ref.ID), ref.App)
	if errors.Is(err, sql.ErrNoRows) {
		return chat.File{}, chat.ErrNoFile
	}
	return f, err
}

// FileParts is that of chat.Store.
func (s *Store) FileParts(ctx context.Context, ref chat.FileRef) (parts []chat.FilePart, err error) {
	rows, err := s.db.reader().QueryContext(ctx, `
		SELECT begins, size, object FROM file_parts WHERE app = $1 AND id = $2 ORDER BY begins`, int64(ref.App), ref.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p chat.FilePart
		if err := rows.Scan(&p.Offset, &p.Size, &p.Object); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, rows.Err()
}

// AddFilePart is that of chat.Store.
func (s *Store) AddFilePart(ctx context.Context, ref chat.FileRef, part chat.FilePart, maxParts int) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		end := part.Offset + part.Size
		n, err := execCount(ctx, tx, `
			UPDATE files SET received = $1, parts = parts + 1
			WHERE app = $2 AND id = $3 AND received = $4 AND size >= $1 AND parts < $5 AND finished = 0 AND removed = 0`,
			end, int64(ref.App), ref.ID, part.Offset, maxParts)
		if err != nil || n == 0 {
			return false, err
		}
		return true, insertPart(ctx, tx, ref, part)
	})
}

func insertPart(ctx context.Context, tx querier, ref chat.FileRef, part chat.FilePart) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO file_parts (app, id, begins, size, object) VALUES ($1, $2, $3, $4, $5)`,
		int64(ref.App), ref.ID, part.Offset, part.Size, part.Object)
	return err
}

// FinishFile is that of chat.Store.
func (s *Store) FinishFile(ctx context.Context, whole chat.File, sizes []chat.WholeFile) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		n, err := execCount(ctx, tx, `
			UPDATE files SET finished = $1, type = $2, width = $3, height = $4, variant = $5
			WHERE app = $6 AND id = $7 AND received = size AND finished = 0 AND removed = 0`,
			millis(whole.Finished), whole.Type, whole.Width, whole.Height, string(whole.Variant), int64(whole.App), whole.ID)
		if err != nil || n == 0 {
			return false, err
		}
		for _, size := range sizes {
			if err := insertFile(ctx, tx, size.File, 1); err != nil {
				return false, err
			}
			if err := insertPart(ctx, tx, chat.FileRef{App: size.App, ID: size.ID}, size.Part); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// FileSizes is that of chat.Store.
func (s *Store) FileSizes(ctx context.Context, parent chat.FileRef) (sizes []chat.File, err error) {
	rows, err := s.db.reader().QueryContext(ctx, `
		SELECT `+fileColumns+` FROM files WHERE app = $1 AND parent = $2 AND parent <> '' AND removed = 0`,
		int64(parent.App), parent.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		f, err := scanFile(rows, parent.App)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, f)
	}
	return sizes, rows.Err()
}

// RemoveFile is that of chat.Store.
func (s *Store) RemoveFile(ctx context.Context, ref chat.FileRef, onlyOpen bool) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		query := `UPDATE files SET removed = 1 WHERE app = $1 AND id = $2 AND removed = 0`
		if onlyOpen {
			query += ` AND finished = 0`
		}
		n, err := execCount(ctx, tx, query, int64(ref.App), ref.ID)
		return n > 0, err
	})
}

// RemovedFiles is that of chat.Store.
func (s *Store) RemovedFiles(ctx context.Context, limit int) ([]chat.FileRef, error) {
	return s.fileRefs(ctx, `SELECT app, id FROM files WHERE removed = 1 LIMIT $1`, limit)
}

// ForgetFile is that of chat.Store.
func (s *Store) ForgetFile(ctx context.Context, ref chat.FileRef) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		n, err := execCount(ctx, tx, `
			DELETE FROM files WHERE app = $1 AND id = $2 AND removed = 1`, int64(ref.App), ref.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM file_parts WHERE app = $1 AND id = $2`, int64(ref.App), ref.ID)
		return err
	})
}

// StaleUploads is that of chat.Store.
func (s *Store) StaleUploads(ctx context.Context, before time.Time, limit int) ([]chat.FileRef, error) {
	return s.fileRefs(ctx, `
		SELECT app, id FROM files WHERE finished = 0 AND removed = 0 AND created < $1
		ORDER BY created LIMIT $2`, before.UnixMilli(), limit)
}

// OldFiles is that of chat.Store.
func (s *Store) OldFiles(ctx context.Context, app uint64, before time.Time, limit int) ([]chat.FileRef, error) {
	return s.fileRefs(ctx, `
		SELECT app, id FROM files WHERE app = $1 AND finished > 0 AND finished < $2 AND removed = 0
		ORDER BY finished LIMIT $3`, int64(app), before.UnixMilli(), limit)
}

func (s *Store) fileRefs(ctx context.Context, query string, args ...any) (refs []chat.FileRef, err error) {
	rows, err := s.db.reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var app int64
		var ref chat.FileRef
		if err := rows.Scan(&app, &ref.ID); err != nil {
			return nil, err
		}
		ref.App = uint64(app)
		refs = append(refs, ref)
	}
	return refs, rows.Err()
}
