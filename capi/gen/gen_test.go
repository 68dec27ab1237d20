package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

const root = "../.."

func TestCommittedFilesAreWhatTheGeneratorMakes(t *testing.T) {
	files, err := generate(load(t), root)
	require.NoError(t, err)
	stale, err := compare(files, root)
	require.NoError(t, err)
	assert.Empty(t, stale, "run scripts/generate")
}

func TestEveryHeaderOfTheContractIsMade(t *testing.T) {
	c := load(t)
	files, err := generate(c, root)
	require.NoError(t, err)
	for _, f := range c.Functions {
		header := string(files["capi/include/"+f.Header])
		assert.Contains(t, header, " "+f.Name+"(", f.Header)
	}
	for path, data := range files {
		if strings.HasPrefix(path, "capi/include/") {
			assert.NotRegexp(t, `(?i)\b(wrapper|flagship|paid|the header|samples?)\b`, string(data), path)
		}
	}
}

func TestRunWritesOnceAndCheckNamesWhatIsStale(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, run([]string{"-root", dir}, &out))
	assert.Contains(t, out.String(), "wrote capi/zz_exports.c\n")
	assert.Contains(t, out.String(), "wrote README.md\n")

	out.Reset()
	require.NoError(t, run([]string{"-root", dir}, &out))
	assert.Empty(t, out.String(), "nothing is written that has not changed")
	require.NoError(t, run([]string{"-root", dir, "-check"}, &out))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "capi/zz_events.h"), []byte("edited"), 0o644))
	require.NoError(t, os.Remove(filepath.Join(dir, "build/ImSDK.def")))
	err := run([]string{"-root", dir, "-check"}, &out)
	assert.EqualError(t, err, "stale: build/ImSDK.def, capi/zz_events.h; run scripts/generate")
	edited, err := os.ReadFile(filepath.Join(dir, "capi/zz_events.h"))
	require.NoError(t, err)
	assert.Equal(t, "edited", string(edited), "-check writes nothing")
}

func TestSymbolsAreTheContractsAndOurs(t *testing.T) {
	c := load(t)
	list := symbols(c.Functions)
	assert.Len(t, list, len(c.Functions)+7)
	assert.IsIncreasing(t, list)
	assert.Contains(t, list, "TIMXPump")
	assert.Contains(t, list, "callExperimentalAPI")

	files, err := generate(c, root)
	require.NoError(t, err)
	def := string(files["build/ImSDK.def"])
	assert.True(t, strings.HasSuffix(def, "\n    callExperimentalAPI\n"), "the last line is whole")
	assert.Contains(t, string(files["build/libImSDKForMac_C.exports"]), "\n_TIMLogin\n")
}

func TestCoverageCountsWhatIsBuilt(t *testing.T) {
	table := string(coverage([]contract.Function{
		{Name: "TIMLogin", Module: "manager"},
		{Name: "TIMNotBuilt", Module: "manager"},
		{Name: "TIMMsgNotBuilt", Module: "message"},
		{Name: "callExperimentalAPI", Module: "experimental"},
	}))
	assert.Equal(t, strings.TrimLeft(`
| module       | functions | built | state                   |
|--------------|----------:|------:|-------------------------|
| manager      |         2 |     1 | partly built            |
| message      |         1 |     0 | not built: answers 7013 |
| experimental |         1 |     1 | built                   |
| all          |         4 |     2 | partly built            |
`, "\n"), table)
}

func TestBuiltFunctionsExist(t *testing.T) {
	known := map[string]bool{}
	for _, f := range load(t).Functions {
		known[f.Name] = true
	}
	for _, name := range built {
		assert.True(t, known[name], name)
	}
	for name := range notes {
		assert.True(t, known[name], name)
	}
}

func TestTheTableStandsBetweenItsMarkers(t *testing.T) {
	got, err := between([]byte("before\n"+coverageBegin+"\nold\n"+coverageEnd+"\nafter\n"), []byte("new\n"))
	require.NoError(t, err)
	assert.Equal(t, "before\n"+coverageBegin+"\nnew\n"+coverageEnd+"\nafter\n", string(got))

	_, err = between([]byte("no table\n"), nil)
	assert.ErrorContains(t, err, "README.md: <!-- coverage:begin --> is missing")
	_, err = between([]byte(coverageBegin), nil)
	assert.ErrorContains(t, err, "README.md: <!-- coverage:end --> is missing")
}
