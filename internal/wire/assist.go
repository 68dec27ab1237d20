package wire

// The commands that a service beside the server does.
const (
	CmdTranslate   = "TIMMsgTranslateText"
	CmdVoiceToText = "TIMMsgConvertVoiceToText"
)

// The most of one CmdTranslate.
const (
	MaxTranslateTexts = 50
	MaxTranslateBytes = 32 << 10 // of all texts
)

// Translate is the body of CmdTranslate.
type Translate struct {
	Texts []string `json:"json_source_text_array"`
	From  string   `json:"source_language"` // "auto" or "": to be found out
	To    string   `json:"target_language"`
}

// TranslatedText is one text of the answer to CmdTranslate.
type TranslatedText struct {
	Source string `json:"msg_translate_text_source_text"`
	Target string `json:"msg_translate_text_target_text"`
}

// Voice is the body of CmdVoiceToText.
type Voice struct {
	URL      string `json:"url"`
	Language string `json:"language"` // "": to be found out
}

// VoiceText answers CmdVoiceToText.
type VoiceText struct {
	Text string `json:"text"`
}
