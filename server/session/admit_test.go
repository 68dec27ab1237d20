package session

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// together holds which platforms may be online with which, row by row as the policies'
// texts say it: "x" ends the other. The order is that of Platforms.
var together = map[Mode][]string{
	//      android iphone ipad windows mac linux web
	Single: {
		".xxxxxx", // android
		"x.xxxxx", // iphone
		"xx.xxxx", // ipad
		"xxx.xxx", // windows
		"xxxx.xx", // mac
		"xxxxx.x", // linux
		"xxxxxx.", // web
	},
	Dual: {
		".xxxxx.",
		"x.xxxx.",
		"xx.xxx.",
		"xxx.xx.",
		"xxxx.x.",
		"xxxxx..",
		".......",
	},
	Triple: {
		".xx....",
		"x.x....",
		"xx.....",
		"....xx.",
		"...x.x.",
		"...xx..",
		".......",
	},
	Multi: {
		".......",
		".......",
		".......",
		".......",
		".......",
		".......",
		".......",
	},
}

func TestAdmitOnEveryPairOfPlatforms(t *testing.T) {
	for _, mode := range Modes {
		for i, newcomer := range Platforms {
			for j, other := range Platforms {
				for limit := 1; limit <= 3; limit++ {
					name := fmt.Sprintf("%s: %s comes to %d of %s", mode, newcomer, limit, other)
					t.Run(name, func(t *testing.T) {
						policy := Policy{Mode: mode, Limits: map[Platform]int{other: limit}}
						live := sessions(other, limit)
						want := []Live{} // other platforms that do not exclude each other
						switch {
						case i == j:
							want = live[:1] // the platform was full: the first one makes room
						case together[mode][i][j] == 'x':
							want = live
						}
						got := Admit(policy, live, Live{ID: "new", Platform: newcomer, Login: 99})
						assert.ElementsMatch(t, want, got)
					})
				}
			}
		}
	}
}

// sessions returns n of them on one platform, that logged in one after the other.
func sessions(platform Platform, n int) []Live {
	live := make([]Live, n)
	for i := range live {
		live[i] = Live{ID: fmt.Sprint(i), Platform: platform, Instance: fmt.Sprint("install ", i), Login: int64(i + 1)}
	}
	return live
}

func TestAdmitChooses(t *testing.T) {
	first := Live{ID: "a", Platform: Web, Instance: "1", Login: 1}
	second := Live{ID: "b", Platform: Web, Instance: "2", Login: 2}
	lost := Live{ID: "c", Platform: Web, Instance: "3", Login: 3, Lost: true}
	phone := Live{ID: "d", Platform: Android, Instance: "4", Login: 4}
	given := Live{ID: "e", Platform: Web, Instance: "5", Login: 5, Lost: true, Gone: true}
	limit := func(n int) Policy { return Policy{Limits: map[Platform]int{Web: n}} }

	tests := []struct {
		name     string
		policy   Policy
		live     []Live
		newcomer Live
		want     []string
	}{
		{"nobody goes while there is room", limit(3), []Live{first, second}, Live{ID: "n", Platform: Web}, nil},
		{"the first to log in goes, in whichever order they are listed",
			limit(2), []Live{second, first}, Live{ID: "n", Platform: Web}, []string{"a"}},
		{"one that has lost its link goes before one that logged in earlier",
			limit(3), []Live{first, second, lost}, Live{ID: "n", Platform: Web}, []string{"c"}},
		{"one that was given up goes before both",
			limit(3), []Live{first, lost, given}, Live{ID: "n", Platform: Web}, []string{"e"}},
		{"the same install goes, even when there is room",
			limit(9), []Live{first, second}, Live{ID: "n", Platform: Web, Instance: "2"}, []string{"b"}},
		{"the same install makes the room that is needed",
			limit(2), []Live{first, second}, Live{ID: "n", Platform: Web, Instance: "2"}, []string{"b"}},
		{"an install without an id is nobody's",
			limit(2), []Live{{ID: "e", Platform: Web}}, Live{ID: "n", Platform: Web}, nil},
		{"an install's copy on another platform is another install",
			Policy{}, []Live{phone}, Live{ID: "n", Platform: Web, Instance: "4"}, nil},
		{"who resumes does not end itself",
			limit(1), []Live{first}, first, nil},
		{"who resumes under a limit that was lowered ends the others",
			limit(1), []Live{first, second}, first, []string{"b"}},
		{"several go when the limit was lowered",
			limit(1), []Live{first, second, lost}, Live{ID: "n", Platform: Web}, []string{"c", "a", "b"}},
		{"the zero policy is dual: a PC ends a phone and leaves the web",
			Policy{}, []Live{phone, first}, Live{ID: "n", Platform: Windows}, []string{"d"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, victim := range Admit(tt.policy, tt.live, tt.newcomer) {
				got = append(got, victim.ID)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// After any history of logins the policy holds, and nobody went who need not have gone.
func TestAdmitKeepsThePolicyWhateverComes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		policy := randomPolicy(random)
		require.NoError(t, policy.Check())
		var live []Live
		for n := range 40 {
			newcomer := Live{
				ID:       fmt.Sprint(n),
				Platform: Platforms[random.IntN(len(Platforms))],
				Instance: fmt.Sprint(random.IntN(6)),
				Login:    int64(n),
				Lost:     random.IntN(4) == 0,
				Gone:     random.IntN(4) == 0,
			}
			victims := Admit(policy, live, newcomer)
			left := without(live, victims)
			require.Len(t, left, len(live)-len(victims), "victims are among the live ones, once")
			for _, v := range victims {
				require.Error(t, broken(policy, append([]Live{v, newcomer}, left...)), "%v went for nothing", v)
			}
			live = append(left, newcomer)
			require.NoError(t, broken(policy, live))
		}
	}
}

func randomPolicy(random *rand.Rand) Policy {
	p := Policy{Mode: Modes[random.IntN(len(Modes))], Limits: map[Platform]int{Web: 1 + random.IntN(MaxOnWeb)}}
	if p.Mode == Multi {
		for _, platform := range Platforms {
			p.Limits[platform] = 1 + random.IntN(MaxOnNative)
		}
	}
	return p
}

func without(live, victims []Live) []Live {
	var left []Live
	for _, l := range live {
		gone := false
		for _, v := range victims {
			gone = gone || v.ID == l.ID
		}
		if !gone {
			left = append(left, l)
		}
	}
	return left
}

// broken says how live offends the policy, from the table of the test and not from the code.
func broken(p Policy, live []Live) error {
	index := map[Platform]int{}
	for i, platform := range Platforms {
		index[platform] = i
	}
	count := map[Platform]int{}
	for i, a := range live {
		count[a.Platform]++
		if count[a.Platform] > max(1, p.Limits[a.Platform]) {
			return fmt.Errorf("too many on %s", a.Platform)
		}
		for _, b := range live[i+1:] {
			if together[p.Mode][index[a.Platform]][index[b.Platform]] == 'x' {
				return fmt.Errorf("%s beside %s", a.Platform, b.Platform)
			}
			if a.Platform == b.Platform && a.Instance == b.Instance && a.Instance != "" {
				return fmt.Errorf("install %s twice", a.Instance)
			}
		}
	}
	return nil
}
