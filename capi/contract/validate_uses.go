package contract

import (
	"fmt"
	"slices"
)

// headers are the public headers that hold the API.
var headers = []string{"TIMCloudDef.h", "TIMErrorCode.h", "TIMManager.h", "TIMConversationManager.h",
	"TIMMessageManager.h", "TIMGroupManager.h", "TIMFriendshipManager.h", "TIMCommunityManager.h",
	"TIMSignalingManager.h", "TIMOfflinePushManager.h", "TIMExperimentalAPI.h"}

// MaxParams is how many arguments, callbacks aside, the C side has room for.
const MaxParams = 8

func (n names) params(where string, params []Param) error {
	for i, p := range params {
		if p.Name == "" {
			return fmt.Errorf("%s: params: number %d has no name", where, i)
		}
		if !n.hasType(p.Type) {
			return fmt.Errorf("%s: params: %s: there is no type %q", where, p.Name, p.Type)
		}
	}
	return nil
}

func (c *Contract) functions() error {
	n := c.names()
	for _, f := range c.Functions {
		where := "functions.json: " + f.Name
		if !slices.Contains([]string{KindCall, KindSetCallback, KindSync}, f.Kind) {
			return fmt.Errorf("%s: kind: %q is none", where, f.Kind)
		}
		if !slices.Contains(headers, f.Header) {
			return fmt.Errorf("%s: header: %q is none of ours", where, f.Header)
		}
		if f.Summary == "" {
			return fmt.Errorf("%s: summary: it is empty", where)
		}
		if !n.hasType(f.Returns) {
			return fmt.Errorf("%s: returns: there is no type %q", where, f.Returns)
		}
		if (f.Callback == "") != (f.Kind == KindSync) || f.Callback != "" && !n.callbacks[f.Callback] {
			return fmt.Errorf("%s: callback: there is no callback %q", where, f.Callback)
		}
		if err := n.params(where, f.Params); err != nil {
			return err
		}
		if !n.hasJSON(f.ResultObject) {
			return fmt.Errorf("%s: result_object: there is no object %q", where, f.ResultObject)
		}
		for param, object := range f.ParamsObject {
			if !slices.ContainsFunc(f.Params, func(p Param) bool { return p.Name == param }) {
				return fmt.Errorf("%s: params_object: there is no parameter %q", where, param)
			}
			if !n.hasJSON(object) {
				return fmt.Errorf("%s: params_object: %s: there is no object %q", where, param, object)
			}
		}
	}
	return nil
}

func (c *Contract) callbacks() error {
	n := c.names()
	functions := map[string]bool{}
	for _, f := range c.Functions {
		functions[f.Name] = true
	}
	for _, cb := range c.Callbacks {
		where := "callbacks.json: " + cb.Name
		if !slices.Contains(headers, cb.Header) {
			return fmt.Errorf("%s: header: %q is none of ours", where, cb.Header)
		}
		if cb.Returns != "void" {
			return fmt.Errorf("%s: returns: %q, where only void is understood", where, cb.Returns)
		}
		if err := n.params(where, cb.Params); err != nil {
			return err
		}
		if len(cb.Params) == 0 || cb.Params[len(cb.Params)-1] != (Param{"user_data", "const void*"}) {
			return fmt.Errorf("%s: params: user_data is not the last", where)
		}
		if cb.Setter != "" && !functions[cb.Setter] {
			return fmt.Errorf("%s: setter: there is no function %q", where, cb.Setter)
		}
		for param, object := range cb.Payload {
			if !n.hasJSON(object) {
				return fmt.Errorf("%s: payload: %s: there is no object %q", where, param, object)
			}
		}
	}
	return nil
}

