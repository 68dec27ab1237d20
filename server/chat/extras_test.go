package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// extensibleTalk is talk with a fourth message, from ann, that may have extensions.
func extensibleTalk(t *testing.T, test func(ann, annToo, bob *player)) {
	talk(t, func(ann, annToo, bob *player) {
		m := textTo("bob", "poll", "vote!")
		m.Extensible = true
		require.NoError(t, ann.s.SendMessages(ann.held, []wire.Message{m})[0].Err)
		annToo.heard()
		bob.heard()
		test(ann, annToo, bob)
	})
}

func pairs(with string, pos uint64, extensions ...wire.Extension) wire.ExtensionsWrite {
	return wire.ExtensionsWrite{ConvType: 1, ConvID: with, Pos: pos, Extensions: extensions}
}

func TestExtensionsAreToldToBothSides(t *testing.T) {
	extensibleTalk(t, func(ann, annToo, bob *player) {
		results := asks(bob, bob.s.SetExtensions, pairs("ann", 4, wire.Extension{Key: "bob", Value: "yes"}))
		assert.Equal(t, []wire.ExtensionResult{{Item: wire.Extension{Key: "bob", Value: "yes", Seq: 1}}}, results)
		event := wire.Extras{User: "bob", ConvType: 1, ConvID: "ann", Pos: 4, MsgID: "poll", Mod: 1,
			Extensions: []wire.Extension{{Key: "bob", Value: "yes", Seq: 1}}}
		for _, p := range []*player{ann, annToo, bob} {
			assert.Equal(t, []wire.Extras{event}, told[wire.Extras](p, wire.EventExtras), p.name)
		}
		results = asks(ann, ann.s.SetExtensions, pairs("bob", 4, wire.Extension{Key: "bob", Value: "no"}, wire.Extension{Key: "ann", Value: "yes"}))
		assert.Equal(t, wire.Extension{Key: "bob", Value: "yes", Seq: 1}, results[0].Item)
		assert.Equal(t, []timerr.Code{23001, 0}, []timerr.Code{results[0].Code, results[1].Code}, "one lost, the other is written")
		list := asks(annToo, annToo.s.Extensions, wire.MessageRef{ConvType: 1, ConvID: "bob", Pos: 4})
		assert.Equal(t, wire.ExtensionsList{Extensions: []wire.Extension{{Key: "bob", Value: "yes", Seq: 1}, {Key: "ann", Value: "yes", Seq: 2}}, Seq: 2}, list)

		results = asks(ann, ann.s.DeleteExtensions, pairs("bob", 4, wire.Extension{Key: "ann", Seq: 2}, wire.Extension{Key: "cid"}))
		assert.Equal(t, []timerr.Code{0, 23004}, []timerr.Code{results[0].Code, results[1].Code})
		results = asks(ann, ann.s.DeleteExtensions, pairs("bob", 4))
		require.Len(t, results, 1, "all that are left")
		assert.Equal(t, "bob", results[0].Item.Key)
		assert.Empty(t, asks(bob, bob.s.Extensions, wire.MessageRef{ConvType: 1, ConvID: "ann", Pos: 4}).Extensions)
		assert.Len(t, told[wire.Extras](bob, wire.EventExtras), 3)
		asks(ann, ann.s.DeleteExtensions, pairs("bob", 4))
		assert.Empty(t, told[wire.Extras](bob, wire.EventExtras), "what is no news is not told")
	})
}

