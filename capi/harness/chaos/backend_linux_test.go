package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
)

// backend is the game's: it hears the webhooks, and asks by REST.
type backend struct {
	stage *stage
	url   string
	away  atomic.Bool // it answers 503

	mu   sync.Mutex
	told map[string]map[string]bool // by account: the platforms that are online, as the webhooks tell
}

// account names an account of an app.
func accountName(app uint64, user string) string { return fmt.Sprint(app, "/", user) }

func (s *stage) addBackend() {
	b := &backend{stage: s, told: map[string]map[string]bool{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	b.url = "http://" + listener.Addr().String() + "/hook"
	server := &http.Server{Handler: b}
	go server.Serve(listener)
	s.t.Cleanup(func() { server.Close() })
	s.backend = b
}

// event is a State.StateChange.
type event struct {
	Info struct {
		Action string
		User   string `json:"To_Account"`
		Reason string
	}
	KickedDevice []struct{ Platform string }
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.away.Load() {
		b.stage.figures.Count("webhooks", "refused")
		http.Error(w, "away", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	var e event
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		b.stage.wrong("a webhook: %v: %s", err, body)
		return
	}
	query := r.URL.Query()
	b.take(query.Get("SdkAppid")+"/"+e.Info.User, platformOf(query.Get("OptPlatform")), e)
	b.stage.figures.Count("webhooks", e.Info.Action+"/"+e.Info.Reason)
}

// take plays one event. In order, they give who is online.
func (b *backend) take(account, platform string, e event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.told[account] == nil {
		b.told[account] = map[string]bool{}
	}
	for _, kicked := range e.KickedDevice {
		delete(b.told[account], platformOf(kicked.Platform))
	}
	if e.Info.Action == "Login" {
		b.told[account][platform] = true
	} else {
		delete(b.told[account], platform)
	}
}

// platformOf is our name for a platform of the webhooks or of REST.
func platformOf(name string) string {
	switch lower := strings.ToLower(name); lower {
	case "ios":
		return "iphone"
	case "pc":
		return "windows"
	case "unknown":
		return "linux"
	default:
		return lower
	}
}

// online returns the platforms that are online, as the webhooks have told.
func (b *backend) online(account string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.told[account]))
}

// administrator waits longer than any node is frozen or without its store: a call that is
// given up may be done later.
var administrator = &http.Client{Timeout: 45 * time.Second}

// ask makes a REST call to a node.
func (b *backend) ask(n *node, a app, command string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://%s/v4/%s?sdkappid=%d&identifier=administrator&usersig=%s&random=1&contenttype=json",
		n.rest, command, a.id, b.stage.ticket(a, "administrator", patience*2))
	response, err := administrator.Post(url, "application/json", strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var result refusal
	if err := json.Unmarshal(raw, &result); err != nil {
		return err
	}
	if result.ErrorCode != 0 {
		return result
	}
	return json.Unmarshal(raw, answer)
}

// refusal is what a REST call that failed was answered with.
type refusal struct {
	ErrorCode int
	ErrorInfo string
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s", r.ErrorCode, r.ErrorInfo) }

// statuses asks a node which platforms of the accounts are online.
func (b *backend) statuses(n *node, a app, users []string) (map[string][]string, error) {
	var answer struct {
		QueryResult []struct {
			User   string `json:"To_Account"`
			Status string
			Detail []struct{ Platform, Status string }
		}
	}
	body := map[string]any{"To_Account": users, "IsNeedDetail": 1}
	if err := b.ask(n, a, "openim/query_online_status", body, &answer); err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, one := range answer.QueryResult {
		var online []string
		for _, detail := range one.Detail {
			if detail.Status == "Online" {
				online = append(online, platformOf(detail.Platform))
			}
		}
		if (one.Status == "Online") != (len(online) > 0) {
			return nil, fmt.Errorf("%s is %s, with %v", one.User, one.Status, one.Detail)
		}
		if len(online) > 0 {
			slices.Sort(online)
			all[accountName(a.id, one.User)] = online
		}
	}
	return all, nil
}
