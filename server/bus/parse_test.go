package bus

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

func TestParseServers(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		err        string
	}{
		{"one server", "nats://a:4223", []string{"nats://a:4223"}, ""},
		{"a scheme stands for those after it", "tls://a,b:1, [::1]", []string{"tls://a:4222", "tls://b:1", "tls://[::1]:4222"}, ""},
		{"each may have its own", "nats://a,tls://b", []string{"nats://a:4222", "tls://b:4222"}, ""},
		{"a scheme is needed", "a:4222", nil, "address 1: it begins with neither"},
		{"one that is known", "http://a", nil, "address 1: it begins with neither"},
		{"a host is needed", "nats://a,", nil, "address 2: it is no host"},
		{"a path is none", "nats://a/b", nil, "address 1: it is no host"},
		{"nor is a port alone", "nats://:4222", nil, "address 1: it is no host"},
		{"nor what DNS cannot hold", "tls://\xc4", nil, "address 1: it is no host"},
		{"nor are colons", "tls://::", nil, "address 1: it is no host"},
		{"a password is refused, and not repeated", "nats://a,game:s3cret@b", nil, "address 2: it holds credentials"},
		{"however broken", "nats://s3cret%zz@b", nil, "address 1: it holds credentials"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			servers, err := ParseServers(tt.text)
			assert.Equal(t, tt.want, servers)
			if tt.err == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.err)
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestPeers(t *testing.T) {
	type heard struct{ stranger, missed bool }
	tests := []struct {
		name string
		said []note
		want heard // of the last
	}{
		{"an end that has just begun is a stranger", []note{{End: "b"}}, heard{true, false}},
		{"one that began before may have been missed", []note{{End: "b", Count: 1}}, heard{true, true}},
		{"the next one is nothing new", []note{{End: "b", Count: 1}, {End: "b", Count: 2}}, heard{false, false}},
		{"a gap is a loss", []note{{End: "b", Count: 1}, {End: "b", Count: 3}}, heard{false, true}},
		{"an end that goes is no loss", []note{{End: "b"}, {End: "b", Gone: true}}, heard{false, false}},
		{"nor is it kept", []note{{End: "b"}, {End: "b", Gone: true}, {End: "b", Count: 1}}, heard{true, true}},
		{"ends are apart", []note{{End: "b", Count: 4}, {End: "c"}}, heard{true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p peers
			var last heard
			for _, said := range tt.said {
				last.stranger, last.missed = p.hear(said, time.Now())
			}
			assert.Equal(t, tt.want, last)
		})
	}
	t.Run("who is silent for long is forgotten", func(t *testing.T) {
		var p peers
		start := time.Now()
		p.hear(note{End: "b"}, start)
		p.hear(note{End: "c"}, start.Add(time.Second))
		p.expire(start.Add(time.Second))
		assert.Equal(t, map[string]struct{}{"c": {}}, p.ids())
	})
}

func FuzzReply(f *testing.F) {
	f.Add([]byte{})
	f.Add(sealReply([]byte("body"), nil))
	f.Add(sealReply(nil, chat.ErrNoHandler))
	f.Add([]byte("x?"))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := openReply(data)
		if err == nil {
			assert.Equal(t, data, sealReply(body, nil))
			return
		}
		assert.Nil(t, body)
	})
}

func FuzzReadNote(f *testing.F) {
	f.Add([]byte(`{"end":"b","count":3}`))
	f.Add([]byte(`{"end":""}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		said, ok := readNote(&nats.Msg{Data: data})
		if ok {
			assert.NotEmpty(t, said.End, "a note of nobody is none")
		}
	})
}

func FuzzParseServers(f *testing.F) {
	f.Add("nats://a,b:1")
	f.Add("tls://[::1],nats://c")
	f.Add("nats://u:p@b")
	f.Fuzz(func(t *testing.T, text string) {
		servers, err := ParseServers(text)
		for _, s := range servers {
			again, err := ParseServers(s)
			assert.NoError(t, err, s)
			assert.Equal(t, []string{s}, again)
		}
		assert.Equal(t, err == nil, servers != nil)
	})
}