func TestExtensionsThatAreRefused(t *testing.T) {
	extensibleTalk(t, func(ann, _, bob *player) {
		twenty := []wire.Extension{}
		for i := range 21 {
			twenty = append(twenty, wire.Extension{Key: fmt.Sprint(i)})
		}
		for _, tt := range []struct {
			name  string
			write wire.ExtensionsWrite
			code  timerr.Code
			desc  string
		}{
			{"of a message without", pairs("ann", 1, wire.Extension{Key: "k"}), 23002, "message_support_message_extension"},
			{"of no message", pairs("ann", 9, wire.Extension{Key: "k"}), 20022, "message 9"},
			{"of no place", pairs("ann", 0, wire.Extension{Key: "k"}), 6017, "pos"},
			{"of a group", wire.ExtensionsWrite{ConvType: 2, ConvID: "g", Pos: 1}, 10010, "g"},
			{"none", pairs("ann", 4), 6017, "extensions has 0"},
			{"too many", pairs("ann", 4, twenty...), 6017, "extensions has 21"},
			{"without a key", pairs("ann", 4, wire.Extension{}), 6017, "message_extension_key of pair 0"},
			{"with a long key", pairs("ann", 4, wire.Extension{Key: strings.Repeat("k", 101)}), 6017, "101 bytes"},
			{"with a long value", pairs("ann", 4, wire.Extension{Key: "k", Value: strings.Repeat("v", 1025)}), 6017, "1025 bytes"},
			{"twice the same", pairs("ann", 4, twenty[1], twenty[1]), 6017, "pair 1 stands there twice"},
			{"with a NUL", pairs("ann", 4, wire.Extension{Key: "\x00"}), 6017, "NUL"},
			{"with a seq that is none", pairs("ann", 4, wire.Extension{Key: "k", Seq: 1 << 63}), 6017, "seq"},
		} {
			_, err := bob.s.SetExtensions(bob.held, tt.write)
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, tt.name)
		}
		for i := range 15 {
			some := []wire.Extension{}
			for j := range 20 {
				some = append(some, wire.Extension{Key: fmt.Sprint(i, " ", j)})
			}
			asks(ann, ann.s.SetExtensions, pairs("bob", 4, some...))
		}
		_, err := bob.s.SetExtensions(bob.held, pairs("ann", 4, wire.Extension{Key: "k"}))
		assert.Contains(t, timerr.DescOf(err), "at most 300")
		for i := range 185 { // 15 were before
			asks(ann, ann.s.SetExtensions, pairs("bob", 4, wire.Extension{Key: "0 0", Value: fmt.Sprint(i), Seq: seqOf(ann, "0 0")}))
		}
		_, err = bob.s.SetExtensions(bob.held, pairs("ann", 4, wire.Extension{Key: "0 0", Seq: seqOf(ann, "0 0")}))
		assert.EqualValues(t, 23003, timerr.CodeOf(err))
		time.Sleep(time.Minute)
		asks(bob, bob.s.SetExtensions, pairs("ann", 4, wire.Extension{Key: "0 0", Seq: seqOf(ann, "0 0")}))
	})
}

func seqOf(p *player, key string) uint64 {
	for _, e := range asks(p, p.s.Extensions, wire.MessageRef{ConvType: 1, ConvID: "bob", Pos: 4}).Extensions {
		if e.Key == key {
			return e.Seq
		}
	}
	return 0
}

func thumb(with string) wire.ReactionRef {
	return wire.ReactionRef{ConvType: 1, ConvID: with, Pos: 2, ID: "thumb"}
}

// reacts requires that it is done, and waits until all nodes have told of it: what two nodes tell has no order.
func reacts(p *player, do func(*chat.Attachment, wire.ReactionRef) error, ref wire.ReactionRef) {
	p.t.Helper()
	require.NoError(p.t, do(p.held, ref))
	synctest.Wait()
}

