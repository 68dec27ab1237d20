package admin

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// What the calls about messages refuse with codes of their own.
const (
	noFrom        = timerr.Code(90008) // From_Account is missing or nobody's
	badMessageKey = timerr.Code(90054)
)

type sent struct {
	result
	MsgTime int64
	MsgKey  string
	MsgID   string `json:"MsgId"`
}

// sendMsg sends a message as From_Account, or as the administrator who calls.
func (r *rest) sendMsg(ctx context.Context, c call) (any, error) {
	to, err := c.body.account(timerr.SvrMsgInvalidToAccount, "To_Account")
	if err != nil {
		return nil, err
	}
	b, err := backendMessage(c)
	if err != nil {
		return nil, err
	}
	b.To, b.Message.ConvID, b.Origin = to, to, c.origin
	m, err := r.chat.SendFor(ctx, c.app, b)
	if err != nil {
		return nil, sendError(err)
	}
	return sent{ok(), m.ServerTime, keyOf(m), m.MsgID}, nil
}

func randomSeq() uint64 {
	var four [4]byte
	rand.Read(four[:]) // never fails
	return uint64(binary.BigEndian.Uint32(four[:]))
}

// account returns a user id that must be there and well formed.
func (f fields) account(code timerr.Code, names ...string) (string, error) {
	user, err := f.text(names...)
	if err == nil && usersig.CheckUserID(user) != nil {
		err = timerr.Newf(code, "%s is missing or no user id", names[0])
	}
	return user, err
}

// number returns a field that is a whole number of at most most, or 0 when it is absent.
func (f fields) number(code timerr.Code, most uint64, needed bool, name string) (uint64, error) {
	value := f.get(name)
	if !value.Exists() && !needed {
		return 0, nil
	}
	var n uint64
	if err := json.Unmarshal([]byte(value.Raw), &n); err != nil || value.Type != gjson.Number || n > most {
		return 0, timerr.Newf(code, "%s is no number from 0 to %d", name, most)
	}
	return n, nil
}

// keyOf is a message's MsgKey.
func keyOf(m wire.Message) string { return chat.KeyOf(m) }

func parseKey(text string) (key chat.MessageKey, err error) {
	var rest string
	n, _ := fmt.Sscanf(strings.ReplaceAll(text, "_", " ")+" end", "%d %d %d %s", &key.Seq, &key.Rand, &key.Time, &rest)
	if n != 4 || rest != "end" || text != fmt.Sprintf("%d_%d_%d", key.Seq, key.Rand, key.Time) {
		return key, timerr.Newf(badMessageKey, "MsgKey %.50q is none: SEQ_RANDOM_TIME", text)
	}
	return key, nil
}

// msgWithdraw recalls a message, however old it is.
func (r *rest) msgWithdraw(ctx context.Context, c call) (any, error) {
	from, to, key, err := messageNamed(c)
	if err != nil {
		return nil, err
	}
	_, err = r.chat.RevokeFor(ctx, c.app, from, to, key, c.admin, "", c.origin)
	return ok(), err
}

// setMsgRead marks what a user has read, up to a second.
func (r *rest) setMsgRead(_ context.Context, c call) (any, error) {
	reader, err := c.body.account(noFrom, "Report_Account")
	if err != nil {
		return nil, err
	}
	peer, err := c.body.account(timerr.SvrMsgInvalidToAccount, "Peer_Account")
	if err != nil {
		return nil, err
	}
	until := time.Now()
	if value := c.body.get("MsgReadTime"); value.Exists() { // a number, or a text of one
		seconds := value.Int()
		if seconds <= 0 || seconds > math.MaxUint32 {
			return nil, timerr.Newf(timerr.SvrMsgJSONParseFailed, "MsgReadTime is no UNIX second")
		}
		until = time.Unix(seconds+1, 0).Add(-time.Millisecond)
	}
	return ok(), r.chat.ReadFor(c.app, reader, peer, until, c.origin)
}
