package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var labelTests = []test{
	{"marks and custom data are set and cleared, and repeated ones are no news", testMarks},
	{"conversation groups are made, renamed and ended", testGroups},
	{"a conversation that is not there gets no label", testLabelNowhere},
	{"only so many conversations have labels", testLabelLimit},
	{"a group that is too full drops what joined first", testFullGroup},
	{"deleting a conversation takes its labels", testDeletedLabels},
	{"a conversation goes without its messages", testDeleteKeepsMessages},
	{"catching up finds labels and groups", testLabelCatchUp},
	{"recent conversations come by time, and in pages", testRecent},
	{"labels are those of a plain model", testLabelModel},
	{"changes of labels and of views at the same time are all kept", testLabelsAtOnce},
}

var labelLimits = chat.LabelLimits{Labelled: 5, Groups: 3, GroupSize: 3}

// chats gives ann a conversation with each.
func chats(t *testing.T, store chat.Store, others ...string) {
	t.Helper()
	accounts(t, store)
	for i, other := range others {
		mustAppend(t, store, with(other), i, said(other, "a"))
	}
}

func with(other string) chat.Conv { return chat.C2C(app, "ann", other) }

func label(t *testing.T, store chat.Store, change chat.LabelChange) chat.Labelled {
	t.Helper()
	done, err := store.ChangeLabels(t.Context(), app, "ann", change, labelLimits)
	require.NoError(t, err)
	return done
}

// joins is a change that puts conversations into a group.
func joins(action chat.GroupAction, name string, others ...string) chat.LabelChange {
	c := chat.LabelChange{Group: action, Name: name}
	for _, other := range others {
		c.Items = append(c.Items, chat.LabelItem{Conv: with(other), Join: true})
	}
	return c
}

func marks(other string, set, clear uint64) chat.LabelChange {
	return chat.LabelChange{Items: []chat.LabelItem{{Conv: with(other), SetMarks: set, ClearMarks: clear}}}
}