func TestReactionsAreToldToBothSides(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		reacts(bob, bob.s.AddReaction, thumb("ann"))
		reacts(ann, ann.s.AddReaction, thumb("bob"))
		users := []wire.SenderProfile{{User: "bob"}, {User: "ann"}}
		both := wire.Reaction{ID: "thumb", Total: 2, Users: users, UserIDs: []string{"bob", "ann"}}
		for _, p := range []*player{ann, annToo, bob} {
			events := told[wire.Extras](p, wire.EventExtras)
			require.Len(t, events, 2, p.name)
			assert.Equal(t, 1, events[0].Reactions[0].Total)
			assert.Equal(t, wire.Extras{User: "ann", ConvType: 1, ConvID: "bob", Pos: 2, MsgID: "ann-2", Mod: 2, Reactions: []wire.Reaction{both}}, events[1])
		}
		query := wire.ReactionsQuery{ConvType: 1, ConvID: "ann", Positions: []uint64{3, 2, 9}, Users: 1}
		answer := asks(bob, bob.s.Reactions, query)
		assert.Equal(t, []wire.MessageReactions{{Pos: 3, Reactions: []wire.Reaction{}},
			{Pos: 2, Reactions: []wire.Reaction{{ID: "thumb", Total: 2, Users: users[:1], Mine: true}}},
			{Pos: 9, Code: 20022, Desc: "there is no message 9", Reactions: []wire.Reaction{}}}, answer)
		page := asks(bob, bob.s.ReactionUsers, wire.ReactionUsersQuery{ConvType: 1, ConvID: "ann", Pos: 2, ID: "thumb", Count: 1})
		assert.Equal(t, wire.ReactionUsers{Users: users[:1], NextSeq: 1}, page)
		page = asks(bob, bob.s.ReactionUsers, wire.ReactionUsersQuery{ConvType: 1, ConvID: "ann", Pos: 2, ID: "thumb", Count: 1, NextSeq: page.NextSeq})
		assert.Equal(t, wire.ReactionUsers{Users: users[1:], Finished: true}, page)

		reacts(bob, bob.s.RemoveReaction, thumb("ann"))
		reacts(ann, ann.s.RemoveReaction, thumb("bob"))
		events := told[wire.Extras](annToo, wire.EventExtras)
		assert.Equal(t, wire.Reaction{ID: "thumb", Users: []wire.SenderProfile{}}, events[1].Reactions[0], "it is gone")
	})
}

func TestReactionsThatAreRefused(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		reacts(ann, ann.s.AddReaction, thumb("bob"))
		err := ann.s.AddReaction(ann.held, thumb("bob"))
		assert.EqualValues(t, 23007, timerr.CodeOf(err))
		err = bob.s.RemoveReaction(bob.held, thumb("ann"))
		assert.EqualValues(t, 23009, timerr.CodeOf(err))
		for i := range 9 {
			reacts(bob, bob.s.AddReaction, wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2, ID: fmt.Sprint(i)})
		}
		for _, tt := range []struct {
			name string
			ref  wire.ReactionRef
			code timerr.Code
		}{
			{"an eleventh", wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2, ID: "x"}, 23005},
			{"to no message", wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 9, ID: "x"}, 20022},
			{"without an id", wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2}, 6017},
			{"with a long id", wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2, ID: strings.Repeat("x", 129)}, 6017},
			{"with a NUL", wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2, ID: "\x00"}, 6017},
		} {
			err := bob.s.AddReaction(bob.held, tt.ref)
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.name)
		}
		err = bob.s.RemoveReaction(bob.held, wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 2, ID: "x"})
		assert.EqualValues(t, 23008, timerr.CodeOf(err))
		_, err = bob.s.Reactions(bob.held, wire.ReactionsQuery{ConvType: 1, ConvID: "ann", Positions: make([]uint64, 21)})
		assert.EqualValues(t, 6017, timerr.CodeOf(err))
		_, err = bob.s.Reactions(bob.held, wire.ReactionsQuery{ConvType: 1, ConvID: "ann", Positions: []uint64{1}, Users: 11})
		assert.EqualValues(t, 6017, timerr.CodeOf(err))
		_, err = bob.s.ReactionUsers(bob.held, wire.ReactionUsersQuery{ConvType: 1, ConvID: "ann", Pos: 2, ID: "x", Count: 101})
		assert.EqualValues(t, 6017, timerr.CodeOf(err))
	})
}

