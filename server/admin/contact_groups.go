package admin

import (
	"context"
	"math"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// groupItem is a conversation group in answers.
type groupItem struct {
	Name string `json:"GroupName"`
	ID   uint64 `json:"GroupId"`
}

// createContactGroup makes a conversation group of conversations.
func (r *rest) createContactGroup(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	groups := c.body.get("GroupContactItem").Array()
	if len(groups) != 1 {
		return nil, badContact("GroupContactItem has %d elements, not 1", len(groups))
	}
	f := fields(groups[0].Map())
	change := chat.LabelChange{Group: chat.CreateGroup}
	if change.Name, err = f.text("GroupName"); err != nil {
		return nil, err
	}
	list, err := contactList(f, maxContacts, "ContactItem")
	if err != nil {
		return nil, err
	}
	var l labelItems
	for _, one := range list {
		if err := l.add(c.app, user, fields(one.Map()), chat.LabelItem{Join: true}); err != nil {
			return nil, err
		}
	}
	change.Items = l.items
	done, err := r.chat.LabelFor(ctx, c.app, user, change)
	if err != nil {
		return nil, err
	}
	l.done(done.Results)
	type created struct {
		Group   groupItem       `json:"GroupItem"`
		Results []contactResult `json:"ResultItem"`
	}
	return struct {
		displayed
		Groups []created `json:"GroupResultItem"`
	}{displayed{result: ok()}, []created{{groupItem{done.Group.Name, done.Group.ID}, l.results}}}, nil
}

type contactOption struct {
	OptType int64 `json:"ContactOptType"`
	contactResult
}

type groupUpdate struct {
	Type    uint64          `json:"UpdateGroupType"`
	Name    string          `json:"GroupName"`
	ID      uint64          `json:"GroupId"`
	OldName string          `json:"OldGroupName"`
	Results []contactOption `json:"ContactResultItem"`
}

// updateContactGroup renames a group, or puts conversations in and takes them out.
func (r *rest) updateContactGroup(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	if kind, err := c.body.number(timerr.SvrConvInvalidParameters, 1, true, "UpdateType"); err != nil || kind != 1 {
		return nil, badContact("UpdateType is not 1")
	}
	f := fields(c.body.get("UpdateGroup").Map())
	update := groupUpdate{Results: []contactOption{}}
	if update.Type, err = f.number(timerr.SvrConvInvalidParameters, 2, true, "UpdateGroupType"); err != nil {
		return nil, err
	}
	if update.OldName, err = f.text("OldGroupName"); err != nil {
		return nil, err
	}
	var l labelItems
	change := chat.LabelChange{Group: chat.RenameGroup, Name: update.OldName}
	switch update.Type {
	case 1:
		change.NewName, err = f.text("NewGroupName")
	case 2:
		change.Group = chat.UseGroup
		update.Results, err = l.options(c.app, user, f)
		change.Items = l.items
	default:
		err = badContact("UpdateGroupType is not 1 or 2")
	}
	if err != nil {
		return nil, err
	}
	done, err := r.chat.LabelFor(ctx, c.app, user, change)
	if err != nil {
		return nil, err
	}
	l.done(done.Results)
	for i := range update.Results {
		update.Results[i].contactResult = l.results[i]
	}
	update.Name, update.ID = done.Group.Name, done.Group.ID
	return struct {
		displayed
		UpdateType int
		Update     groupUpdate `json:"UpdateGroupResult"`
	}{displayed{result: ok()}, 1, update}, nil
}

// options reads which conversations join and which leave.
func (l *labelItems) options(app uint64, user string, f fields) ([]contactOption, error) {
	list, err := contactList(f, maxContacts, "ContactUpdateItem")
	if err != nil {
		return nil, err
	}
	options := make([]contactOption, len(list))
	for i, one := range list {
		of := fields(one.Map())
		kind, err := of.number(timerr.SvrConvInvalidParameters, 2, true, "ContactOptType")
		if err == nil && kind == 0 {
			err = badContact("ContactOptType is not 1 or 2")
		}
		if err == nil {
			err = l.add(app, user, fields(of.get("ContactItem").Map()), chat.LabelItem{Join: kind == 1, Leave: kind == 2})
		}
		if err != nil {
			return nil, err
		}
		options[i].OptType = int64(kind)
	}
	return options, nil
}

// deleteContactGroup ends a group.
func (r *rest) deleteContactGroup(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	names := c.body.get("GroupName").Array()
	if len(names) != 1 {
		return nil, badContact("GroupName has %d elements, not 1", len(names))
	}
	done, err := r.chat.LabelFor(ctx, c.app, user, chat.LabelChange{Group: chat.DeleteGroup, Name: names[0].String()})
	return struct {
		displayed
		Groups []groupItem `json:"GroupItem"`
	}{displayed{result: ok()}, []groupItem{{done.Group.Name, done.Group.ID}}}, err
}

// labelledItem is a conversation with its labels.
type labelledItem struct {
	contactItem
	Standard string   `json:"StandardMark"`
	Custom   string   `json:"CustomMark"`
	Groups   []uint64 `json:"ContactGroupId"`
	Time     int64    `json:"Timestamp"`
}

func labelledOf(v chat.View, user string) labelledItem {
	item := labelledItem{contactItem: contactItem{Type: int(v.Type)}, Standard: standardMark(v.Marks), Custom: v.Custom,
		Groups: append([]uint64{}, v.Labels.Groups...)}
	if v.Type == tim.ConvTypeC2C {
		item.To = v.IDFor(user)
	} else {
		item.ToGroup = v.IDFor(user)
	}
	if !v.SentAt.IsZero() {
		item.Time = v.SentAt.Unix()
	}
	return item
}

func groupItems(groups []chat.ConversationGroup) []groupItem {
	items := []groupItem{}
	for _, g := range groups {
		items = append(items, groupItem{g.Name, g.ID})
	}
	return items
}

// contactGroups returns a page of the conversations that have labels, and all groups.
func (r *rest) contactGroups(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	start, err := c.body.number(timerr.SvrConvInvalidParameters, math.MaxUint32, false, "StartIndex")
	if err != nil {
		return nil, err
	}
	views, groups, err := r.chat.LabelsOf(ctx, c.app, user)
	if err != nil {
		return nil, err
	}
	end := min(start+labelledPage, uint64(len(views)))
	answer := struct {
		displayed
		Items    []labelledItem `json:"ContactItem"`
		Groups   []groupItem    `json:"GroupItem"`
		Complete int            `json:"CompleteFlag"`
		Next     uint64         `json:"NextStartIndex"`
	}{displayed{result: ok()}, []labelledItem{}, groupItems(groups), 1, 0}
	for _, v := range views[min(start, end):end] {
		answer.Items = append(answer.Items, labelledOf(v, user))
	}
	if end < uint64(len(views)) {
		answer.Complete, answer.Next = 0, end
	}
	return answer, nil
}

// searchContacts returns the labels of the conversations that are named.
func (r *rest) searchContacts(ctx context.Context, c call) (any, error) {
	user, err := r.owner(ctx, c)
	if err != nil {
		return nil, err
	}
	list, err := contactList(c.body, maxSearched, "ContactItem")
	if err != nil {
		return nil, err
	}
	_, groups, err := r.chat.LabelsOf(ctx, c.app, user)
	if err != nil {
		return nil, err
	}
	answer := struct {
		displayed
		Items  []labelledItem `json:"ContactResultItem"`
		Groups []groupItem    `json:"GroupItem"`
	}{displayed{result: ok()}, []labelledItem{}, groupItems(groups)}
	for _, one := range list {
		item, conv, err := contact(c.app, user, fields(one.Map()))
		if err != nil {
			return nil, err
		}
		if conv.Type == tim.ConvTypeGroup {
			answer.Items = append(answer.Items, labelledItem{contactItem: item, Groups: []uint64{}})
			continue
		}
		v, err := r.chat.ViewOf(ctx, conv, user)
		if err != nil {
			return nil, err
		}
		answer.Items = append(answer.Items, labelledOf(v, user))
	}
	return answer, nil
}