func (c *Contract) objects() error {
	n := c.names()
	for _, e := range c.Enums {
		if !slices.Contains(headers, e.Header) {
			return fmt.Errorf("enums.json: %s: header: %q is none of ours", e.Name, e.Header)
		}
		if len(e.Values) == 0 {
			return fmt.Errorf("enums.json: %s: values: there are none", e.Name)
		}
	}
	for _, o := range c.Objects {
		where := "objects.json: " + o.Name
		if o.Kind != KindObject && o.Kind != KindStrings {
			return fmt.Errorf("%s: kind: %q is none", where, o.Kind)
		}
		if len(o.Headers) != 1 || !slices.Contains(headers, o.Headers[0]) {
			return fmt.Errorf("%s: headers: %q is not one of ours", where, o.Headers)
		}
		if o.Extends != "" && !n.objects[o.Extends] {
			return fmt.Errorf("%s: extends: there is no object %q", where, o.Extends)
		}
		for _, f := range o.Fields {
			if !n.hasJSON(f.Type) {
				return fmt.Errorf("%s: %s: type: there is no type %q", where, f.Const, f.Type)
			}
			if f.Enum != "" && !n.enums[f.Enum] {
				return fmt.Errorf("%s: %s: enum: there is no enum %q", where, f.Const, f.Enum)
			}
		}
	}
	return nil
}

func (c *Contract) rules() error {
	n := c.names()
	for _, f := range c.Functions {
		r, where := f.Rule, "rules.json: "+f.Name
		if !slices.Contains([]string{DispatchC, DispatchCall, DispatchRequest}, r.Dispatch) {
			return fmt.Errorf("%s: dispatch: %q is none", where, r.Dispatch)
		}
		if r.Dispatch == DispatchC && f.Kind == KindCall {
			return fmt.Errorf("%s: dispatch: C alone cannot answer a call", where)
		}
		if len(r.Params) != len(f.Params) {
			return fmt.Errorf("%s: params: %d, but the function has %d", where, len(r.Params), len(f.Params))
		}
		for i, p := range r.Params {
			if p.Name != f.Params[i].Name {
				return fmt.Errorf("%s: params: %s, where the function has %s", where, p.Name, f.Params[i].Name)
			}
			if err := n.rule(p, f.Params[i].Type); err != nil {
				return fmt.Errorf("%s: params: %s: %w", where, p.Name, err)
			}
		}
		if f.Kind == KindSync && r.Dispatch != DispatchC && (r.Pre.Ret == nil || r.Init.Ret == nil) {
			return fmt.Errorf("%s: pre, init: ret is missing", where)
		}
		if f.Kind != KindSync && (r.Pre.Ret != nil || r.Init.Ret != nil) {
			return fmt.Errorf("%s: pre, init: ret is for functions of kind sync", where)
		}
	}
	return nil
}

// rule checks a parameter's rule against its C type.
func (n names) rule(p ParamRule, ctype string) error {
	text := ctype == "const char*"
	refusals := []int{0, -3, -4}
	switch {
	case !slices.Contains([]string{RuleRequired, RuleOptional, RuleOutBuffer, RuleAny}, p.Rule):
		return fmt.Errorf("rule: %q is none", p.Rule)
	case (p.Rule == RuleOutBuffer) != (ctype == "char*"):
		return fmt.Errorf("rule: %s does not fit the type %s", p.Rule, ctype)
	case p.Rule == RuleOutBuffer && p.MinBytes <= 0:
		return fmt.Errorf("min_bytes: it is missing")
	case p.JSON != "" && p.JSON != "object" && p.JSON != "array":
		return fmt.Errorf("json: %q is neither object nor array", p.JSON)
	case p.JSON != "" && !text:
		return fmt.Errorf("json: a %s holds none", ctype)
	case p.Nonempty && p.JSON == "":
		return fmt.Errorf("nonempty: only JSON can be")
	case p.OnNull != nil && !slices.Contains(refusals, *p.OnNull):
		return fmt.Errorf("on_null: %d is not 0, -3 or -4", *p.OnNull)
	case p.OnEmpty != nil && (!slices.Contains(refusals, *p.OnEmpty) || !text):
		return fmt.Errorf("on_empty: %d is not 0, -3 or -4 for a text", *p.OnEmpty)
	case p.Enum != "" && (!n.enums[p.Enum] || ctype != "enum "+p.Enum):
		return fmt.Errorf("enum: %q is not the type", p.Enum)
	case p.Values != nil && p.Enum == "":
		return fmt.Errorf("values: only an enum has them")
	}
	return nil
}
