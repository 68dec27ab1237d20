package core

import (
	"cmp"
	"slices"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// The most of a search.
const (
	maxKeywords      = 5
	maxSearchSenders = 100
	searchAtOnce     = 16 << 10 // messages that are looked through before others have their turn
)

// searchParam is the JSON of TIMMsgSearchLocalMessages.
type searchParam struct {
	Keywords []string `json:"msg_search_param_keyword_array"`
	Types    []int    `json:"msg_search_param_message_type_array"`
	ConvID   string   `json:"msg_search_param_conv_id"`
	ConvType int      `json:"msg_search_param_conv_type"`
	Until    int64    `json:"msg_search_param_search_time_position"`
	Period   int64    `json:"msg_search_param_search_time_period"`
	Page     int64    `json:"msg_search_param_page_index"`
	PageSize int64    `json:"msg_search_param_page_size"`
	Match    int      `json:"msg_search_param_keyword_list_match_type"`
	Senders  []string `json:"msg_search_param_send_identifier_array"`
}

// searchResult is what a search answers.
type searchResult struct {
	Total  int          `json:"msg_search_result_total_count"` // messages of one conversation, else conversations
	Items  []searchItem `json:"msg_search_result_item_array"`
	Cursor string       `json:"msg_search_result_search_cursor"` // of a search of the server's
}

type searchItem struct {
	ConvID   string    `json:"msg_search_result_item_conv_id"`
	ConvType int       `json:"msg_search_result_item_conv_type"`
	Total    int       `json:"msg_search_result_item_total_message_count"`
	Messages []message `json:"msg_search_result_item_message_array"`
}

// search is a call of SearchMessages on its way through the conversations.
type search struct {
	m     *messenger
	param searchParam
	what  cache.Search
	left  []*conversation
	from  uint64 // of the first that is left
	hits  []hits
	done  Done
}

// hits is what was found in a conversation, newest first.
type hits struct {
	c     *conversation
	found []cache.Found
}

// SearchMessages looks for messages on this device: in one conversation, or in all.
func (c *Client) SearchMessages(param string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		s := &search{m: m, done: done}
		err := decode(param, &s.param)
		if err == nil {
			s.what, err = s.param.check(time.Now().Unix())
		}
		if err != nil {
			done(err, "")
			return
		}
		for _, one := range m.conversations {
			if one.Number != 0 && (s.param.ConvType == 0 || one.key() == s.param.key()) {
				s.left = append(s.left, one)
			}
		}
		s.step()
	})
}

func (p searchParam) key() convKey { return convKey{p.ConvType, p.ConvID} }

// check returns what is looked for, or a 6017 that names the key that is wrong.
func (p searchParam) check(now int64) (cache.Search, error) {
	bad := func(key, format string, args ...any) (cache.Search, error) {
		return cache.Search{}, timerr.Newf(timerr.InvalidParameters, "msg_search_param_"+key+" "+format, args...)
	}
	s := cache.Search{All: p.Match == int(tim.KeywordListMatchTypeAnd), Senders: p.Senders, Times: cache.Span{Last: p.Until}}
	switch {
	case len(p.Keywords) > maxKeywords:
		return bad("keyword_array", "has %d keywords, at most %d are looked for", len(p.Keywords), maxKeywords)
	case len(p.Keywords)+len(p.Types)+len(p.Senders) == 0:
		return bad("keyword_array", "is empty, and so are the message types and the senders: at least one of them says what is looked for")
	case len(p.Senders) > maxSearchSenders:
		return bad("send_identifier_array", "has %d senders, at most %d are looked for", len(p.Senders), maxSearchSenders)
	case p.Match != int(tim.KeywordListMatchTypeOr) && !s.All:
		return bad("keyword_list_match_type", "is %d, not 0 or 1", p.Match)
	case p.ConvType < 0 || p.ConvType > int(tim.ConvTypeGroup):
		return bad("conv_type", "is %d, not 0, 1 or 2", p.ConvType)
	case p.ConvType != 0 && p.ConvID == "":
		return bad("conv_id", "is empty; conv_type 0 looks in all conversations")
	case p.ConvType == 0 && p.ConvID != "":
		return bad("conv_type", "is missing beside conv_id")
	case p.Until < 0:
		return bad("search_time_position", "is negative")
	case p.Period < 0:
		return bad("search_time_period", "is negative")
	case p.Page < 0:
		return bad("page_index", "is negative")
	case p.PageSize < 0:
		return bad("page_size", "is negative")
	}
	for _, word := range p.Keywords {
		if word = fold(word); word == "" {
			return bad("keyword_array", "has a keyword without a character")
		}
		s.Words = append(s.Words, fold(word))
	}
	for _, kind := range p.Types {
		if kind < 0 || kind > int(tim.ElemTypeMerge) {
			return bad("message_type_array", "has the type %d, which is none", kind)
		}
		s.Kinds |= 1 << kind
	}
	if len(p.Types) == 0 {
		s.Kinds = allKinds
	}
	if p.Period > 0 {
		s.Times.First = max(1, cmp.Or(p.Until, now)-p.Period)
	}
	return s, nil
}

