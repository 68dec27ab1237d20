package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// history is an account's life: devices log in, lose their links, resume and log out.
type history struct {
	t      *testing.T
	random *rand.Rand
	policy Policy
	open   []Live
	logins int64
	kicked map[string]bool
}

// admit lets a login or a resume in and checks what it does to the others.
func (h *history) admit(newcomer Live) (victims []Live) {
	victims = Admit(h.policy, h.open, newcomer)
	h.open = append(without(h.open, append([]Live{{ID: newcomer.ID}}, victims...)), newcomer)
	for _, v := range victims {
		require.NotEqual(h.t, newcomer.ID, v.ID, "the newcomer always wins")
		require.False(h.t, h.kicked[v.ID], "nobody is kicked twice")
		h.kicked[v.ID] = true
		mayEnd := v.Platform == newcomer.Platform || excludes(h.policy, newcomer.Platform, v.Platform)
		require.True(h.t, mayEnd, "%s is outside the group of %s under %v", v.Platform, newcomer.Platform, h.policy)
	}
	require.NoError(h.t, broken(h.policy, h.open))
	return victims
}

// excludes says so from the table of the test and not from the code.
func excludes(p Policy, a, b Platform) bool {
	return together[p.Mode][slices.Index(Platforms, a)][slices.Index(Platforms, b)] == 'x'
}

// step does something that can happen to the account.
func (h *history) step() {
	if len(h.open) == 0 || h.random.IntN(3) == 0 {
		h.logins++
		h.admit(Live{
			ID:       fmt.Sprint(h.logins),
			Platform: Platforms[h.random.IntN(len(Platforms))],
			Instance: []string{"", "1", "2", "3"}[h.random.IntN(4)],
			Login:    h.logins,
		})
		return
	}
	i := h.random.IntN(len(h.open))
	switch h.random.IntN(4) {
	case 0:
		h.open = slices.Delete(h.open, i, i+1)
	case 1:
		h.open[i].Gone = h.open[i].Lost
		h.open[i].Lost = true
	default:
		back := h.open[i]
		back.Lost, back.Gone = false, false
		assert.Empty(h.t, h.admit(back), "a resume kicks nobody")
	}
}

// Whatever happens to an account, exactly the right devices are online; and when nobody logs
// in any more, nobody is kicked any more, however often they all lose their links and resume.
func TestAnyHistoryComesToRest(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		h := history{t: t, random: random, policy: randomPolicy(random), kicked: map[string]bool{}}
		for range 100 {
			h.step()
		}
		for range 3 {
			for _, i := range random.Perm(len(h.open)) {
				h.open[i].Lost = true
			}
			all := slices.Clone(h.open)
			for _, i := range random.Perm(len(all)) {
				back := all[i]
				back.Lost = false
				require.Empty(t, h.admit(back))
			}
			require.Len(t, h.open, len(all))
		}
	}
}

// A policy that became stricter holds for the newcomer's part when the next device comes.
func TestAStricterPolicyHoldsFromTheNextLogin(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		open := sessions(Platforms[random.IntN(len(Platforms))], 3)
		open = append(open, Live{ID: "w", Platform: Web, Instance: "w"}, Live{ID: "p", Platform: Android, Instance: "p"})
		policy := randomPolicy(random)
		newcomer := Live{ID: "new", Platform: Platforms[random.IntN(len(Platforms))], Login: 99}
		left := append(without(open, Admit(policy, open, newcomer)), newcomer)
		same := 0
		for _, l := range left {
			assert.False(t, excludes(policy, newcomer.Platform, l.Platform), "%s beside %s", newcomer.Platform, l.Platform)
			if l.Platform == newcomer.Platform {
				same++
			}
		}
		assert.LessOrEqual(t, same, max(1, policy.Limits[newcomer.Platform]))
	}
}
