package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// header is a public header: what the contract puts there, ready to be printed.
type header struct {
	Name, Guard, Brief string
	Enums              []cEnum
	Callbacks          []cDecl
	Functions          []cDecl
	Objects            []cObject
}

// A comment is printed line by line, each text its own line.
type cEnum struct {
	Comment []string
	Name    string
	Values  []cConst
	Aliases []alias
}

type cObject struct {
	Comment []string
	Keys    []cConst
	Aliases []alias
}

// cConst is an enum's value or a key: Value is what C reads.
type cConst struct {
	Comment     []string
	Name, Value string
}

// alias is an old name of a constant.
type alias struct{ Old, Name string }

type cDecl struct{ Comment, Decl []string }

// briefs name the headers, in the order in which TIMCloud.h has them.
var briefs = []struct{ name, brief string }{
	{"TIMCloudDef.h", "What all headers share: results, kinds of conversation, and the callback of a call."},
	{"TIMErrorCode.h", "The codes that callbacks bring, each with what to do about it."},
	{"TIMManager.h", "Start and end of the library, login, the user's own profile and status."},
	{"TIMConversationManager.h", "Conversations: lists, drafts, pins, marks, unread counts, groups of conversations."},
	{"TIMMessageManager.h", "Messages: sending, receiving, history, recall, receipts, extensions, reactions."},
	{"TIMGroupManager.h", "Groups and their members, attributes, counters and applications to join."},
	{"TIMFriendshipManager.h", "Friends, block list, friend groups, official accounts, following."},
	{"TIMCommunityManager.h", "Communities: topics and permission groups."},
	{"TIMSignalingManager.h", "Signaling: invitations, for calls and the like."},
	{"TIMOfflinePushManager.h", "Offline push: the device's token, and the app's way to the background and back."},
	{"TIMExperimentalAPI.h", "Settings and requests that are not part of the stable API."},
}

// commentWidth is how wide the text of a comment is.
const commentWidth = 96

func headers(c *contract.Contract) []header {
	var list []header
	index := map[string]*header{}
	for _, b := range briefs {
		guard := "BANTER_" + strings.ReplaceAll(snake(strings.TrimSuffix(b.name, ".h")), ".", "_") + "_H"
		list = append(list, header{Name: b.name, Guard: guard, Brief: b.brief})
	}
	for i := range list {
		index[list[i].Name] = &list[i]
	}
	for _, e := range c.Enums {
		h := index[e.Header]
		h.Enums = append(h.Enums, enumOf(e))
	}
	for _, cb := range c.Callbacks {
		h := index[cb.Header]
		h.Callbacks = append(h.Callbacks, callbackOf(cb))
	}
	d := documenter{enumValues(c)}
	for _, f := range c.Functions {
		h := index[f.Header]
		h.Functions = append(h.Functions, functionOf(d, f))
	}
	for _, o := range c.Objects {
		h := index[o.Headers[0]]
		h.Objects = append(h.Objects, objectOf(o))
	}
	return list
}

func functionOf(d documenter, f contract.Function) cDecl {
	lines := signature(f)
	lines[len(lines)-1] += ";"
	return cDecl{comment("", d.function(f)), lines}
}

func enumOf(e contract.Enum) cEnum {
	c := cEnum{Comment: comment("", wrap(published(cmp.Or(rewritten[e.Name], e.Summary)), commentWidth)), Name: e.Name}
	for _, v := range e.Values {
		text := published(v.Meaning)
		if e.Name == "TIMErrCode" {
			text = sentence(capital(codeMeaning(v.Name, v.Meaning))) + " " + string(adviceFor(v.Value))
		}
		c.Values = append(c.Values, cConst{comment("    ", wrap(text, commentWidth)), v.Name, cInt(v.Value)})
		c.Aliases = append(c.Aliases, aliases(v.Name, v.Aliases)...)
	}
	return c
}

func aliases(name string, old []string) []alias {
	var list []alias
	for _, o := range old {
		list = append(list, alias{o, name})
	}
	return list
}

func callbackOf(cb contract.Callback) cDecl {
	lines := wrap(published(cb.Summary), commentWidth)
	for _, p := range cb.Params {
		if of := cb.Payload[p.Name]; of != "" {
			lines = append(lines, "", fmt.Sprintf("@param %s  %s", p.Name, jsonText(of)))
		}
	}
	if cb.Note != "" {
		lines = append(append(lines, ""), wrap(published(cb.Note), commentWidth)...)
	}
	return cDecl{comment("", lines), listed("typedef void (*"+cb.Name+")(", parameters(cb.Params), ");")}
}

func objectOf(o contract.Object) cObject {
	text := published(o.Summary)
	if o.ElemType != nil {
		text = fmt.Sprintf("%s A kind of %s: its elem_type is %s.", text, o.Extends, o.ElemType.Name)
	}
	c := cObject{Comment: plain(comment("", wrap(o.Name+": "+text, commentWidth)))}
	for _, f := range o.Fields {
		c.Keys = append(c.Keys, cConst{comment("", wrap(keyText(f), commentWidth)), f.Const, cString(f.Key)})
		c.Aliases = append(c.Aliases, aliases(f.Const, f.Aliases)...)
	}
	return c
}

// keyText tells of a key its type, who writes it, and what it holds.
func keyText(f contract.Field) string {
	var facts []string
	if f.Type != "" && f.Type != "unknown" {
		facts = append(facts, strings.TrimPrefix(f.Type, "object "))
	}
	if f.Enum != "" {
		facts = append(facts, f.Enum)
	}
	if f.Required != nil && *f.Required {
		facts = append(facts, "required")
	}
	if access := map[string]string{"read": "read only", "write": "write only"}[f.Access]; access != "" {
		facts = append(facts, access)
	}
	if f.Deprecated {
		facts = append(facts, "deprecated")
	}
	if f.Internal {
		facts = append(facts, "internal, not for use")
	}
	text := published(cmp.Or(rewritten[f.Const], f.Note))
	if len(facts) == 0 {
		return text
	}
	return strings.Join(facts, ", ") + ": " + text
}

// comment makes a doc comment of lines, indented.
func comment(indent string, lines []string) []string {
	if len(lines) == 1 {
		return []string{indent + "/** " + lines[0] + " */"}
	}
	list := []string{indent + "/**"}
	for _, l := range lines {
		list = append(list, strings.TrimRight(indent+" * "+l, " "))
	}
	return append(list, indent+" */")
}

// plain makes a doc comment an ordinary one: no single declaration is what it tells of.
func plain(comment []string) []string {
	comment[0] = strings.Replace(comment[0], "/**", "/*", 1)
	return comment
}

// jsonText says what a JSON argument or result is, in words.
func jsonText(of string) string {
	if element, ok := strings.CutPrefix(of, "array<"); ok {
		return "A JSON array of " + strings.TrimSuffix(element, ">") + "."
	}
	return "A JSON object: " + of + "."
}