// allKinds are what is looked for when no type is named: what has words or is a file.
const allKinds = 1<<tim.ElemTypeText | 1<<tim.ElemTypeImage | 1<<tim.ElemTypeSound | 1<<tim.ElemTypeCustom |
	1<<tim.ElemTypeFile | 1<<tim.ElemTypeLocation | 1<<tim.ElemTypeVideo | 1<<tim.ElemTypeMerge

// step looks through some messages, and has the rest wait its turn: who writes and receives
// meanwhile is not held up by a long history.
func (s *search) step() {
	for budget := uint64(searchAtOnce); budget > 0 && len(s.left) > 0; {
		c := s.left[0]
		last := c.Pos // behind which stands what the server does not have
		if s.from+budget <= last {
			last = s.from + budget - 1
		}
		found, err := s.m.cache.Search(c.Number, cache.Range{First: s.from, Last: last}, s.what)
		if err != nil {
			s.done(timerr.Wrap(timerr.SDKInternalError, err), "")
			return
		}
		s.add(c, found)
		budget -= min(budget, last-s.from+1)
		if s.from = last + 1; last == c.Pos {
			s.left, s.from = s.left[1:], 0
		}
	}
	if len(s.left) > 0 {
		s.m.enqueue(s.step)
		return
	}
	result, err := s.result()
	if err != nil {
		s.done(timerr.Wrap(timerr.SDKInternalError, err), "")
		return
	}
	s.done(nil, textOf(result))
}

func (s *search) add(c *conversation, found []cache.Found) {
	if len(found) == 0 {
		return
	}
	slices.Reverse(found)
	if n := len(s.hits); n > 0 && s.hits[n-1].c == c {
		s.hits[n-1].found = append(found, s.hits[n-1].found...)
		return
	}
	s.hits = append(s.hits, hits{c, found})
}

// result is the page that was asked for: of one conversation's messages, or of conversations.
func (s *search) result() (searchResult, error) {
	result := searchResult{Items: []searchItem{}}
	if s.param.ConvType != 0 {
		if len(s.hits) == 0 {
			return result, nil
		}
		h := s.hits[0]
		result.Total = len(h.found)
		item, err := s.item(h, page(h.found, s.param))
		result.Items = append(result.Items, item)
		return result, err
	}
	slices.SortFunc(s.hits, func(a, b hits) int {
		return cmp.Or(-cmp.Compare(a.found[0].Time, b.found[0].Time), cmp.Compare(a.c.Number, b.c.Number))
	})
	result.Total = len(s.hits)
	for _, h := range page(s.hits, s.param) {
		shown := h.found
		if len(shown) > 1 { // they are read by a search in their conversation
			shown = nil
		}
		item, err := s.item(h, shown)
		if err != nil {
			return result, err
		}
		result.Items = append(result.Items, item)
	}
	return result, nil
}

// page is the part of a list that a page has; of size 0, all of it.
func page[T any](list []T, p searchParam) []T {
	if p.PageSize == 0 {
		return list
	}
	n := int64(len(list))
	if p.Page > n/p.PageSize {
		return nil
	}
	first := p.Page * p.PageSize
	return list[first:min(n, first+min(n, p.PageSize))]
}

func (s *search) item(h hits, shown []cache.Found) (searchItem, error) {
	item := searchItem{ConvID: h.c.ID, ConvType: h.c.Type, Total: len(h.found), Messages: []message{}}
	for _, f := range shown {
		row, found, err := s.m.cache.At(h.c.Number, f.Place)
		if err != nil {
			return item, err
		}
		if !found {
			continue // deleted while the search went on
		}
		k, err := keptOf(row)
		if err != nil {
			return item, err
		}
		item.Messages = append(item.Messages, k.forGame(s.m.user, h.c))
	}
	return item, nil
}