func TestWhatARecallAndADeletionTakeAlong(t *testing.T) {
	extensibleTalk(t, func(ann, _, bob *player) {
		asks(bob, bob.s.SetExtensions, pairs("ann", 4, wire.Extension{Key: "k", Value: "v"}))
		reacts(bob, bob.s.AddReaction, wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 4, ID: "thumb"})
		reacts(bob, bob.s.AddReaction, thumb("ann"))
		asks(bob, bob.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: "ann", Positions: []uint64{2}})
		err := bob.s.RemoveReaction(bob.held, thumb("ann"))
		assert.EqualValues(t, 20022, timerr.CodeOf(err), "deleted for bob")
		query := wire.ReactionsQuery{ConvType: 1, ConvID: "bob", Positions: []uint64{2}}
		assert.Equal(t, 1, asks(ann, ann.s.Reactions, query)[0].Reactions[0].Total, "and there for ann")

		asks(ann, ann.s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 4})
		assert.Empty(t, asks(bob, bob.s.Extensions, wire.MessageRef{ConvType: 1, ConvID: "ann", Pos: 4}).Extensions)
		query.Positions = []uint64{4}
		assert.Empty(t, asks(ann, ann.s.Reactions, query)[0].Reactions)
		_, err = bob.s.SetExtensions(bob.held, pairs("ann", 4, wire.Extension{Key: "k"}))
		assert.EqualValues(t, 20023, timerr.CodeOf(err))
		err = ann.s.AddReaction(ann.held, wire.ReactionRef{ConvType: 1, ConvID: "bob", Pos: 4, ID: "thumb"})
		assert.EqualValues(t, 20023, timerr.CodeOf(err))

		changes := asks(ann, ann.s.Changes, wire.ChangesSince{ConvType: 1, ConvID: "bob"})
		assert.Len(t, changes.Messages, 1)
		require.Len(t, changes.Extras, 1)
		assert.Equal(t, []any{uint64(2), "ann-2", uint64(3)}, []any{changes.Extras[0].Pos, changes.Extras[0].MsgID, changes.Extras[0].Mod})
		assert.EqualValues(t, 4, changes.Mod)
	})
}

func TestExtrasWhileTheStoreIsAway(t *testing.T) {
	failing := func(t *testing.T, do func(p *player) error) {
		inBubble(t, func(t *testing.T, in *installation) {
			fails := false
			s := in.node("a", func(_ *chat.Config, store *chat.Store, _ *chat.Bus) { *store = failingExtras{*store, &fails} })
			ann := in.player(s, "ann", "linux")
			ann.say("ann", "a note")
			fails = true
			assert.Equal(t, timerr.SvrMsgInternalError1, timerr.CodeOf(do(ann)))
		})
	}
	failing(t, func(p *player) error {
		_, err := p.s.SetExtensions(p.held, pairs("ann", 1, wire.Extension{Key: "k"}))
		return err
	})
	failing(t, func(p *player) error {
		return p.s.AddReaction(p.held, wire.ReactionRef{ConvType: 1, ConvID: "ann", Pos: 1, ID: "x"})
	})
}

// failingExtras is a store that fails when it is to write.
type failingExtras struct {
	chat.Store
	fails *bool
}

func (s failingExtras) WriteExtensions(ctx context.Context, conv chat.Conv, user string, w chat.ExtensionsWrite) (chat.ExtensionsWritten, error) {
	if *s.fails {
		return chat.ExtensionsWritten{}, errors.New("no disk")
	}
	return s.Store.WriteExtensions(ctx, conv, user, w)
}

func (s failingExtras) React(ctx context.Context, conv chat.Conv, r chat.Reacting) (chat.Reaction, error) {
	if *s.fails {
		return chat.Reaction{}, errors.New("no disk")
	}
	return s.Store.React(ctx, conv, r)
}
