package session

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tableUnder returns the rows of the table under a heading of docs/sessions.md, by their
// first cell.
func tableUnder(t *testing.T, heading string) map[string][]string {
	text, err := os.ReadFile("../../docs/sessions.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n### "+heading+"\n")
	require.True(t, found, heading)
	section, _, _ = strings.Cut(section, "\n#")
	_, body, found := strings.Cut(section, "|---|---|---|---|---|\n")
	require.True(t, found, heading)
	rows := map[string][]string{}
	for line := range strings.Lines(body) {
		if cells := strings.Split(strings.Trim(line, "| \n"), " | "); len(cells) == 1+len(Modes) {
			rows[cells[0]] = cells[1:]
		}
	}
	return rows
}

func TestDocumentSaysWhoANewcomerEnds(t *testing.T) {
	rows := tableUnder(t, "Platforms that a newcomer ends")
	require.Len(t, rows, len(Platforms))
	for _, newcomer := range Platforms {
		for i, mode := range Modes {
			var ends []string
			for _, other := range Platforms {
				live := []Live{{ID: "other", Platform: other}}
				if other != newcomer && len(Admit(Policy{Mode: mode}, live, Live{ID: "new", Platform: newcomer})) > 0 {
					ends = append(ends, string(other))
				}
			}
			if ends == nil {
				ends = []string{"none"}
			}
			assert.Equal(t, strings.Join(ends, ", "), rows[string(newcomer)][i], "%s, %s", newcomer, mode)
		}
	}
}

func TestDocumentSaysHowManyInstancesThereMayBe(t *testing.T) {
	rows := tableUnder(t, "The most instances of a platform")
	require.Len(t, rows, 2)
	for _, platform := range Platforms {
		row, own := rows[string(platform)]
		if !own {
			row = rows["every other"]
		}
		for i, mode := range Modes {
			most := 1
			for (Policy{Mode: mode, Limits: map[Platform]int{platform: most + 1}}).Check() == nil {
				most++
			}
			assert.Equal(t, fmt.Sprint(most), row[i], "%s, %s", platform, mode)
		}
	}
}
