package files

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/banter-im/banter/server/chat"
)

// S3Config says which bucket a Store is in, and with which key.
type S3Config struct {
	Endpoint  string         // host or host:port
	Plain     bool           // no TLS
	CA        *x509.CertPool // nil: the system's authorities
	Region    string         // us-east-1
	Bucket    string
	Prefix    string // of the keys of all objects, without a slash at its end
	PathStyle bool   // the bucket stands in the path, not in the host's name

	AccessKey, SecretKey string

	Spool       string        // a folder of this node's own, for what is being written
	IdleTimeout time.Duration // that a server may be silent; 30 s
}

// S3 is a Store in a bucket of anything that speaks S3. Its keys are the paths of a Folder:
// what lies in one can be copied to the other.
//
// What comes is spooled to a file until it is an object: its length and its checksum have to
// be known first, and it can be sent again when a server stumbles. Bodies are never in memory.
type S3 struct {
	client *minio.Core
	cfg    S3Config
	spool  *Folder
}

// askTimeout bounds how long a start waits for the bucket.
const askTimeout = 10 * time.Second

// OpenS3 returns the Store in a bucket, and makes its spool. A bucket that refuses is an error;
// one that does not answer is not, for there is more to a node than files.
func OpenS3(ctx context.Context, cfg S3Config, log *slog.Logger) (*S3, error) {
	s, err := newS3(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	switch err := s.ask(ctx); {
	case isRefusal(err):
		return nil, err
	case err != nil:
		log.Warn("the bucket of files does not answer: starting all the same", "error", err)
	}
	return s, nil
}

func newS3(cfg S3Config) (*S3, error) {
	cfg.IdleTimeout = cmp.Or(cfg.IdleTimeout, 30*time.Second)
	transport, err := minio.DefaultTransport(!cfg.Plain)
	if err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	transport.ResponseHeaderTimeout = cfg.IdleTimeout
	if cfg.CA != nil {
		transport.TLSClientConfig.RootCAs = cfg.CA
	}
	lookup := minio.BucketLookupDNS
	if cfg.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.NewCore(cfg.Endpoint, &minio.Options{
		Creds:        credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:       !cfg.Plain,
		Transport:    transport,
		Region:       cmp.Or(cfg.Region, "us-east-1"),
		BucketLookup: lookup,
		MaxRetries:   3,
	})
	if err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	spool, err := OpenFolder(cfg.Spool)
	if err != nil {
		return nil, err
	}
	return &S3{client, cfg, spool}, nil
}

// ask lists one object: that needs the address, the bucket, its region and the key to be right.
func (s *S3) ask(ctx context.Context) error {
	options := minio.ListObjectsOptions{Prefix: s.under(""), MaxKeys: 1, Recursive: true}
	for object := range s.client.ListObjectsIter(ctx, s.cfg.Bucket, options) {
		return s.problem("look into the bucket", object.Err)
	}
	return nil
}

func (s *S3) under(name string) string {
	if s.cfg.Prefix == "" {
		return name
	}
	return s.cfg.Prefix + "/" + name
}

// of returns what the keys of a file's objects begin with.
func (s *S3) of(ref chat.FileRef) string {
	return s.under(path.Join(strconv.FormatUint(ref.App, 10), ref.ID[:2], ref.ID) + "/")
}

// Create is that of Store.
func (s *S3) Create() (Object, error) {
	file, err := s.spool.create()
	if err != nil {
		return nil, err
	}
	return &s3Object{file, s}, nil
}

// Open is that of Store.
func (s *S3) Open(ctx context.Context, ref chat.FileRef, object string, offset int64) (io.ReadCloser, error) {
	if err := checkNames(ref, object); err != nil {
		return nil, err
	}
	var options minio.GetObjectOptions
	if offset > 0 {
		if err := options.SetRange(offset, 0); err != nil {
			return nil, s.problem("read an object", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	body, _, _, err := s.client.GetObject(ctx, s.cfg.Bucket, s.of(ref)+object, options)
	if err != nil {
		cancel()
		return nil, s.problem("read an object", err)
	}
	return &s3Body{body, s, cancel}, nil
}

// Remove is that of Store.
func (s *S3) Remove(ctx context.Context, ref chat.FileRef, object string) error {
	if err := checkNames(ref, object); err != nil {
		return err
	}
	err := s.client.RemoveObject(ctx, s.cfg.Bucket, s.of(ref)+object, minio.RemoveObjectOptions{})
	return s.problem("remove an object", err)
}

// RemoveFile is that of Store.
func (s *S3) RemoveFile(ctx context.Context, ref chat.FileRef) error {
	if !fileID.MatchString(ref.ID) {
		return errName
	}
	var problems []error
	objects := s.objects(ctx, ref, &problems)
	results, err := s.client.RemoveObjectsWithIter(ctx, s.cfg.Bucket, objects, minio.RemoveObjectsOptions{})
	if err != nil {
		return s.problem("remove a file", err)
	}
	for result := range results {
		problems = append(problems, s.problem("remove an object", result.Err))
	}
	return errors.Join(append(problems, ctx.Err())...) // the library ends early without a word
}

// objects are those of a file, as far as they can be listed.
func (s *S3) objects(ctx context.Context, ref chat.FileRef, problems *[]error) iter.Seq[minio.ObjectInfo] {
	return func(yield func(minio.ObjectInfo) bool) {
		options := minio.ListObjectsOptions{Prefix: s.of(ref), Recursive: true}
		for object := range s.client.ListObjectsIter(ctx, s.cfg.Bucket, options) {
			if object.Err != nil {
				*problems = append(*problems, s.problem("list a file's objects", object.Err))
				return
			}
			if !yield(minio.ObjectInfo{Key: object.Key}) {
				return
			}
		}
	}
}

// Clean is that of Store. In the bucket nothing is ever half written.
func (s *S3) Clean(before time.Time) error { return s.spool.Clean(before) }

// s3Object is spooled until Commit.
type s3Object struct {
	*folderObject
	store *S3
}

// Commit is that of Object. A server that has answered has the object for good.
func (o *s3Object) Commit(ctx context.Context, ref chat.FileRef, object string) error {
	if err := checkNames(ref, object); err != nil {
		return err
	}
	size, err := o.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = o.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	_, err = o.store.client.Client.PutObject(ctx, o.store.cfg.Bucket, o.store.of(ref)+object, o.File, size,
		minio.PutObjectOptions{SendContentMd5: true, DisableMultipart: true})
	if err != nil {
		return o.store.problem("write an object", err)
	}
	o.Discard() // the spooled file
	return nil
}

// s3Body is the body of an answer, of which each read waits for IdleTimeout at most.
type s3Body struct {
	io.ReadCloser
	store  *S3
	cancel context.CancelFunc
}

// Read is that of io.Reader.
func (b *s3Body) Read(p []byte) (int, error) {
	idle := time.AfterFunc(b.store.cfg.IdleTimeout, b.cancel)
	n, err := b.ReadCloser.Read(p)
	if !idle.Stop() && err != nil {
		err = fmt.Errorf("nothing came for %v", b.store.cfg.IdleTimeout)
	}
	if err != nil && err != io.EOF {
		err = b.store.problem("read an object", err)
	}
	return n, err
}

// Close is that of io.Closer.
func (b *s3Body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// problem says what went wrong, without what names a file: that is an address of it. Of a
// server's answer only the code is told, for its text may repeat what it was sent.
func (s *S3) problem(what string, err error) error {
	if err == nil {
		return nil
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		return &s3Refusal{what: what, bucket: s.cfg.Bucket, code: answer.Code, status: answer.StatusCode, request: answer.RequestID}
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("S3: %s in the bucket %s at %s: %w", what, s.cfg.Bucket, s.cfg.Endpoint, err)
}

// s3Refusal is what a server answered.
type s3Refusal struct {
	what, bucket, code string
	status             int
	request            string
}

// Error is that of error.
func (e *s3Refusal) Error() string {
	return fmt.Sprintf("S3: %s in the bucket %s: the server answers %d %.64q, request %.64q",
		e.what, e.bucket, e.status, e.code, e.request)
}

// isRefusal tells whether trying again is of no use: the configuration is wrong.
func isRefusal(err error) bool {
	var answer *s3Refusal
	if errors.As(err, &answer) {
		return answer.status >= http.StatusMultipleChoices && answer.status < http.StatusInternalServerError &&
			answer.status != http.StatusRequestTimeout && answer.status != http.StatusTooManyRequests
	}
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}
