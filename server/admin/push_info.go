package admin

import (
	"encoding/json"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
)

const (
	badPushInfo = timerr.Code(90043)
	maxPushInfo = 8 << 10 // bytes of its JSON
)

// pushField is one field of OfflinePushInfo: what the C API calls it, or "" when that has
// no such field and it stays under its own name.
type pushField struct {
	key    string
	number bool
	flag   bool // a number that the C API has as a boolean
}

var pushFields = map[string]pushField{
	"PushFlag": {key: "offline_push_config_flag", number: true},
	"Title":    {key: "offline_push_config_title"},
	"Desc":     {key: "offline_push_config_desc"},
	"Ext":      {key: "offline_push_config_ext"},
}

var androidFields = map[string]pushField{
	"Sound":                  {key: "android_offline_push_config_sound"},
	"PushStyle":              {number: true},
	"HuaWeiChannelID":        {},
	"HuaWeiImportance":       {},
	"HuaWeiCategory":         {key: "android_offline_push_config_huawei_category"},
	"HuaWeiImage":            {key: "android_offline_push_config_huawei_image"},
	"ExtAsHuaweiIntentParam": {number: true},
	"HonorImportance":        {key: "android_offline_push_config_honor_importance"},
	"HonorImage":             {key: "android_offline_push_config_honor_image"},
	"XiaoMiChannelID":        {key: "android_offline_push_config_xiaomi_channel_id"},
	"OPPOChannelID":          {key: "android_offline_push_config_oppo_channel_id"},
	"GoogleChannelID":        {key: "android_offline_push_config_fcm_channel_id"},
	"GoogleImage":            {key: "android_offline_push_config_fcm_image"},
	"VIVOClassification":     {key: "android_offline_push_config_vivo_classification", number: true},
	"VIVOCategory":           {key: "android_offline_push_config_vivo_category"},
}

var apnsFields = map[string]pushField{
	"Sound":             {key: "ios_offline_push_config_sound"},
	"BadgeMode":         {key: "ios_offline_push_config_ignore_badge", number: true, flag: true},
	"Title":             {key: "ios_offline_push_config_title"},
	"SubTitle":          {},
	"Image":             {key: "ios_offline_push_config_image"},
	"MutableContent":    {number: true},
	"InterruptionLevel": {key: "ios_offline_push_config_interruption_level"},
	"ContentAvailable":  {key: "ios_offline_push_config_enable_background_notification", number: true, flag: true},
}

// pushConfig reads an OfflinePushInfo as the C API's object. What neither knows is left out.
func pushConfig(info gjson.Result) (json.RawMessage, error) {
	if !info.Exists() {
		return nil, nil
	}
	config, err := pushObject("OfflinePushInfo", info, pushFields)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name, key string
		known     map[string]pushField
	}{{"AndroidInfo", "offline_push_config_android_config", androidFields}, {"ApnsInfo", "offline_push_config_ios_config", apnsFields}} {
		value := info.Get(part.name)
		if !value.Exists() || value.Type == gjson.Null {
			continue
		}
		if config[part.key], err = pushObject("OfflinePushInfo."+part.name, value, part.known); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(config)
	if err == nil && len(raw) > maxPushInfo {
		err = timerr.Newf(badPushInfo, "OfflinePushInfo has %d bytes, at most %d are allowed", len(raw), maxPushInfo)
	}
	return raw, err
}

func pushObject(here string, info gjson.Result, known map[string]pushField) (map[string]any, error) {
	if !info.IsObject() {
		return nil, timerr.Newf(badPushInfo, "%s is no object", here)
	}
	config := map[string]any{}
	for name, value := range info.Map() {
		field, here := known[name], here+"."+name
		if _, is := known[name]; !is || value.Type == gjson.Null {
			continue
		}
		key := field.key
		if key == "" {
			key = name
		}
		var n int64
		switch {
		case !field.number && value.Type != gjson.String:
			return nil, timerr.Newf(badPushInfo, "%s is no string", here)
		case !field.number:
			config[key] = value.String()
		case json.Unmarshal([]byte(value.Raw), &n) != nil || value.Type != gjson.Number || n < 0:
			return nil, timerr.Newf(badPushInfo, "%s is no whole number", here)
		case field.flag:
			config[key] = n == 1
		default:
			config[key] = n
		}
	}
	return config, nil
}
