package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
	"github.com/banter-im/banter/capi/harness/rig"
)

// players is a server with one player logged in and one that is not, each a process that has
// loaded the library. What has ended is started again, so that an input is judged alone.
type players struct {
	server  *rig.Server
	program string
	folder  string

	online, offline *rig.Puppet
}

// aWhile is how long an answer may take before it counts as never. It is no promise of speed.
const aWhile = 2 * time.Minute

func newPlayers(f *testing.F) *players {
	built, err := rig.Build()
	require.NoError(f, err)
	p := &players{folder: f.TempDir()}
	os.Setenv("ASAN_OPTIONS", "detect_leaks=0") // the puppet is killed, and Go's memory is none of its business
	lib := filepath.Join(built, "lib")
	p.program = compile(f, "puppet", append(sanitized, "-L"+lib, "-Wl,-rpath,"+lib), "puppet.c", "zz_puppet.c", "-lImSDK")
	p.server, err = rig.Dev(built, p.folder+"/data", p.folder+"/server.log")
	require.NoError(f, err)
	f.Cleanup(func() {
		for _, puppet := range []*rig.Puppet{p.online, p.offline} {
			if puppet != nil {
				puppet.Kill()
			}
		}
		p.server.Stop(syscall.SIGTERM)
	})
	return p
}

// start returns a process with the library initialised.
func (p *players) start(t *testing.T) *rig.Puppet {
	t.Helper()
	puppet, err := rig.StartPuppet(p.program, p.folder, func(rig.Line) {})
	require.NoError(t, err)
	config := fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q,"sdk_config_log_level":0}`, p.server.URL, p.folder+"/files")
	require.NoError(t, puppet.Init(p.server.AppID, config))
	return puppet
}

// has returns the process that calls f.
func (p *players) has(t *testing.T, f contract.Function) *rig.Puppet {
	t.Helper()
	if f.Name == "callExperimentalAPI" || f.Name == "TIMSetConfig" { // which would send a player elsewhere
		if p.offline == nil || ended(p.offline) {
			p.offline = p.start(t)
		}
		return p.offline
	}
	if p.online == nil || ended(p.online) {
		p.online = p.start(t)
		p.login(t)
	}
	return p.online
}

func ended(p *rig.Puppet) bool {
	select {
	case <-p.Ended():
		return true
	default:
		return false
	}
}

// login makes the player online ann again, whoever it was.
func (p *players) login(t *testing.T) {
	t.Helper()
	call(t, p.online, true, "TIMLogout")
	l := call(t, p.online, true, "TIMLogin", rig.TextArg("ann"), rig.TextArg(p.server.Ticket("ann", time.Now(), time.Hour)))
	require.Zero(t, l.Code, l.Desc)
}

// call calls a function and returns its answer, if it has one.
func call(t *testing.T, p *rig.Puppet, answers bool, name string, args ...rig.Arg) rig.Line {
	t.Helper()
	answer := make(chan rig.Line, 1)
	returned, err := p.Call(name, func(l rig.Line) { answer <- l }, args...)
	require.NoError(t, err)
	if returned.Result != 0 || !answers {
		return returned
	}
	select {
	case l := <-answer:
		return l
	case <-p.Ended():
		require.Fail(t, "the process has ended", name)
	case <-time.After(aWhile):
		p.Kill() // the next input gets another
		require.Fail(t, "no answer", name)
	}
	return rig.Line{}
}

// FuzzCalls calls every function that takes an argument with arguments of any kind, in a game
// under the address sanitizer that is logged in at a server. The game lives on, the call returns what
// the contract says of its arguments, and an accepted one is answered once.
func FuzzCalls(f *testing.F) {
	c, err := contract.Load()
	require.NoError(f, err)
	var functions []contract.Function
	for _, function := range c.Functions {
		if function.Rule.Dispatch != contract.DispatchC && function.Name != "TIMInit" && function.Name != "TIMUninit" {
			functions = append(functions, function)
		}
	}
	for i := range functions {
		f.Add(uint8(i), []byte("\x01\x02\x05\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02"), "")
	}
	f.Add(uint8(0), []byte("\x07\x01"), "{\"a\":\xff}")
	objects, enums := newVocabulary(c)
	all := newPlayers(f)
	f.Fuzz(func(t *testing.T, which uint8, choices []byte, raw string) {
		function := functions[int(which)%len(functions)]
		choose := &chooser{choices, raw, objects, enums}
		var list []given
		var args []rig.Arg
		expected := 0
		for _, a := range arguments(function) {
			g := choose.argument(function, a)
			if expected == 0 {
				expected = g.result(a)
			}
			list, args = append(list, g), append(args, g.arg(a))
		}
		all.judge(t, function, expected, list, args)
	})
}

func (p *players) judge(t *testing.T, f contract.Function, expected int, list []given, args []rig.Arg) {
	puppet := p.has(t, f)
	defer func() {
		if t.Failed() {
			t.Log(describe(f.Name, list))
		}
	}()
	l := call(t, puppet, hasCallback(f), f.Name, args...)
	if expected != 0 || !hasCallback(f) {
		require.Equal(t, expected, l.Result, "what %s returns", f.Name)
	} else {
		require.NotNil(t, l.Callback, "it returned %d", l.Result)
	}
	require.Empty(t, puppet.Wrongs())
	if f.Name == "TIMLogin" || f.Name == "TIMLogout" {
		p.login(t)
	}
}
