package chat

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/server/session"
)

func TestUsageIsCountedByDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 2000-01-01
		var u usage
		u.init("n")
		today := DayOf(time.Now())
		links := []*Attachment{{peer: Peer{App: 7}}, {peer: Peer{App: 7}}}
		for _, a := range links {
			u.came(a)
			u.count(7, LoginTimes, 1)
		}
		u.went(links[0])
		u.went(links[0]) // again, which is nothing
		figures := u.take()
		assert.ElementsMatch(t, []Figure{
			{App: 7, Name: LoginTimes, Period: today, Part: "n", Value: 2},
			{App: 7, Name: PeakOnline, Period: today, Value: 2},
		}, figures)

		time.Sleep(24 * time.Hour)
		tomorrow := []Figure{{App: 7, Name: PeakOnline, Period: today + 1, Value: 1}}
		assert.Equal(t, tomorrow, u.take(), "who stayed counts")
		u.went(links[1])
		u.giveBack(figures)
		u.count(7, LoginTimes, 3)
		u.giveBack(figures)
		assert.Contains(t, u.take(), Figure{App: 7, Name: LoginTimes, Period: today, Part: "n", Value: 4})
		assert.Empty(t, u.take())
	})
}

func TestNodesCountTheirLinksAtTheSameMoments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u usage
		u.init("n")
		u.came(&Attachment{peer: Peer{App: 7}})
		time.Sleep(3 * time.Second)
		u.sample(time.Now())
		assert.NotContains(t, names(u.take()), OnlineSample, "too late for the last moment")
		time.Sleep(untilSample())
		assert.Zero(t, time.Now().Unix()%10)
		u.sample(time.Now())
		assert.Contains(t, u.take(), Figure{App: 7, Name: OnlineSample, Period: SampleOf(time.Now()), Part: "n", Value: 1})
	})
}

func names(figures []Figure) (names []string) {
	for _, f := range figures {
		names = append(names, f.Name)
	}
	return names
}

func TestDaysAndMonths(t *testing.T) {
	last := time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)
	assert.Equal(t, DayOf(last)+1, DayOf(last.Add(time.Second)))
	assert.Equal(t, MonthOf(last)+1, MonthOf(last.Add(time.Second)))
	assert.Equal(t, last.Truncate(24*time.Hour), DayStart(DayOf(last)))
	east := time.FixedZone("east", 14*60*60)
	assert.Equal(t, MonthOf(last), MonthOf(last.In(east)), "a month is UTC's")
	december := time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, MonthOf(december)+1, MonthOf(december.AddDate(0, 0, 1)))
}

func TestStatus(t *testing.T) {
	tests := []struct {
		name string
		p    Presence
		want Status
	}{
		{"nobody is offline", Presence{}, Offline},
		{"a link is online", Presence{Live: []session.Platform{session.Web}}, Online},
		{"a lost phone is reachable", Presence{Lost: []session.Platform{session.Android}}, PushOnline},
		{"a lost computer is not", Presence{Lost: []session.Platform{session.Mac}}, Offline},
		{"online is the strongest", Presence{Lost: []session.Platform{session.IPhone}, Live: []session.Platform{session.Web}}, Online},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, tt.p.status().Status) })
	}
}
