package admin

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/msgbody"
)

const (
	roamBytes   = 13 << 10 // of a page
	maxRoam     = 1000     // messages of a page
	recalledBit = 8
	maxPeers    = 10
)

type roaming struct {
	result
	Complete    int
	MsgCnt      int
	LastMsgTime int64
	LastMsgKey  string
	MsgList     []roamed
}

type roamed struct {
	From      string         `json:"From_Account"`
	To        string         `json:"To_Account"`
	Seq       uint64         `json:"MsgSeq"`
	Rand      uint64         `json:"MsgRandom"`
	Time      int64          `json:"MsgTimeStamp"`
	Flags     int            `json:"MsgFlagBits"`
	PeerRead  int            `json:"IsPeerRead"`
	Key       string         `json:"MsgKey"`
	Body      []msgbody.Item `json:"MsgBody"`
	Cloud     string         `json:"CloudCustomData"`
	ClientSec int64          `json:"MsgClientTime"`
}

// getRoamMsg returns a page of a conversation, backwards in time and the oldest first within.
func (r *rest) getRoamMsg(ctx context.Context, c call) (any, error) {
	user, err := c.body.account(noFrom, "Operator_Account", "From_Account")
	if err != nil {
		return nil, err
	}
	peer, err := c.body.account(timerr.SvrMsgInvalidToAccount, "Peer_Account", "To_Account")
	if err != nil {
		return nil, err
	}
	part, count, before, err := roamPart(c.body)
	if err != nil {
		return nil, err
	}
	messages, more, err := r.chat.MessagesFor(ctx, c.app, user, peer, part)
	if err != nil {
		return nil, err
	}
	if before != "" { // the page before ended with it, in the same second
		at := slices.IndexFunc(messages, func(m wire.Message) bool { return keyOf(m) == before })
		messages = messages[at+1:]
	}
	if len(messages) > count {
		messages, more = messages[:count], true
	}
	return roamPage(messages, more)
}

// roamPart reads what is asked for. More messages are read than asked for, since a page
// begins after one of its first second.
func roamPart(f fields) (part chat.Part, count int, before string, err error) {
	most, err := f.number(timerr.SvrMsgJSONParseFailed, math.MaxUint32, true, "MaxCnt")
	if err != nil {
		return part, 0, "", err
	}
	from, err := f.number(timerr.SvrMsgJSONParseFailed, math.MaxUint32, true, "MinTime")
	if err != nil {
		return part, 0, "", err
	}
	to, err := f.number(timerr.SvrMsgJSONParseFailed, math.MaxUint32, true, "MaxTime")
	if err != nil {
		return part, 0, "", err
	}
	if before, err = f.text("LastMsgKey"); err != nil {
		return part, 0, "", err
	}
	count = int(min(max(most, 1), maxRoam))
	return chat.Part{Earliest: time.Unix(int64(from), 0), Latest: time.Unix(int64(to)+1, 0).Add(-time.Millisecond),
		Limit: count + maxRoam, Bytes: 1 << 20, NewestFirst: true}, count, before, nil
}

// roamPage writes messages, which come newest first, until the page is full.
func roamPage(messages []wire.Message, more bool) (any, error) {
	page := roaming{result: ok(), MsgList: []roamed{}}
	size := 0
	for _, m := range messages {
		if size > roamBytes {
			more = true
			break
		}
		one, err := roamedOf(m)
		if err != nil {
			return nil, err
		}
		for _, element := range m.Elements {
			size += len(element)
		}
		page.MsgList = append(page.MsgList, one)
		page.LastMsgTime, page.LastMsgKey = one.Time, one.Key
	}
	slices.Reverse(page.MsgList)
	if page.MsgCnt = len(page.MsgList); !more {
		page.Complete = 1
	}
	return page, nil
}

func roamedOf(m wire.Message) (roamed, error) {
	body, err := msgbody.Format(m.Elements)
	if err != nil {
		return roamed{}, err
	}
	one := roamed{From: m.Sender, To: m.ConvID, Seq: m.Seq, Rand: m.Rand, Time: m.ServerTime, Key: keyOf(m),
		Body: body, Cloud: m.CloudCustom, ClientSec: m.ClientTime}
	if m.Status == int(tim.MsgStatusRevoked) {
		one.Flags = recalledBit
	}
	if m.Readers > 0 {
		one.PeerRead = 1
	}
	return one, nil
}

type unreadTotal struct {
	result
	All uint64 `json:"AllC2CUnreadMsgNum"`
}

type unreadByPeer struct {
	result
	List   []peerUnread `json:"C2CUnreadMsgNumList"`
	Errors []peerError  `json:"ErrorList"`
}

type peerUnread struct {
	Peer string `json:"Peer_Account"`
	Num  uint64 `json:"C2CUnreadMsgNum"`
}

type peerError struct {
	Peer string      `json:"Peer_Account"`
	Code timerr.Code `json:"ErrorCode"`
}

// unreadMsgNum returns how much a user has not read, in all or by peer.
func (r *rest) unreadMsgNum(ctx context.Context, c call) (any, error) {
	user, err := c.body.account(timerr.SvrMsgInvalidToAccount, "To_Account")
	if err != nil {
		return nil, err
	}
	unread, err := r.chat.UnreadOf(ctx, c.app, user)
	if err != nil {
		return nil, err
	}
	peers := c.body.get("Peer_Account").Array()
	if len(peers) == 0 {
		total := unreadTotal{result: ok()}
		for _, n := range unread {
			total.All += n
		}
		return total, nil
	}
	if len(peers) > maxPeers {
		return nil, timerr.Newf(timerr.SvrMsgJSONParseFailed, "Peer_Account has %d users, at most %d are allowed", len(peers), maxPeers)
	}
	names := make([]string, len(peers))
	for i, peer := range peers {
		names[i] = peer.String()
	}
	known, err := r.chat.KnownAccounts(ctx, c.app, names)
	if err != nil {
		return nil, err
	}
	answer := unreadByPeer{result: ok(), List: []peerUnread{}, Errors: []peerError{}}
	for _, name := range names {
		if known[name] {
			answer.List = append(answer.List, peerUnread{name, unread[name]})
		} else {
			answer.Errors = append(answer.Errors, peerError{name, timerr.SvrAccountNotFound})
		}
	}
	return answer, nil
}
