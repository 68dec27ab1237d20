package admin

import (
	"encoding/json"
	"io"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
)

// fields are the members of a JSON object. Their names are case-sensitive, as callers
// know them, which encoding/json's are not. A member that is null counts as absent.
type fields map[string]gjson.Result

// readFields reads a call's body, whatever its content type says.
func readFields(body io.Reader) (fields, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, &timerr.Error{Code: timerr.SvrCommRequestTimeout, Desc: "the body cannot be read, or is too long", Err: err}
	}
	if !json.Valid(text) { // it bounds the depth, which gjson does not
		return nil, timerr.Newf(timerr.SvrCommReqJSONParseFailed, "the body is no valid JSON: without parameters it is {}")
	}
	parsed := gjson.ParseBytes(text)
	if !parsed.IsObject() {
		return nil, timerr.Newf(timerr.SvrCommReqJSONParseFailed, "the body is no JSON object")
	}
	return parsed.Map(), nil
}

// get returns the first of the names that is there: a field may have an old one.
func (f fields) get(names ...string) gjson.Result {
	for _, name := range names {
		if value := f[name]; value.Exists() && value.Type != gjson.Null {
			return value
		}
	}
	return gjson.Result{}
}

// text returns a field that is a text, or "" when it is absent.
func (f fields) text(names ...string) (string, error) {
	value := f.get(names...)
	if value.Exists() && value.Type != gjson.String {
		return "", timerr.Newf(timerr.SvrCommInvalidIDFormat, "%s is no string", names[0])
	}
	return value.String(), nil
}

// user returns a user id that must be there.
func (f fields) user(names ...string) (string, error) {
	user, err := f.text(names...)
	if err == nil && user == "" {
		err = invalid("%s is missing", names[0])
	}
	return user, err
}

// list returns a field that is an array of 1 to most elements.
func (f fields) list(tooMany timerr.Code, most int, name string) ([]gjson.Result, error) {
	value := f.get(name)
	if value.Exists() && !value.IsArray() {
		return nil, invalid("%s is no array", name)
	}
	list := value.Array()
	switch {
	case len(list) == 0:
		return nil, invalid("%s is missing or empty", name)
	case len(list) > most:
		return nil, timerr.Newf(tooMany, "%s has %d elements, at most %d are allowed", name, len(list), most)
	}
	return list, nil
}

// userList reads an array of objects with a UserID each.
func (f fields) userList(most int, name string) ([]string, error) {
	list, err := f.list(timerr.SvrAccountInvalidParameters, most, name)
	if err != nil {
		return nil, err
	}
	users := make([]string, len(list))
	for i, element := range list {
		if users[i], err = fields(element.Map()).user("UserID"); err != nil {
			return nil, err
		}
	}
	return users, nil
}

func invalid(format string, args ...any) error {
	return timerr.Newf(timerr.SvrAccountInvalidParameters, format, args...)
}
