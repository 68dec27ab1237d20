// Package contract holds the TIM C API as data: its functions, callbacks, enums, JSON
// objects and error codes, and the rules by which the library checks and answers calls.
// Everything that capi/gen writes is made from it.
package contract

// Contract is the whole of the C API.
type Contract struct {
	Functions []Function
	Callbacks []Callback
	Enums     []Enum
	Objects   []Object
	Errors    []Error
}

// Param is a parameter of a function or of a callback: its name and C type.
type Param struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// The kinds of a Function.
const (
	KindCall        = "call"         // asynchronous: answered by a callback
	KindSetCallback = "set_callback" // keeps or removes a callback
	KindSync        = "sync"         // answered by its return value
)

// Function is an exported function, with the rule that the library follows for it.
type Function struct {
	Name            string            `json:"name"`
	Returns         string            `json:"returns"`
	Params          []Param           `json:"params"`
	Module          string            `json:"module"`
	Header          string            `json:"header"`
	Section         string            `json:"section"`
	Kind            string            `json:"kind"`
	Callback        string            `json:"callback"`
	ParamsObject    map[string]string `json:"params_object"`
	ResultObject    string            `json:"result_object"`
	ResultSource    string            `json:"result_source"`
	ResultNote      string            `json:"result_note"`
	MinVersion      string            `json:"min_version"`
	Plan            []string          `json:"plan"`
	Deprecated      bool              `json:"deprecated"`
	Since           string            `json:"since"`
	OnlyIn          *string           `json:"only_in"`
	Summary         string            `json:"summary"`
	InWrapper       bool              `json:"in_wrapper"`
	WrapperMismatch []string          `json:"wrapper_mismatch"`
	DocMismatch     []string          `json:"doc_mismatch"`

	Rule Rule `json:"-"`
}

// Who does a function's work.
const (
	DispatchC       = "c"       // the C side alone
	DispatchCall    = "call"    // a method of the client
	DispatchRequest = "request" // one command to the server
)

// Rule says how a function checks its arguments, and what it answers while the library is
// not initialised (Pre) or nobody is logged in (Init).
type Rule struct {
	Name         string      `json:"name"`
	Kind         string      `json:"kind"`
	Dispatch     string      `json:"dispatch"`
	Params       []ParamRule `json:"params"`
	Pre          Outcome     `json:"pre"`
	Init         Outcome     `json:"init"`
	SyncInRecord bool        `json:"sync_in_record"`
	Progress     bool        `json:"progress"` // the callback also tells, before its answer, how far it has come
	Note         string      `json:"note"`
}

// The values of ParamRule.Rule.
const (
	RuleRequired  = "required"
	RuleOptional  = "optional"
	RuleOutBuffer = "out_buffer"
	RuleAny       = "any"
)

// ParamRule says how one argument is checked.
type ParamRule struct {
	Name     string  `json:"name"`
	Rule     string  `json:"rule"`
	JSON     string  `json:"json"` // "object", "array", or "": not JSON
	Nonempty bool    `json:"nonempty"`
	OnNull   *int    `json:"on_null"`  // returned for NULL, instead of what Rule says
	OnEmpty  *int    `json:"on_empty"` // returned for "", instead of what Rule says
	MinBytes int     `json:"min_bytes"`
	Enum     string  `json:"enum"`
	Values   []int32 `json:"values"` // the allowed numbers; none: all
}

// Outcome is what a function answers in one state: Ret for a sync function, Code and JSON
// (and, for the list of readers, NextSeq and IsFinished) for the callback of a call.
type Outcome struct {
	Run        bool   `json:"run"` // the state does not decide: the function itself runs
	Ret        *int32 `json:"ret"`
	Code       int32  `json:"code"`
	JSON       string `json:"json"`
	NextSeq    uint64 `json:"next_seq"`
	IsFinished bool   `json:"is_finished"`
}

