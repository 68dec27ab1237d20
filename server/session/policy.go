package session

import (
	"fmt"
	"slices"
)

// Mode says which platforms of one account exclude each other.
type Mode string

// The modes. Linux stands with Windows and Mac.
const (
	Single Mode = "single" // one device
	Dual   Mode = "dual"   // one device, and the web beside it
	Triple Mode = "triple" // one mobile device, one computer, and the web
	Multi  Mode = "multi"  // every platform beside every other
)

// Modes lists every mode there is.
var Modes = []Mode{Single, Dual, Triple, Multi}

// ParseMode returns the mode of that name.
func ParseMode(name string) (Mode, error) {
	if m := Mode(name); slices.Contains(Modes, m) {
		return m, nil
	}
	return "", fmt.Errorf("policy %.32q is none of %s", name, names(Modes))
}

// The most sessions that a policy may allow on one platform.
const (
	MaxOnWeb    = 10
	MaxOnNative = 3 // and only where the mode is Multi
)

// Policy is an app's rule of which sessions of one account may be open together.
// The zero Policy is Dual with one session a platform.
type Policy struct {
	Mode Mode
	// Limits says how many sessions a platform may have; one, where it says nothing.
	Limits map[Platform]int
}

// Check returns what is wrong with the policy's mode or limits.
func (p Policy) Check() error {
	if _, err := ParseMode(string(p.mode())); err != nil {
		return err
	}
	for platform, limit := range p.Limits {
		if _, err := ParsePlatform(string(platform)); err != nil {
			return err
		}
		most := MaxOnNative
		switch {
		case platform == Web:
			most = MaxOnWeb
		case p.mode() != Multi:
			most = 1
		}
		if limit < 1 || limit > most {
			return fmt.Errorf("the limit of %s is %d: under policy %s it is 1 to %d", platform, limit, p.mode(), most)
		}
	}
	return nil
}

func (p Policy) mode() Mode {
	if p.Mode == "" {
		return Dual
	}
	return p.Mode
}

func (p Policy) limit(platform Platform) int {
	return max(1, p.Limits[platform])
}

// exclusive holds, for each mode, the groups of platforms of which only one may be online.
var exclusive = map[Mode][][]Platform{
	Single: {{Android, IPhone, IPad, Windows, Mac, Linux, Web}},
	Dual:   {{Android, IPhone, IPad, Windows, Mac, Linux}},
	Triple: {{Android, IPhone, IPad}, {Windows, Mac, Linux}},
	Multi:  {},
}

// exclude says whether a session on one platform ends those on the other.
func (p Policy) exclude(a, b Platform) bool {
	for _, group := range exclusive[p.mode()] {
		if a != b && slices.Contains(group, a) && slices.Contains(group, b) {
			return true
		}
	}
	return false
}
