package chaos

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// A quiet point: nothing fails, nobody acts, and everybody must come to agree.

// settleWithin bounds how long that may take: a client may be in the longest of its waits
// between two dials, 30 s.
const settleWithin = 100 * time.Second

// row is a session in the store.
type row struct {
	account, platform, instance, state string
	reported                           bool
}

// rows returns the open sessions, in the order of their logins.
func (s *stage) rows() ([]row, error) {
	found, err := s.db.Query(`SELECT app, user_id, platform, instance, state, reported FROM sessions
		WHERE state IN ('live', 'lost') ORDER BY app, user_id, login`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []row
	for found.Next() {
		var r row
		var app uint64
		var user string
		var reported int
		if err := found.Scan(&app, &user, &r.platform, &r.instance, &r.state, &reported); err != nil {
			return nil, err
		}
		r.account, r.reported = accountName(app, user), reported != 0
		all = append(all, r)
	}
	return all, found.Err()
}

func (s *stage) openStore() {
	var err error
	s.db, err = sql.Open("pgx", s.store)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { s.db.Close() })
}

// view is who is online: by account, what the devices or platforms are.
type view map[string][]string

func (v view) String() string {
	var lines []string
	for account, online := range v {
		lines = append(lines, fmt.Sprint(account, online))
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// settle waits until everybody says the same, and returns it in the order of the logins.
func (s *stage) settle() view {
	var agreed view
	var err error
	begun, noted := time.Now(), ""
	for again := 0; again < 3; { // what agrees only in passing is no agreement
		var online view
		if online, err = s.agree(); err == nil && fmt.Sprint(online) == fmt.Sprint(agreed) {
			again++
		} else {
			again = 0
		}
		agreed = online
		if err != nil && err.Error() != noted {
			noted = err.Error()
			s.note("not yet: %s", noted)
		}
		if time.Since(begun) > settleWithin {
			s.wrong("after %v they still do not agree: %v", settleWithin, err)
			return agreed
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.note("quiet after %v", time.Since(begun).Round(time.Millisecond))
	return agreed
}

// agree returns who is online if the store, every node, every client and the webhooks say
// the same.
func (s *stage) agree() (view, error) {
	rows, err := s.rows()
	if err != nil {
		return nil, err
	}
	online, platforms := view{}, view{}
	for _, r := range rows {
		if r.state != "live" {
			continue
		}
		device := s.device(r.instance)
		if device == nil {
			return nil, fmt.Errorf("the store has %s of an unknown device", r.account)
		}
		online[r.account] = append(online[r.account], device.name)
		platforms[r.account] = append(platforms[r.account], r.platform)
	}
	if err := s.clientsAgree(online); err != nil {
		return online, err
	}
	if err := s.nodesAgree(platforms); err != nil {
		return online, err
	}
	return online, s.webhooksAgree(rows)
}

// clientsAgree compares what the store says with what each client was told, and with its
// getters.
func (s *stage) clientsAgree(online view) error {
	for _, c := range s.clients {
		if waiting := c.pending(); len(waiting) > 0 {
			return fmt.Errorf("%s waits for %v", c.name, waiting)
		}
		told := c.loggedIn()
		status, user, err := c.getters()
		if err != nil {
			return err
		}
		if user != told || (status == 1) != (told != "") || status != 1 && status != 3 {
			return fmt.Errorf("%s: the callbacks told %q, the getters %d %q", c.name, told, status, user)
		}
		for account, devices := range online {
			in := slices.Contains(devices, c.name)
			if in != (account == accountName(c.app.id, told)) {
				return fmt.Errorf("%s is logged in as %q, in the store are %v of %s", c.name, told, devices, account)
			}
		}
		if told != "" && !slices.Contains(online[accountName(c.app.id, told)], c.name) {
			return fmt.Errorf("%s is logged in as %q, and the store does not know", c.name, told)
		}
	}
	return nil
}

// nodesAgree compares the store with what each node says by REST, and with how many links
// all hold.
func (s *stage) nodesAgree(platforms view) error {
	want := view{}
	count := 0
	for account, list := range platforms {
		count += len(list)
		want[account] = slices.Compact(slices.Sorted(slices.Values(list)))
	}
	links := 0.0
	for _, n := range s.nodes {
		links += n.metrics()["banter_sessions"]
		all := view{}
		for _, a := range s.apps {
			users := s.users(a)
			if len(users) == 0 {
				continue
			}
			statuses, err := s.backend.statuses(n, a, users)
			if err != nil {
				return fmt.Errorf("%s: %w", n.name, err)
			}
			for account, online := range statuses {
				all[account] = online
			}
		}
		if all.String() != want.String() {
			return fmt.Errorf("%s says %v, the store %v", n.name, all, want)
		}
	}
	if int(links) != count {
		return fmt.Errorf("the nodes hold %v sessions, the store %d", links, count)
	}
	return nil
}

func (s *stage) users(a app) (users []string) {
	for _, t := range s.teams {
		if t.app.id == a.id {
			users = append(users, t.users...)
		}
	}
	return users
}

// webhooksAgree compares the store with what the webhooks add up to. A session that lost its
// link and may still come back is online to them until it is given up or reported.
func (s *stage) webhooksAgree(rows []row) error {
	surely, perhaps := view{}, view{}
	for _, r := range rows {
		if r.state == "live" {
			surely[r.account] = append(surely[r.account], r.platform)
		} else if !r.reported {
			perhaps[r.account] = append(perhaps[r.account], r.platform)
		}
	}
	for _, t := range s.teams {
		for _, user := range t.users {
			account := accountName(t.app.id, user)
			told := s.backend.online(account)
			for _, device := range t.devices {
				p := device.platform
				if t.app.policy.limit(p) > 1 {
					continue // an event does not say which of them it is about
				}
				says, is := slices.Contains(told, p), slices.Contains(surely[account], p)
				if says != is && (is || !slices.Contains(perhaps[account], p)) {
					return fmt.Errorf("webhooks tell that %v of %s are online, the store %v, and %v without a link",
						told, account, surely[account], perhaps[account])
				}
			}
		}
	}
	return nil
}