func groupNames(t *testing.T, store chat.Store) (names []string) {
	t.Helper()
	groups, err := store.ConversationGroups(t.Context(), app, "ann")
	require.NoError(t, err)
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

func labelsOf(t *testing.T, store chat.Store, other string) chat.Labels {
	t.Helper()
	v, err := store.View(t.Context(), with(other), "ann")
	require.NoError(t, err)
	return v.Labels
}

func testMarks(t *testing.T, store chat.Store) {
	chats(t, store, "bob", "cid")
	const high = 1 << 63
	done := label(t, store, marks("bob", 3|high, 0))
	assert.EqualValues(t, 1, done.Rev)
	assert.Equal(t, []chat.LabelledConversation{{Conv: with("bob"), Labels: chat.Labels{Marks: 3 | high}}}, done.Changed)
	assert.Equal(t, []error{nil}, done.Results)
	again := label(t, store, marks("bob", high, 0))
	assert.Empty(t, again.Changed)
	assert.EqualValues(t, 1, again.Rev, "nothing was done")
	data := "x"
	done = label(t, store, chat.LabelChange{Items: []chat.LabelItem{{Conv: with("bob"), ClearMarks: 1, Custom: &data}, {Conv: with("cid"), Custom: &data}}})
	assert.EqualValues(t, 2, done.Rev, "one for both")
	assert.Equal(t, chat.Labels{Marks: 2 | high, Custom: "x"}, labelsOf(t, store, "bob"))
	assert.Equal(t, chat.Labels{Custom: "x"}, labelsOf(t, store, "cid"))
	v, err := store.View(t.Context(), with("bob"), "bob")
	require.NoError(t, err)
	assert.Zero(t, v.Marks, "they are ann's alone")
	v, _, err = store.ReadConversation(t.Context(), with("bob"), "ann", chat.ReadTo{}, after(9))
	require.NoError(t, err)
	assert.EqualValues(t, 3, v.Rev)
	assert.Equal(t, chat.Labels{Marks: 2 | high, Custom: "x"}, v.Labels, "other changes of the view keep them")
}

func testGroups(t *testing.T, store chat.Store) {
	chats(t, store, "bob", "cid")
	done := label(t, store, joins(chat.CreateGroup, "work", "bob"))
	assert.Equal(t, []chat.ConversationGroup{{ID: 1, Name: "work"}}, done.Groups)
	assert.Equal(t, []uint64{1}, done.Changed[0].Groups)
	again := label(t, store, joins(chat.CreateGroup, "work", "bob", "cid"))
	assert.False(t, again.GroupsChanged, "it is there")
	assert.Len(t, again.Changed, 1)
	label(t, store, joins(chat.CreateGroup, "play", "bob"))
	assert.Equal(t, []uint64{1, 3}, labelsOf(t, store, "bob").Groups)

	refused := func(change chat.LabelChange) error {
		_, err := store.ChangeLabels(t.Context(), app, "ann", change, labelLimits)
		return err
	}
	assert.ErrorIs(t, refused(joins(chat.UseGroup, "none", "bob")), chat.ErrNoGroup)
	assert.ErrorIs(t, refused(chat.LabelChange{Group: chat.RenameGroup, Name: "work", NewName: "play"}), chat.ErrGroupExists)
	assert.ErrorIs(t, refused(chat.LabelChange{Group: chat.DeleteGroup, Name: "none"}), chat.ErrNoGroup)
	label(t, store, joins(chat.CreateGroup, "third"))
	assert.ErrorIs(t, refused(joins(chat.CreateGroup, "fourth")), chat.ErrTooManyGroups)

	done = label(t, store, chat.LabelChange{Group: chat.RenameGroup, Name: "work", NewName: "job"})
	assert.Equal(t, chat.ConversationGroup{ID: 1, Name: "job"}, done.Group)
	assert.Empty(t, done.Changed, "the conversations know it by its id")
	assert.Equal(t, []string{"job", "play", "third"}, groupNames(t, store))
	done = label(t, store, chat.LabelChange{Group: chat.UseGroup, Name: "job", Items: []chat.LabelItem{{Conv: with("bob"), Leave: true}}})
	assert.Equal(t, []uint64{3}, done.Changed[0].Groups)
	label(t, store, chat.LabelChange{Group: chat.DeleteGroup, Name: "play"})
	assert.Equal(t, []string{"job", "third"}, groupNames(t, store))
	assert.Empty(t, labelsOf(t, store, "bob").Groups)
	assert.Equal(t, []uint64{1}, labelsOf(t, store, "cid").Groups)
	_, err := store.ChangeLabels(t.Context(), app, "nobody", joins(chat.CreateGroup, "x"), labelLimits)
	assert.ErrorIs(t, err, chat.ErrNoAccount)
}

func testLabelNowhere(t *testing.T, store chat.Store) {
	chats(t, store, "bob")
	done := label(t, store, joins(chat.CreateGroup, "g", "cid", "bob"))
	assert.Equal(t, []error{chat.ErrNoConversation, nil}, done.Results)
	assert.Len(t, done.Changed, 1)
	_, err := store.View(t.Context(), with("cid"), "ann")
	assert.ErrorIs(t, err, chat.ErrNoConversation)
}

func testLabelLimit(t *testing.T, store chat.Store) {
	chats(t, store, "b1", "b2", "b3", "b4", "b5", "b6")
	for i := 1; i <= 5; i++ {
		label(t, store, marks(fmt.Sprint("b", i), 1, 0))
	}
	done := label(t, store, joins(chat.CreateGroup, "g", "b6", "b1"))
	assert.Equal(t, []error{chat.ErrTooManyLabelled, nil}, done.Results, "who has a label may have more")
	label(t, store, marks("b2", 0, 1))
	done = label(t, store, chat.LabelChange{Items: []chat.LabelItem{{Conv: with("b6"), SetMarks: 2}, {Conv: with("b2"), SetMarks: 2}}})
	assert.Equal(t, []error{nil, chat.ErrTooManyLabelled}, done.Results)
}

func testFullGroup(t *testing.T, store chat.Store) {
	chats(t, store, "b1", "b2", "b3", "b4", "b5")
	label(t, store, joins(chat.CreateGroup, "g", "b2"))
	label(t, store, joins(chat.UseGroup, "g", "b1"))
	done := label(t, store, joins(chat.UseGroup, "g", "b3", "b4"))
	dropped := []string{}
	for _, one := range done.Changed {
		if len(one.Dropped) > 0 {
			dropped = append(dropped, one.Conv.IDFor("ann"))
			assert.Empty(t, one.Groups)
		}
	}
	assert.Equal(t, []string{"b2"}, dropped)
	assert.Empty(t, labelsOf(t, store, "b2").Groups)
	assert.Len(t, labelsOf(t, store, "b1").Groups, 1)
}

func testDeletedLabels(t *testing.T, store chat.Store) {
	chats(t, store, "bob", "cid")
	label(t, store, joins(chat.CreateGroup, "g", "bob", "cid"))
	label(t, store, marks("bob", 1, 0))
	v, _, err := store.ClearConversation(t.Context(), ofBoth, "ann", chat.Clearing{Messages: true})
	require.NoError(t, err)
	assert.Equal(t, chat.Labels{Marks: 1, Groups: []uint64{1}}, v.Labels, "clearing leaves them")
	v, changed, err := store.ClearConversation(t.Context(), ofBoth, "ann", chat.Clearing{Messages: true, Conversation: true})
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, chat.Labels{}, v.Labels)
	assert.Equal(t, []error{chat.ErrNoConversation}, label(t, store, marks("bob", 1, 0)).Results)
	mustAppend(t, store, ofBoth, 9, said("bob", "b"))
	assert.Equal(t, chat.Labels{}, labelsOf(t, store, "bob"))
	assert.Equal(t, []string{"g"}, groupNames(t, store))
}

