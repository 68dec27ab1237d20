package bench

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// archive has a fake server keep the messages of the one conversation that there is, ten in a second.
// Spoil changes a page before it goes out.
type archive struct {
	spoil func(asked wire.MessagesRange, page *wire.MessagesPage)

	mu   sync.Mutex
	kept []wire.Message
}

func (a *archive) answer(f *fake, request wire.Request) []wire.Frame {
	a.mu.Lock()
	defer a.mu.Unlock()
	frame := wire.Frame{ID: request.ID}
	switch request.Cmd {
	case wire.CmdSendMessage:
		var m wire.Message
		_ = json.Unmarshal(request.Body, &m) // a zero message is kept as well
		m.Pos = uint64(len(a.kept) + 1)
		m.ServerTime = 1700000000 + int64(m.Pos)/10
		a.kept = append(a.kept, m)
		return []wire.Frame{{ID: request.ID, Body: sentFrame(m.Pos).Body}}
	case wire.CmdGetMessages:
		var asked wire.MessagesRange
		_ = json.Unmarshal(request.Body, &asked)
		page := a.page(asked)
		if a.spoil != nil && asked.Count > 1 { // the ends of the conversation are asked for alone
			a.spoil(asked, &page)
		}
		frame.Body, _ = json.Marshal(page)
		return []wire.Frame{frame}
	}
	return f.answers(request)
}

// page is what is asked for, as a server has it that keeps its promises.
func (a *archive) page(asked wire.MessagesRange) wire.MessagesPage {
	page := wire.MessagesPage{Pos: uint64(len(a.kept))}
	for _, m := range a.kept {
		if m.Pos >= asked.FromPos && m.ServerTime >= asked.FromTime && (asked.ToTime == 0 || m.ServerTime <= asked.ToTime) {
			page.Messages = append(page.Messages, m)
		}
	}
	if asked.NewestFirst {
		slices.Reverse(page.Messages)
	}
	page.Messages = page.Messages[:min(asked.Count, len(page.Messages))]
	return page
}

func TestPagesOfAHistoryAreTimed(t *testing.T) {
	a := &archive{}
	report := startFake(t, a.answer).run(t, "history", "--messages", "150", "--rate", "300")
	assert.Empty(t, report.Broken)
	assert.Empty(t, report.Errors)
	assert.EqualValues(t, 150, report.Counts["messages"], "what was lacking was sent")
	assert.EqualValues(t, 30, report.Counts["pages"])
	for _, kind := range []string{"newest", "by_seq", "by_time"} {
		assert.EqualValues(t, 10, report.Latencies[kind].Count, kind)
	}
	assert.Len(t, report.Latencies, 3)
	report = startFake(t, a.answer).run(t, "history", "--messages", "1", "--page", "200")
	assert.Empty(t, report.Broken, "fewer are there than a page has")
	assert.EqualValues(t, 150, report.Counts["messages"], "nothing was lacking")
}

func TestAWrongPageBreaksAPromise(t *testing.T) {
	for want, spoil := range map[string]func(asked wire.MessagesRange, page *wire.MessagesPage){
		"in another order": func(_ wire.MessagesRange, page *wire.MessagesPage) { slices.Reverse(page.Messages) },
		"not of the part": func(asked wire.MessagesRange, page *wire.MessagesPage) {
			if asked.FromTime > 0 && len(page.Messages) > 0 {
				page.Messages[0].ServerTime = asked.FromTime - 1
			}
		},
		"had another number": func(asked wire.MessagesRange, page *wire.MessagesPage) {
			if asked.NewestFirst {
				page.Messages = page.Messages[1:]
			}
		},
	} {
		a := &archive{spoil: spoil}
		report := startFake(t, a.answer).run(t, "history", "--messages", "100", "--rate", "300")
		require.Len(t, report.Broken, 1, want)
		assert.Contains(t, report.Broken[0], want)
	}
}
