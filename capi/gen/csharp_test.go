package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

const newtonsoft = "/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll"

// csharpWith makes the C# files as if these functions were built.
func csharpWith(t *testing.T, built []string) map[string][]byte {
	t.Helper()
	templates, err := template.ParseFS(templateFiles, "templates/*.tmpl")
	require.NoError(t, err)
	files := map[string][]byte{}
	require.NoError(t, addCSharp(files, templates, load(t), built))
	return files
}

func TestCSharpReachesEveryFunction(t *testing.T) {
	var all strings.Builder
	for path, data := range csharpWith(t, nil) {
		if strings.Contains(path, "/Raw") {
			all.Write(data)
		}
	}
	for _, hand := range handWrittenCSharpFiles(t) {
		data, err := os.ReadFile(hand)
		require.NoError(t, err)
		all.Write(data)
	}
	for _, f := range load(t).Functions {
		assert.Contains(t, all.String(), "NativeMethods."+f.Name+"(")
	}
}

func handWrittenCSharpFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "bindings/csharp/Runtime/*.cs"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestCSharpHasTypedFormsOfWhatIsBuiltAlone(t *testing.T) {
	none := csharpWith(t, nil)
	assert.NotContains(t, string(none[csharpFolder+"TypedCalls.cs"]), "Async(")
	assert.NotContains(t, string(none[csharpFolder+"TypedEvents.cs"]), "event ")

	files := csharpWith(t, []string{"TIMMsgGetMsgList", "TIMAddRecvNewMsgCallback"})
	assert.Contains(t, string(files[csharpFolder+"TypedCalls.cs"]),
		"public Task<List<Message>> MsgGetMsgListAsync(string convId, ConvType convType, MsgGetMsgListParam getMsgParam, CancellationToken cancel")
	assert.Contains(t, string(files[csharpFolder+"TypedEvents.cs"]), "public event Action<List<Message>> RecvNewMsg\n")
}

// What is not built yet must have a typed form that compiles on the day it is.
func TestCSharpCompilesWithEverythingBuilt(t *testing.T) {
	if _, err := exec.LookPath("mcs"); err != nil {
		t.Skip("mcs, Mono's C# compiler, is not installed")
	}
	if _, err := os.Stat(newtonsoft); err != nil {
		t.Skip("Newtonsoft.Json (libnewtonsoft-json5.0-cil) is not installed")
	}
	var names []string
	for _, f := range load(t).Functions {
		names = append(names, f.Name)
	}
	dir := t.TempDir()
	args := []string{"-warnaserror", "-warn:4", "-langversion:7.2", "-target:library", "-r:System.Runtime.Serialization",
		"-r:" + newtonsoft, "-doc:" + filepath.Join(dir, "Banter.xml"), "-out:" + filepath.Join(dir, "Banter.dll")}
	for path, data := range csharpWith(t, names) {
		file := filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(file, data, 0o644))
		args = append(args, file)
	}
	out, err := exec.Command("mcs", append(args, handWrittenCSharpFiles(t)...)...).CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestCSharpNamesOfKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
		want []string
	}{
		{"what most keys begin with is left out", []string{"conv_id", "conv_type", "conv_active_time"}, []string{"Id", "Type", "ActiveTime"}},
		{"a key of another kind keeps its whole name", []string{"conv_id", "conv_type", "draft_text"}, []string{"Id", "Type", "DraftText"}},
		{"keys that share too little keep all of it", []string{"topic_id", "permission_id"}, []string{"TopicId", "PermissionId"}},
		{"a name never begins with a digit", []string{"url_1", "url_2"}, []string{"Url1", "Url2"}},
		{"capitals inside a word stay", []string{"info_shutupTime", "info_userIDList"}, []string{"ShutupTime", "UserIDList"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fields []contract.Field
			for _, key := range tt.keys {
				fields = append(fields, contract.Field{Key: key})
			}
			prefix := keyPrefix(fields)
			var names []string
			for _, key := range tt.keys {
				names = append(names, fieldName(key, prefix))
			}
			assert.Equal(t, tt.want, names)
		})
	}
}
