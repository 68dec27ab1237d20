package admin

import (
	"context"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/chat"
)

// The service recentcontact: users' conversations.

const (
	recentPage   = 100 // conversations of a page
	maxContacts  = 100 // of one call that changes them
	maxSearched  = 300
	labelledPage = 100
)

// displayed is what the answers of this service have besides.
type displayed struct {
	result
	ErrorDisplay string
}

// contactItem names a conversation.
type contactItem struct {
	Type    int
	To      string `json:"To_Account,omitempty"`
	ToGroup string `json:"ToGroupId,omitempty"`
}

type contactResult struct {
	Item contactItem `json:"ContactItem"`
	Code timerr.Code `json:"ResultCode"`
	Info string      `json:"ResultInfo"`
}

func badContact(format string, args ...any) error {
	return timerr.Newf(timerr.SvrConvInvalidParameters, format, args...)
}

// owner reads whose conversations a call is about.
func (r *rest) owner(ctx context.Context, c call) (string, error) {
	user, err := c.body.account(timerr.SvrConvInvalidParameters, "From_Account")
	if err != nil {
		return "", err
	}
	known, err := r.chat.KnownAccounts(ctx, c.app, []string{user})
	if err == nil && !known[user] {
		err = timerr.Newf(timerr.SvrConvAccountNotFound, "there is no user %q", user)
	}
	return user, err
}

// contact reads which conversation an object names. A group's has an error of its own, for
// there are none.
func contact(app uint64, user string, f fields) (item contactItem, conv chat.Conv, err error) {
	kind, err := f.number(timerr.SvrConvInvalidParameters, 2, true, "Type")
	if err != nil {
		return item, conv, err
	}
	item.Type = int(kind)
	if item.Type == int(tim.ConvTypeGroup) {
		item.ToGroup, err = f.text("ToGroupId", "ToGroupid", "To_Account")
		if err == nil && item.ToGroup == "" {
			err = badContact("ToGroupId is missing")
		}
		return item, chat.Conv{Type: tim.ConvTypeGroup}, err
	}
	item.To, err = f.text("To_Account")
	if err == nil && (item.Type != int(tim.ConvTypeC2C) || usersig.CheckUserID(item.To) != nil) {
		err = badContact("Type is not 1 or 2, or To_Account is missing or no user id")
	}
	return item, chat.C2C(app, user, item.To), err
}

type recentItem struct {
	Type  int
	To    string `json:"To_Account,omitempty"`
	Group string `json:"GroupId,omitempty"`
	Time  int64  `json:"MsgTime"`
	Top   int    `json:"TopFlag"`
}

type recentList struct {
	displayed
	Items    []recentItem `json:"SessionItem"`
	Complete int          `json:"CompleteFlag"`
	Time     uint64       `json:"TimeStamp"`
	Start    uint64       `json:"StartIndex"`
	TopTime  uint64       `json:"TopTimeStamp"`
	TopStart uint64       `json:"TopStartIndex"`
}

// place is up to where a list was read: so many of a second's conversations, which all of the
// later ones come before. The zero one is the beginning.
type place struct{ second, skip uint64 }

func (p place) query(pinned, empty bool, limit int) chat.RecentQuery {
	q := chat.RecentQuery{Pinned: pinned, WithEmpty: empty, Skip: int(p.skip), Limit: limit}
	if p.second > 0 {
		q.Before = time.Unix(int64(p.second)+1, 0)
	}
	return q
}

// after is the place behind some conversations.
func (p place) after(views []chat.View) place {
	for _, v := range views {
		if second := uint64(v.SentAt.Unix()); second != p.second {
			p = place{second: second}
		}
		p.skip++
	}
	return p
}

// recentContacts returns a page of a user's conversations: the pinned ones, and then the
// others, the newest first.
func (r *rest) recentContacts(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	var n [5]uint64
	for i, name := range []string{"TimeStamp", "StartIndex", "TopTimeStamp", "TopStartIndex", "AssistFlags"} {
		if n[i], err = c.body.number(timerr.SvrConvInvalidParameters, 1<<40, false, name); err != nil {
			return nil, err
		}
	}
	others, pinned, empty := place{n[0], n[1]}, place{n[2], n[3]}, n[4]&2 != 0
	page := recentList{displayed: displayed{result: ok()}, Items: []recentItem{}, Complete: 1}
	for _, part := range []struct {
		place  *place
		pinned bool
	}{{&pinned, true}, {&others, false}} {
		room := recentPage - len(page.Items)
		views, err := r.chat.RecentFor(ctx, c.app, user, part.place.query(part.pinned, empty, room+1))
		if err != nil {
			return nil, err
		}
		if len(views) > room {
			views, page.Complete = views[:room], 0
		}
		*part.place = part.place.after(views)
		for _, v := range views {
			page.Items = append(page.Items, recentOf(v, user, part.pinned))
		}
	}
	page.Time, page.Start, page.TopTime, page.TopStart = others.second, others.skip, pinned.second, pinned.skip
	return page, nil
}

