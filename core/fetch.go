package core

import (
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/wire"
)

// fetch asks the server for the places of a conversation that are not known here, and then
// runs then. Without a link, or an answer, it leaves them.
func (m *messenger) fetch(c *conversation, places []uint64, then func()) {
	var holes cache.Ranges
	slices.Sort(places)
	for _, pos := range places {
		if pos == 0 || pos < c.FirstPos || pos <= c.ClearPos || !m.online {
			continue
		}
		known, err := m.cache.Holes(c.Number, cache.Range{First: pos, Last: pos})
		if err == nil && len(known) > 0 {
			holes = holes.Add(cache.Range{First: pos, Last: pos})
		}
	}
	m.fetchNext(c, holes, then)
}

// fetchNext fetches the first of the holes, and then the others.
func (m *messenger) fetchNext(c *conversation, holes cache.Ranges, then func()) {
	if len(holes) == 0 {
		then()
		return
	}
	hole := holes[0]
	body := wire.MessagesRange{ConvType: c.Type, ConvID: c.ID, FromPos: hole.First, ToPos: hole.Last,
		Count: int(min(hole.Last-hole.First+1, wire.MaxMessagesPage))}
	askFor(m, wire.CmdGetMessages, body, true, func(page wire.MessagesPage, err error) {
		if err != nil {
			m.client.log.Info("messages are read from this device alone", "error", err)
			then()
			return
		}
		m.keepPage(c, page)
		rest := holes[1:]
		if len(page.Messages) > 0 && page.WholeTo >= hole.First && page.WholeTo < hole.Last { // the page was full
			rest = append(cache.Ranges{{First: page.WholeTo + 1, Last: hole.Last}}, rest...)
		}
		m.fetchNext(c, rest, then)
	})
}
