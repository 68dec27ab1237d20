package core

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Of TIMMsgGetMsgList.
const (
	defaultHistory = 20
	maxHistory     = 1000
	maxFillings    = 50 // pages of the server for one page of the game
)

// historyParam is the JSON of TIMMsgGetMsgList.
type historyParam struct {
	Last       json.RawMessage `json:"msg_getmsglist_param_last_msg"`
	Count      int64           `json:"msg_getmsglist_param_count"`
	Cloud      bool            `json:"msg_getmsglist_param_is_ramble"`
	Types      []int           `json:"msg_getmsglist_param_message_type_array"`
	Forward    bool            `json:"msg_getmsglist_param_is_forward"`
	LastSeq    uint64          `json:"msg_getmsglist_param_last_msg_seq"`
	TimeBegin  int64           `json:"msg_getmsglist_param_time_begin"`
	TimePeriod int64           `json:"msg_getmsglist_param_time_period"`
	Seqs       []uint64        `json:"msg_getmsglist_param_message_seq_array"`
}

// historyRead is a call of History on its way.
type historyRead struct {
	m        *messenger
	c        *conversation
	q        cache.Query
	types    []int
	have     []message
	want     int
	cloud    bool
	fillings int
	done     Done
}

// History reads messages of a conversation: from the cache, and what it does not know from
// the server, if the parameter wants that and there is a link.
func (c *Client) History(kind int, conversation, param string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		if err := m.history(convKey{kind, conversation}, param, done); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) history(key convKey, text string, done Done) error {
	var param historyParam
	if err := decode(text, &param); err != nil {
		return err
	}
	switch {
	case param.Count < 0 || param.Count > maxHistory:
		return timerr.Newf(timerr.InvalidParameters, "msg_getmsglist_param_count is %d; 1 to %d messages come at once", param.Count, maxHistory)
	case len(param.Seqs) > maxHistory:
		return timerr.Newf(timerr.InvalidParameters, "msg_getmsglist_param_message_seq_array has %d numbers, at most %d messages come at once", len(param.Seqs), maxHistory)
	case param.TimeBegin < 0 || param.TimePeriod < 0:
		return timerr.Newf(timerr.InvalidParameters, "msg_getmsglist_param_time_begin and _period must not be negative")
	}
	if len(param.Seqs) > 0 { // which go before all else
		m.readSought(key, param.soughtBySeq(key), done)
		return nil
	}
	c := m.begin(key)
	if c.Number == 0 {
		m.update(func() error { return m.keep(c) })
	}
	start, err := m.startOf(c, param)
	if err != nil {
		return err
	}
	h := &historyRead{m: m, c: c, types: param.Types, have: []message{}, done: done}
	h.cloud = param.Cloud && m.online && len(param.Types) == 0
	h.q = cache.Query{Start: start, Newer: param.Forward, Limit: defaultHistory, Times: spanOf(param)}
	if param.Count > 0 {
		h.q.Limit = int(param.Count)
	}
	h.want = h.q.Limit
	h.q.Whole = cache.Range{First: max(1, c.FirstPos, c.ClearPos+1), Last: cache.Newest}
	if m.synced {
		h.q.Whole.Last = c.Pos
	}
	if h.cloud && h.q.Times != (cache.Span{}) {
		h.ask(cache.Range{First: h.q.Whole.First, Last: cache.Newest})
		return nil
	}
	h.read()
	return nil
}

// soughtBySeq is the messages of the numbers that the parameter names. In a group these are
// places; a one-to-one conversation has them by their senders' numbers.
func (p historyParam) soughtBySeq(key convKey) []sought {
	list := make([]sought, len(p.Seqs))
	for i, seq := range p.Seqs {
		if list[i].Seq = seq; key.kind == int(tim.ConvTypeGroup) {
			list[i] = sought{UniqueID: seq}
		}
	}
	return list
}

// startOf is the place beside which the page begins.
func (m *messenger) startOf(c *conversation, param historyParam) (cache.Place, error) {
	if len(param.Last) > 0 && string(param.Last) != "null" {
		k, err := m.located(c, param.Last, "msg_getmsglist_param_last_msg")
		return k.place, err
	}
	if seq := param.LastSeq; seq != 0 && c.Type == int(tim.ConvTypeGroup) { // which is a place, and included
		if param.Forward {
			return cache.Place{Pos: min(seq, cache.Newest), Nth: -1}, nil
		}
		return cache.Place{Pos: min(seq, cache.Newest), Nth: 1}, nil
	}
	if param.Forward {
		return cache.Oldest, nil
	}
	return cache.Latest, nil
}

