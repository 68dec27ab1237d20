package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// window is a page in a browser without a screen.
type window struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	faults []string // exceptions of the page's script
}

// browse opens url.
func browse(t *testing.T, url string) *window {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("chromium"))
	allocator, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	w := &window{t: t, ctx: ctx}
	go w.watch(chromedp.Events(ctx, runtime.ExceptionThrown))
	w.do("open", chromedp.Navigate(url))
	return w
}

func (w *window) watch(thrown iter.Seq2[runtime.EventExceptionThrown, error]) {
	for event, err := range thrown {
		if err != nil {
			return // the window is closed
		}
		w.mu.Lock()
		w.faults = append(w.faults, fmt.Sprint(event.ExceptionDetails))
		w.mu.Unlock()
	}
}

func (w *window) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	require.NoError(w.t, chromedp.Do(ctx, actions...), what)
}

// waitFor waits until an expression of the page is true.
func (w *window) waitFor(expression string) {
	w.t.Helper()
	holds := func() bool {
		value, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](expression))
		return err == nil && value
	}
	if !assert.Eventually(w.t, holds, time.Minute, 50*time.Millisecond, expression) {
		text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		require.FailNow(w.t, "the page shows", text)
	}
}

// shows waits until a part of the page has all the texts, in that order.
func (w *window) shows(selector string, texts ...string) {
	w.t.Helper()
	want, err := json.Marshal(texts)
	require.NoError(w.t, err)
	w.waitFor(fmt.Sprintf(`((text, wanted) => {
		let from = 0;
		return wanted.every((t) => { const at = text.indexOf(t, from); from = at + t.length; return at >= 0; });
	})(document.querySelector(%q).innerText, %s)`, selector, want))
}

func (w *window) logIn(user string) {
	w.t.Helper()
	w.do("log in", chromedp.SetValue("#user", user), chromedp.Click("#login button"), chromedp.WaitVisible("#chat"))
}

func (w *window) openChat(user string) {
	w.t.Helper()
	w.do("open a chat", chromedp.SetValue("#other", user), chromedp.Click("#start button"), chromedp.WaitVisible("#right"))
}

func (w *window) say(text string) {
	w.t.Helper()
	w.do("say", chromedp.SetValue("#text", text), chromedp.Click("#send button"))
}

func TestAPersonChatsOnThePage(t *testing.T) {
	folder := testFolder(t)
	s := startProcess(t, folder)
	w := browse(t, s.PageURL)
	w.logIn("alice")
	bob, session := s.online("bob", "linux", "1")

	w.openChat("bob")
	w.say("hello 世界 🎮")
	m := body[wire.Message](t, bob.expect(wire.EventMessage))
	assert.Equal(t, "alice", m.Sender)
	assert.JSONEq(t, `{"elem_type":0,"text_elem_content":"hello 世界 🎮"}`, string(m.Elements[0]))
	bob.request(wire.CmdReportRead, wire.ReadReport{ConvType: 1, ConvID: "alice"})
	bob.expect(wire.EventConversation)
	assert.Zero(t, bob.read().Code)
	w.shows("#seen", "Read")

	bob.say("alice", "b1", "<b>bold</b> & \"quoted\"")
	w.shows("#messages", "hello 世界 🎮", "<b>bold</b> & \"quoted\"")
	w.shows("#conversations", "bob", "<b>bold</b>")

	w.do("recall", chromedp.Click("#messages li.mine button"))
	w.shows("#messages", "Recalled", "<b>bold</b>")
	bob.next(wire.EventMessageChanged)

	// The server ends and comes back, and so does the page, with what it had missed.
	require.NoError(t, s.Process.Kill())
	s.Wait()
	w.shows("#state", "Connecting")
	again := startProcess(t, folder)
	bob = again.connect("linux", "1")
	bob.session(bob.resume("bob", again.ticket("bob", 3600), session))
	bob.say("alice", "b2", "are you back?")
	w.shows("#messages", "<b>bold</b>", "are you back?")
	w.say("yes")
	assert.Equal(t, "yes", textIn(t, bob.next(wire.EventMessage)))

	again.online("alice", "web", "another window")
	w.shows("#refusal", "other device")
	w.mu.Lock()
	assert.Empty(t, w.faults)
	w.mu.Unlock()
	assert.NotContains(t, again.log.String(), "are you back?")
}

// next reads up to an event of that name.
func (c *client) next(event string) wire.Frame {
	c.t.Helper()
	for {
		if frame := c.read(); frame.Event == event {
			return frame
		}
	}
}

// textIn returns the text of a message that came.
func textIn(t *testing.T, frame wire.Frame) string {
	t.Helper()
	var element struct {
		Text string `json:"text_elem_content"`
	}
	require.NoError(t, json.Unmarshal(body[wire.Message](t, frame).Elements[0], &element))
	return element.Text
}

func TestThePageLoadsOlderMessages(t *testing.T) {
	s := startDev(t, testFolder(t))
	bob, _ := s.online("bob", "linux", "1")
	s.online("alice", "linux", "1") // so that the account is there
	for i := range 70 {
		bob.say("alice", "m"+string(rune('a'+i)), "number "+string(rune('A'+i%26))+string(rune('0'+i/26))+".")
	}
	w := browse(t, s.PageURL)
	w.logIn("alice")
	w.shows("#conversations", "bob", "70")
	w.openChat("bob")
	w.shows("#messages", "number R2.")
	w.shows("#conversations", "bob") // and is read
	w.do("older", chromedp.Click("#older"))
	w.waitFor(`document.querySelectorAll("#messages li").length >= 60`)
	w.do("older", chromedp.Click("#older"), chromedp.WaitNotVisible("#older"))
	w.shows("#messages", "number A0.", "number A1.", "number A2.", "number R2.")
	assert.EqualValues(t, 70, body[wire.ReadEvent](t, bob.expect(wire.EventRead)).ReadPos)

}
