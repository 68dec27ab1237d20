package session

import (
	"fmt"
	"slices"
	"strings"
)

// Platform is the kind of device that a client runs on, as hello names it.
type Platform string

// The platforms. Web is every client that runs in a browser or a mini program.
const (
	Android Platform = "android"
	IPhone  Platform = "iphone"
	IPad    Platform = "ipad"
	Windows Platform = "windows"
	Mac     Platform = "mac"
	Linux   Platform = "linux"
	Web     Platform = "web"
)

// Platforms lists every platform there is.
var Platforms = []Platform{Android, IPhone, IPad, Windows, Mac, Linux, Web}

// Mobile says whether a device of the platform can be reached when it has no link.
func (p Platform) Mobile() bool { return p == Android || p == IPhone || p == IPad }

// ParsePlatform returns the platform of that name. Names are lower-case.
func ParsePlatform(name string) (Platform, error) {
	if p := Platform(name); slices.Contains(Platforms, p) {
		return p, nil
	}
	return "", fmt.Errorf("platform %.32q is none of %s", name, names(Platforms))
}

func names[T ~string](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return strings.Join(list, ", ")
}