func testDeleteKeepsMessages(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	v, changed, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Conversation: true})
	require.NoError(t, err)
	assert.True(t, changed)
	assert.EqualValues(t, []uint64{2, 0, 0}, []uint64{v.DeletedPos, v.ClearPos, v.Unread})
	assert.Nil(t, v.Last, "none stands above")
	assert.False(t, v.There())
	assert.Len(t, mustPage(t, store, "bob", chat.Part{}).Messages, 2)
	_, changed, err = store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Conversation: true})
	require.NoError(t, err)
	assert.False(t, changed)
	say(t, store, "ann", "c")
	v = view(t, store, "bob")
	assert.EqualValues(t, []uint64{3, 1}, []uint64{v.Last.Pos, v.Unread})
	assert.Len(t, mustPage(t, store, "bob", chat.Part{}).Messages, 3)
}

func testLabelCatchUp(t *testing.T, store chat.Store) {
	chats(t, store, "bob", "cid")
	label(t, store, joins(chat.CreateGroup, "g", "bob")) // rev 1
	label(t, store, marks("cid", 1, 0))                  // rev 2
	since := func(rev uint64) chat.ConversationPage {
		page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Rev: rev, Since: after(100), Limit: 10})
		require.NoError(t, err)
		return page
	}
	page := since(0)
	assert.Len(t, page.Views, 2)
	assert.True(t, page.GroupsChanged)
	assert.Equal(t, []chat.ConversationGroup{{ID: 1, Name: "g"}}, page.Groups)
	for _, v := range page.Views {
		assert.Equal(t, labelsOf(t, store, v.IDFor("ann")), v.Labels)
	}
	labelled, err := store.LabelledConversations(t.Context(), app, "ann")
	require.NoError(t, err)
	assert.Len(t, labelled, 2)
	page = since(1)
	require.Len(t, page.Views, 1)
	assert.Equal(t, "cid", page.Views[0].IDFor("ann"))
	assert.False(t, page.GroupsChanged)
	label(t, store, chat.LabelChange{Group: chat.DeleteGroup, Name: "g"})
	page = since(2)
	assert.True(t, page.GroupsChanged)
	assert.Empty(t, page.Groups)
	assert.EqualValues(t, 3, page.Rev)
}

func testRecent(t *testing.T, store chat.Store) {
	chats(t, store, "b0", "b1", "b2", "b3", "b4", "b5") // a second each
	recent := func(query chat.RecentQuery) (names []string) {
		query.Limit = max(query.Limit, 2)
		views, err := store.RecentConversations(t.Context(), app, "ann", query)
		require.NoError(t, err)
		for _, v := range views {
			names = append(names, v.IDFor("ann"))
		}
		return names
	}
	_, _, err := store.PinConversation(t.Context(), with("b3"), "ann", after(9), 9)
	require.NoError(t, err)
	_, _, err = store.ClearConversation(t.Context(), with("b1"), "ann", chat.Clearing{Messages: true, Conversation: true})
	require.NoError(t, err)
	_, _, err = store.ClearConversation(t.Context(), with("b0"), "ann", chat.Clearing{Messages: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"b3"}, recent(chat.RecentQuery{Pinned: true}))
	assert.Equal(t, []string{"b5", "b4"}, recent(chat.RecentQuery{}))
	assert.Equal(t, []string{"b2"}, recent(chat.RecentQuery{Before: after(4)}))
	assert.Equal(t, []string{"b2"}, recent(chat.RecentQuery{Skip: 2}))
	assert.Equal(t, []string{"b2", "b0"}, recent(chat.RecentQuery{Skip: 2, WithEmpty: true}))
}