// Callback is the type of a function of the game.
type Callback struct {
	Name            string            `json:"name"`
	Returns         string            `json:"returns"`
	Params          []Param           `json:"params"`
	Payload         map[string]string `json:"payload"`
	Module          string            `json:"module"`
	Header          string            `json:"header"`
	Section         string            `json:"section"`
	Setter          string            `json:"setter"`
	AlsoTakenBy     []string          `json:"also_taken_by"`
	PassedTo        any               `json:"passed_to"` // a list of functions, or words
	Since           string            `json:"since"`
	Summary         string            `json:"summary"`
	InWrapper       bool              `json:"in_wrapper"`
	WrapperMismatch []string          `json:"wrapper_mismatch"`
	DocMismatch     []string          `json:"doc_mismatch"`
	Note            string            `json:"note"`
}

// Enum is an enum with its values.
type Enum struct {
	Name            string   `json:"name"`
	Module          string   `json:"module"`
	Header          string   `json:"header"`
	Deprecated      bool     `json:"deprecated"`
	Summary         string   `json:"summary"`
	Values          []Value  `json:"values"`
	InWrapper       bool     `json:"in_wrapper"`
	WrapperMismatch []string `json:"wrapper_mismatch"`
}

// Value is one constant of an enum. Unsigned is its value where JSON may hold it as an
// unsigned number as well.
type Value struct {
	Name     string   `json:"name"`
	Value    int32    `json:"value"`
	Unsigned int64    `json:"unsigned"`
	Meaning  string   `json:"meaning"`
	Aliases  []string `json:"aliases"`
	Since    string   `json:"since"`
}

// The kinds of an Object.
const (
	KindObject  = "object"           // a JSON object and its keys
	KindStrings = "string_constants" // named strings that are values, not keys
)

// Object is a JSON object, or a set of string constants.
type Object struct {
	Name            string       `json:"name"`
	Kind            string       `json:"kind"`
	Module          string       `json:"module"`
	Headers         []string     `json:"headers"`
	DocNames        []string     `json:"doc_names"`
	Extends         string       `json:"extends"`
	ElemType        *ElemType    `json:"elem_type"`
	Summary         string       `json:"summary"`
	Fields          []Field      `json:"fields"`
	WrapperOnlyKeys []WrapperKey `json:"wrapper_only_keys"`
}

// ElemType is the number that tells a kind of message element.
type ElemType struct {
	Name  string `json:"name"`
	Value int32  `json:"value"`
}

// WrapperKey is a key that only the wrapper of existing games knows.
type WrapperKey struct {
	Key  string `json:"key"`
	Type string `json:"type"`
}

// Field is a key of an object: the constant that holds it, the key itself and its type.
type Field struct {
	Const        string   `json:"const"`
	Key          string   `json:"key"`
	Type         string   `json:"type"`
	Enum         string   `json:"enum"`
	Access       string   `json:"access"`
	Required     *bool    `json:"required"`
	Deprecated   bool     `json:"deprecated"`
	Internal     bool     `json:"internal"`
	Note         string   `json:"note"`
	InWrapper    bool     `json:"in_wrapper"`
	Since        string   `json:"since"`
	Aliases      []string `json:"aliases"`
	HeaderType   string   `json:"header_type"`
	TypeSource   string   `json:"type_source"`
	EnumSource   string   `json:"enum_source"`
	UndefinedRef string   `json:"undefined_ref"`
	WrapperType  string   `json:"wrapper_type"`
}

// Error is an error code. One entry is a range of codes that hooks may return, and one
// has no name.
type Error struct {
	Name      string  `json:"name"`
	Code      int32   `json:"code"`
	CodeRange []int32 `json:"code_range"`
	Side      string  `json:"side"`
	Area      string  `json:"area"`
	Legacy    bool    `json:"legacy"`
	Meaning   string  `json:"meaning"`
	Source    string  `json:"source"`
}
