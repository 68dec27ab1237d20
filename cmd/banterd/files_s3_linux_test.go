package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/s3test"
	"github.com/banter-im/banter/internal/wire"
)

// bucketOf is [files] for a bucket of a server, below a prefix.
func bucketOf(t *testing.T, server *s3test.Server) string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(s3test.Secret+"\n"), 0o600))
	return fmt.Sprintf("[files]\ns3_endpoint = %q\ns3_bucket = %q\ns3_prefix = 'game'\ns3_path_style = true\n"+
		"s3_access_key = %q\ns3_secret_key_file = %q\ns3_tls_ca = %q\n",
		server.Endpoint, s3test.Bucket, s3test.AccessKey, secret, server.CAFile)
}

// TestNodesShareABucket cuts an upload at one node, goes on with it at another that has
// nothing but the bucket and the database in common, and reads a part of the file.
func TestNodesShareABucket(t *testing.T) {
	server := s3test.Start(t)
	store, shared := pgtest.Start(t).Database(t), bucketOf(t, server)
	a, b := startNodeOf(t, store, short, shared, ""), startNodeOf(t, store, short, shared, "")
	c := uploadAcrossAKill(t, a, b)
	response, part := c.reader.do(http.MethodGet, wire.FilesPath+c.id, nil, "Range", fmt.Sprintf("bytes=%d-%d", c.kept-5, c.kept+4))
	assert.Equal(t, http.StatusPartialContent, response.StatusCode)
	assert.Equal(t, c.content[c.kept-5:c.kept+5], part, "over the seam of what came to two nodes")
	for _, key := range server.Objects(t) {
		assert.Contains(t, key, "game/7/"+c.id[:2]+"/"+c.id+"/")
	}
	for _, p := range []process{a, b} {
		s3test.RequireNoSecret(t, p.log.String())
		assert.NotContains(t, p.log.String(), c.session.FilesToken)
	}
}

func TestABucketThatRefusesStopsTheStart(t *testing.T) {
	server := s3test.Start(t)
	path := configFile(t, "[server]\ndata = 'FOLDER/data'\nlisten = '127.0.0.1:0'\nadmin_listen = '127.0.0.1:0'\n"+
		bucketOf(t, server)+oneApp)
	env := environment(map[string]string{"BANTER_FILES_S3_ACCESS_KEY": "somebody"})
	err := run(t.Context(), []string{"serve", "--config", path}, env, nil, io.Discard, io.Discard)
	require.ErrorContains(t, err, "InvalidAccessKeyId")
}
