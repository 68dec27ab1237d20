// Package chaos runs many real clients against several real nodes while everything between
// them fails, and holds what is left at each quiet point to a model of it.
package chaos

import "slices"

// Policy is an app's rule of which devices of an account may be online together. It is
// written here once more, from docs/sessions.md, so that the model is no copy of what it
// judges.
type Policy struct {
	Name   string         // login_policy
	Groups [][]string     // platforms of which only one may be online
	Limits map[string]int // instances; 1 for a platform that is not there
}

// computers and mobiles are the platforms that policies tell apart, beside web.
var (
	mobiles   = []string{"android", "iphone", "ipad"}
	computers = []string{"windows", "mac", "linux"}
)

// single, dual, triple and multi are the policies there are.
func single() Policy {
	return Policy{Name: "single", Groups: [][]string{slices.Concat(mobiles, computers, []string{"web"})}}
}

func dual() Policy {
	return Policy{Name: "dual", Groups: [][]string{slices.Concat(mobiles, computers)}}
}

func triple() Policy { return Policy{Name: "triple", Groups: [][]string{mobiles, computers}} }

func multi(limits map[string]int) Policy { return Policy{Name: "multi", Limits: limits} }

// excludes says whether a newcomer on one platform ends sessions on another.
func (p Policy) excludes(newcomer, other string) bool {
	return newcomer != other && slices.ContainsFunc(p.Groups, func(group []string) bool {
		return slices.Contains(group, newcomer) && slices.Contains(group, other)
	})
}

func (p Policy) limit(platform string) int { return max(1, p.Limits[platform]) }
