package chat_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// What the replicas of TestDevicesAgreeWhateverHappens know of labels.

// sorted takes what has become of labels.
func (d *replica) sorted(change wire.LabelsChange) {
	for _, one := range change.Conversations {
		c := d.conv(one.ConvID)
		c.Marks, c.Custom, c.Groups = one.Marks, one.Custom, one.Groups
	}
	if change.GroupsChanged {
		d.grouped(change.Groups)
	}
}

// grouped takes which groups there are: in one that is not among them no conversation is.
func (d *replica) grouped(groups []wire.ConvGroup) {
	d.groups = groups
	for _, c := range d.known {
		c.Groups = slices.DeleteFunc(c.Groups, func(id uint64) bool {
			return !slices.ContainsFunc(groups, func(g wire.ConvGroup) bool { return g.ID == id })
		})
	}
}

// sort does one random thing with labels.
func (w *world) sort(d *replica, id string) {
	name := string(rune('x' + w.random.IntN(3)))
	grouping := wire.ConvGrouping{Name: name, ConvIDs: []string{id}}
	var err error
	switch w.random.IntN(7) {
	case 0, 1:
		_, err = d.s.MarkConversations(d.held, wire.ConvMarking{ConvIDs: grouping.ConvIDs,
			Mark: 1 << w.random.IntN(3), Enable: w.random.IntN(2) == 0})
	case 2:
		_, err = d.s.SetCustomData(d.held, wire.ConvCustomData{ConvIDs: grouping.ConvIDs, Data: name})
	case 3, 4:
		_, err = d.s.CreateConvGroup(d.held, grouping)
	case 5:
		d.s.DeleteFromConvGroup(d.held, grouping) // there may be none
	case 6:
		if w.random.IntN(2) == 0 {
			d.s.DeleteConvGroup(d.held, wire.ConvGrouping{Name: name})
		} else {
			d.s.RenameConvGroup(d.held, wire.ConvGroupRenaming{OldName: name, NewName: string(rune('x' + w.random.IntN(3)))})
		}
	}
	require.NoError(d.t, err)
}

// labelsIn is how a conversation is sorted.
func labelsIn(c wire.Conversation) wire.ConvLabels {
	return wire.ConvLabels{ConvID: c.ConvID, Marks: c.Marks, Custom: c.Custom, Groups: append([]uint64{}, c.Groups...)}
}

func (w *world) compareGroups(d *replica) {
	kept, err := w.in.store.ConversationGroups(d.t.Context(), app, d.name)
	require.NoError(d.t, err)
	var groups []wire.ConvGroup
	for _, one := range kept {
		groups = append(groups, wire.ConvGroup(one))
	}
	require.ElementsMatch(d.t, groups, d.groups, d.name)
}