// testLabelModel does random things, and compares all labels with a plain map each time.
func testLabelModel(t *testing.T, store chat.Store) {
	others := []string{"b1", "b2", "b3", "b4"}
	chats(t, store, others...)
	random := rand.New(rand.NewPCG(3, 4))
	names := []string{"x", "y", "z"}
	groups, model := map[string]bool{}, map[string]map[string]bool{}
	for _, other := range others {
		model[other] = map[string]bool{}
	}
	for step := range 150 {
		other, name := others[random.IntN(len(others))], names[random.IntN(len(names))]
		change := chat.LabelChange{Name: name}
		switch random.IntN(6) {
		case 0:
			change = joins(chat.CreateGroup, name, other)
			groups[name], model[other][name] = true, true
		case 1, 2:
			if change = joins(chat.UseGroup, name, other); groups[name] {
				model[other][name] = true
			}
		case 3:
			change.Group, change.Items = chat.UseGroup, []chat.LabelItem{{Conv: with(other), Leave: true}}
			delete(model[other], name)
		case 4:
			if change.Group = chat.DeleteGroup; random.IntN(3) == 0 {
				delete(groups, name)
				for _, of := range model {
					delete(of, name)
				}
			} else {
				continue
			}
		case 5:
			set, clear := random.Uint64N(4), random.Uint64N(4)
			change = marks(other, set, clear)
			markModel(model[other], set, clear)
		}
		_, err := store.ChangeLabels(t.Context(), app, "ann", change, chat.LabelLimits{Labelled: 9, Groups: 9, GroupSize: 9})
		if err != nil {
			require.ErrorIs(t, err, chat.ErrNoGroup)
		}
		compareLabels(t, store, model, groups, step)
	}
}

func markModel(labels map[string]bool, set, clear uint64) {
	for bit := range uint64(2) {
		if mark := fmt.Sprint("mark ", bit); clear>>bit&1 == 1 {
			delete(labels, mark)
		} else if set>>bit&1 == 1 {
			labels[mark] = true
		}
	}
}

func compareLabels(t *testing.T, store chat.Store, model map[string]map[string]bool, groups map[string]bool, step int) {
	t.Helper()
	kept, err := store.ConversationGroups(t.Context(), app, "ann")
	require.NoError(t, err)
	nameOf := map[uint64]string{}
	for _, g := range kept {
		nameOf[g.ID] = g.Name
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(groups)), slices.Collect(maps.Values(nameOf)), "after step %d", step)
	for other, want := range model {
		have := map[string]bool{}
		labels := labelsOf(t, store, other)
		for bit := range uint64(2) {
			if labels.Marks>>bit&1 == 1 {
				have[fmt.Sprint("mark ", bit)] = true
			}
		}
		for _, id := range labels.Groups {
			have[nameOf[id]] = true
		}
		require.Equal(t, want, have, "%s after step %d", other, step)
	}
}

func testLabelsAtOnce(t *testing.T, store chat.Store) {
	chats(t, store, "bob", "cid")
	label(t, store, joins(chat.CreateGroup, "g"))
	var wait sync.WaitGroup
	for _, other := range []string{"bob", "cid"} {
		for bit := range 8 {
			wait.Go(func() {
				_, err := store.ChangeLabels(t.Context(), app, "ann", marks(other, 1<<bit, 0), labelLimits)
				assert.NoError(t, err)
			})
			wait.Go(func() {
				_, err := store.AppendMessages(t.Context(), with(other), []chat.NewMessage{said(other, fmt.Sprint(bit))}, after(20))
				assert.NoError(t, err)
				v, _, err := store.ReadConversation(t.Context(), with(other), "ann", chat.ReadTo{}, after(30))
				assert.NoError(t, err)
				now, err := store.View(t.Context(), with(other), "ann")
				assert.NoError(t, err)
				assert.Zero(t, v.Marks&^now.Marks, "marks are only set here")
			})
		}
	}
	wait.Wait()
	for _, other := range []string{"bob", "cid"} {
		assert.EqualValues(t, 255, labelsOf(t, store, other).Marks)
	}
}