func recentOf(v chat.View, user string, pinned bool) recentItem {
	item := recentItem{Type: int(v.Type), Time: v.SentAt.Unix()}
	if v.Type == tim.ConvTypeC2C {
		item.To = v.IDFor(user)
	} else {
		item.Group = v.IDFor(user)
	}
	if v.Last != nil {
		item.Time = v.Last.At.Unix()
	}
	if pinned {
		item.Top = 1
	}
	return item
}

// deleteContact takes a conversation from a user, with its messages or without.
func (r *rest) deleteContact(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	_, conv, err := contact(c.app, user, c.body)
	if err == nil && conv.Type == tim.ConvTypeGroup {
		err = chat.GroupConversation()
	}
	if err == nil {
		err = r.chat.ClearFor(conv, user, chat.Clearing{Messages: c.body.get("ClearRamble").Int() == 1, Conversation: true})
	}
	return displayed{result: ok()}, err
}

// labelItems reads the conversations of a change. Those that cannot be have a result at once,
// and no item.
type labelItems struct {
	results []contactResult
	items   []chat.LabelItem
	waiting []int // the results of the items
}

func (l *labelItems) add(app uint64, user string, f fields, item chat.LabelItem) error {
	named, conv, err := contact(app, user, f)
	if err != nil {
		return err
	}
	l.results = append(l.results, contactResult{Item: named})
	at := len(l.results) - 1
	if conv.Type == tim.ConvTypeGroup {
		l.result(at, chat.GroupConversation())
		return nil
	}
	item.Conv = conv
	l.items, l.waiting = append(l.items, item), append(l.waiting, at)
	return nil
}

func (l *labelItems) result(at int, err error) {
	l.results[at].Code, l.results[at].Info = timerr.CodeOf(err), timerr.DescOf(err)
}

// done takes what became of the items.
func (l *labelItems) done(results []error) {
	for i, err := range results {
		l.result(l.waiting[i], err)
	}
}

// contactList reads an array of 1 to most objects.
func contactList(f fields, most int, name string) ([]gjson.Result, error) {
	list := f.get(name).Array()
	if len(list) == 0 || len(list) > most {
		return nil, timerr.Newf(timerr.SvrConvConvMarkReqCountExceedLimit, "%s has %d elements, not 1 to %d", name, len(list), most)
	}
	return list, nil
}

// markContact sets marks and custom data of conversations.
func (r *rest) markContact(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	list, err := contactList(c.body, maxContacts, "MarkItem")
	if err != nil {
		return nil, err
	}
	var l labelItems
	types := make([]int64, len(list))
	for i, one := range list {
		f := fields(one.Map())
		var item chat.LabelItem
		if item, err = markItem(f); err == nil {
			err = l.add(c.app, user, fields(f.get("ContactItem").Map()), item)
		}
		if err != nil {
			return nil, err
		}
		types[i] = f.get("OptType").Int()
	}
	done, err := r.chat.LabelFor(ctx, c.app, user, chat.LabelChange{Items: l.items})
	if err != nil {
		return nil, err
	}
	l.done(done.Results)
	type marked struct {
		OptType int64
		contactResult
	}
	answer := struct {
		displayed
		Items []marked `json:"ResultItem"`
	}{displayed: displayed{result: ok()}}
	for i, one := range l.results {
		answer.Items = append(answer.Items, marked{types[i], one})
	}
	return answer, nil
}

// markItem reads what is done to one conversation: its marks, its custom data or both.
func markItem(f fields) (item chat.LabelItem, err error) {
	kind, err := f.number(timerr.SvrConvInvalidParameters, 3, true, "OptType")
	if err != nil || kind == 0 {
		return item, badContact("OptType is not 1, 2 or 3")
	}
	if kind != 2 {
		if item.ClearMarks, err = bits(f, "ClearMark"); err != nil {
			return item, err
		}
		if item.SetMarks, err = bits(f, "SetMark"); err != nil {
			return item, err
		}
	}
	if kind != 1 {
		text, err := f.text("CustomMark")
		if err != nil {
			return item, err
		}
		item.Custom = &text
	}
	return item, nil
}

// bits reads an array of the numbers of bits.
func bits(f fields, name string) (mask uint64, err error) {
	for _, one := range f.get(name).Array() {
		if n := one.Int(); one.Type == gjson.Number && n >= 0 && n < 64 && float64(n) == one.Num {
			mask |= 1 << n
			continue
		}
		return 0, badContact("%s holds what is no number of a bit, 0 to 63", name)
	}
	return mask, nil
}

// standardMark writes a mask as the text that answers have: bit 0 first.
func standardMark(mask uint64) string {
	var b strings.Builder
	for ; mask != 0; mask >>= 1 {
		b.WriteByte('0' + byte(mask&1))
	}
	return b.String()
}
