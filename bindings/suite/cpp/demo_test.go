package cpp

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// differs is what two runs of the demo do not share: times, the app, and where a ticket was cut.
var differs = regexp.MustCompile(`(login: \d+) .*`)

func TestDemoPrintsWhatTheDemoInCPrints(t *testing.T) {
	has(t, "c++")
	product(t)
	transcript := func(language string) string {
		out := run(t, root(t), nil, "go", "run", "./capi/harness/demo", language)
		return differs.ReplaceAllString(out, "$1")
	}
	c := transcript("c")
	require.Contains(t, c, "notice: banter_kicked\n  kicked offline\n  status 3\n")
	require.Contains(t, c, chat)
	assert.Equal(t, c, transcript("cpp"))
}

// chat is how each demo ends: two players, each with a client of their own.
const chat = `
alice -> bob: Hello, bob!
bob   <- alice: Hello, bob!
bob   -> alice: Hello, alice! 你好
alice <- bob: Hello, alice! 你好
log out
`