// spanOf is the time window: before its begin, or after it when older messages come first.
func spanOf(param historyParam) cache.Span {
	if param.TimeBegin == 0 && param.TimePeriod == 0 {
		return cache.Span{}
	}
	begin, period := param.TimeBegin, param.TimePeriod
	if param.Forward {
		last := int64(0)
		if period > 0 && begin <= math.MaxInt64-period {
			last = begin + period
		}
		return cache.Span{First: begin, Last: last}
	}
	if begin == 0 {
		return cache.Span{}
	}
	first := int64(0)
	if period > 0 {
		first = max(0, begin-period)
	}
	return cache.Span{First: first, Last: begin}
}

// read reads the cache, asks the server for what lacks, and answers when nothing does.
func (h *historyRead) read() {
	if !h.cloud {
		h.q.Gaps = true
	}
	page, err := h.m.cache.History(h.c.Number, h.q)
	switch {
	case err != nil:
		h.done(timerr.Wrap(timerr.SDKInternalError, err), "")
	case page.Hole != nil && h.fillings < maxFillings:
		h.fillings++
		h.ask(*page.Hole)
	default:
		h.answer(page.Messages)
	}
}

// ask asks the server for what is next of a range.
func (h *historyRead) ask(r cache.Range) {
	body := wire.MessagesRange{
		ConvType: h.c.Type, ConvID: h.c.ID, FromPos: r.First, ToPos: r.Last, FromTime: h.q.Times.First, ToTime: h.q.Times.Last,
		Count: min(h.q.Limit, wire.MaxMessagesPage), NewestFirst: !h.q.Newer,
	}
	if h.q.Newer && h.q.Start.Nth >= 0 {
		body.FromPos = max(body.FromPos, h.q.Start.Pos+1)
	} else if !h.q.Newer && h.q.Start.Pos < r.Last {
		body.ToPos = h.q.Start.Pos
	}
	if body.ToPos == cache.Newest {
		body.ToPos = 0
	}
	askFor(h.m, wire.CmdGetMessages, body, true, func(page wire.MessagesPage, err error) { h.filled(r, page, err) })
}

// filled keeps what the server has, and reads on. Without an answer the cache has to do.
func (h *historyRead) filled(asked cache.Range, page wire.MessagesPage, err error) {
	if err != nil {
		h.m.client.log.Info("the history is read from this device alone", "error", err)
		h.cloud = false
		h.read()
		return
	}
	h.m.keepPage(h.c, page)
	h.q.Whole.First = max(h.q.Whole.First, page.FirstPos)
	if asked.Last == cache.Newest {
		h.q.Whole.Last = max(page.Pos, h.c.Pos)
	}
	nothing := page.WholeTo < page.WholeFrom || page.WholeTo < asked.First || page.WholeFrom > asked.Last
	if nothing || h.q.Times != (cache.Span{}) {
		h.cloud = false // there is no more
	}
	h.read()
	h.m.tell() // of changes that it has brought
}

// keepPage keeps messages that the server has, and what is whole with them.
func (m *messenger) keepPage(c *conversation, page wire.MessagesPage) {
	m.update(func() error {
		err := m.keep(c)
		for _, v := range page.Messages {
			k := fromServer(v, m.user)
			if c.lost(k.Pos) {
				continue
			}
			m.recognise(c, &k)
			err = first(err, m.put(c, &k))
		}
		c.FirstPos = max(c.FirstPos, page.FirstPos)
		if page.WholeFrom >= 1 && page.WholeTo >= page.WholeFrom {
			err = first(err, m.cache.AddRange(c.Number, cache.Range{First: page.WholeFrom, Last: page.WholeTo}))
		}
		return first(err, m.keep(c))
	})
	if page.Mod < c.Mod && len(page.Messages) > 0 { // a change has overtaken the page
		m.askAgain(c, page.Mod)
	}
}

// answer answers with the messages, or reads on when too few have an element of the wanted
// kinds.
func (h *historyRead) answer(rows []cache.Message) {
	for _, row := range rows {
		k, err := keptOf(row)
		if err != nil {
			h.m.cache.Damaged()
			h.done(timerr.Wrap(timerr.SDKInternalError, err), "")
			return
		}
		h.q.Start = row.Place
		if len(h.types) == 0 || hasKind(k.Elements, h.types) {
			h.have = append(h.have, k.forGame(h.m.user, h.c))
		}
	}
	if len(rows) == h.q.Limit && len(h.have) < h.want {
		h.read()
		return
	}
	h.done(nil, messagesText(h.have[:min(len(h.have), h.want)]))
}

func hasKind(elements []json.RawMessage, kinds []int) bool {
	return slices.ContainsFunc(elements, func(one json.RawMessage) bool {
		var e struct {
			Kind int `json:"elem_type"`
		}
		return json.Unmarshal(one, &e) == nil && slices.Contains(kinds, e.Kind)
	})
}
