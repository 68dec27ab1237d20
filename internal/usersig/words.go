package usersig

import (
	"fmt"
	"strconv"
	"time"
)

// quote writes a user id for a log or a terminal: nothing in it can break the line,
// and an overlong one is cut.
func quote(user string) string {
	const most = 64
	if len(user) > most {
		return strconv.Quote(user[:most]) + "..."
	}
	return strconv.Quote(user)
}

// duration says how long seconds are, in the largest unit that fits twice.
func duration(seconds int64) string {
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"days", 24 * 60 * 60}, {"h", 60 * 60}, {"min", 60}} {
		if n := seconds / unit.seconds; n >= 2 {
			return fmt.Sprintf("%d %s", n, unit.name)
		}
	}
	return fmt.Sprintf("%d s", seconds)
}

// clock says what time it is, with the date when something late was due long before.
func clock(now time.Time, late int64) string {
	layout := "15:04:05 UTC"
	if late >= 12*60*60 {
		layout = "2006-01-02 " + layout
	}
	return now.UTC().Format(layout)
}
