package session

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPolicyCheck(t *testing.T) {
	tests := []struct {
		name   string
		policy Policy
		want   string // "" is good
	}{
		{"the zero policy is good", Policy{}, ""},
		{"ten on the web are good under every mode", Policy{Mode: Single, Limits: map[Platform]int{Web: 10}}, ""},
		{"three on a native platform are good under multi", Policy{Mode: Multi, Limits: map[Platform]int{Mac: 3}}, ""},
		{"an unknown mode is named", Policy{Mode: "quad"}, `policy "quad" is none of single, dual, triple, multi`},
		{"an unknown platform is named", Policy{Limits: map[Platform]int{"tv": 1}},
			`platform "tv" is none of android, iphone, ipad, windows, mac, linux, web`},
		{"two on a native platform need multi", Policy{Limits: map[Platform]int{Mac: 2}},
			"the limit of mac is 2: under policy dual it is 1 to 1"},
		{"eleven on the web are too many", Policy{Mode: Multi, Limits: map[Platform]int{Web: 11}},
			"the limit of web is 11: under policy multi it is 1 to 10"},
		{"none is no limit", Policy{Limits: map[Platform]int{Web: 0}}, "the limit of web is 0: under policy dual it is 1 to 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Check()
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, tt.want)
		})
	}
}

func TestParse(t *testing.T) {
	for _, p := range Platforms {
		got, err := ParsePlatform(string(p))
		assert.NoError(t, err)
		assert.Equal(t, p, got)
	}
	for _, m := range Modes {
		got, err := ParseMode(string(m))
		assert.NoError(t, err)
		assert.Equal(t, m, got)
	}
	for _, bad := range []string{"", "Android", "web ", "ios"} {
		_, err := ParsePlatform(bad)
		assert.Error(t, err, bad)
		_, err = ParseMode(bad)
		assert.Error(t, err, bad)
	}
}
