package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/webhook"
)

// devState is what a development server keeps in dev.json, so that it is the same one
// when it is started again.
type devState struct {
	AppID       uint64 `json:"app_id"`
	AppKey      string `json:"app_key"`
	Listen      string `json:"listen,omitempty"`
	AdminListen string `json:"admin_listen,omitempty"`
}

// devReady is the line that a development server prints when players can come.
type devReady struct {
	ServerURL string    `json:"server_url"`
	RestURL   string    `json:"rest_url"`
	PageURL   string    `json:"page_url"` // where a person can chat
	AppID     uint64    `json:"app_id"`
	AppKey    string    `json:"app_key"`
	Users     []devUser `json:"users"`
}

type devUser struct {
	UserID  string `json:"user_id"`
	UserSig string `json:"user_sig"`
}

const (
	defaultAdmin = "administrator"
	devLifetime  = 180 * 24 * time.Hour // of the tickets that are printed
	devPatience  = 10                   // as many failed logins more than serve allows
)

type devFlags struct {
	data, listen, adminListen, keyFile string
	webhookURL                         string
	webhookToken                       string // a file
	app                                uint64
	level                              slog.Level
	policy                             policyConfig
	userStatus                         userStatusConfig
	messages                           messagesConfig
	assist                             assistOptions
}

func parseDevFlags(args []string, stderr io.Writer) (devFlags, error) {
	var f devFlags
	flags := flag.NewFlagSet("banterd dev", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&f.data, "data", "./banter-dev", "`folder` of its data and of dev.json")
	flags.StringVar(&f.listen, "listen", "", "players' `address`; port 0: a free one, then kept (default 127.0.0.1:0)")
	flags.StringVar(&f.adminListen, "admin-listen", "", "operators' `address`; port 0: a free one, then kept (default 127.0.0.1:0)")
	flags.Uint64Var(&f.app, "app-id", 0, "`number` of the app (default a random one, then kept)")
	flags.StringVar(&f.keyFile, "app-key-file", "", "`file` that holds the app's key (default a random key, then kept)")
	flags.StringVar(&f.webhookURL, "webhook-url", "", "`URL` that is asked and told all that webhooks tell")
	flags.StringVar(&f.webhookToken, "webhook-token-file", "", "`file` of the token that signs what it hears")
	flags.StringVar(&f.assist.translate.URL, "translate-url", "", "`URL` of a service that translates")
	flags.StringVar(&f.assist.voice.URL, "voice-url", "", "`URL` of a service that turns voice into text")
	flags.TextVar(&f.level, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn, error")
	f.policy.addFlags(flags)
	f.userStatus.addFlags(flags)
	f.messages.addFlags(flags)
	return f, errors.Join(parse(flags, args), f.messages.check(), f.assist.check())
}

// devCommand runs a server that needs no configuration.
func devCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parseDevFlags(args, stderr)
	if err != nil {
		return err
	}
	app := chat.App{Admins: []string{defaultAdmin}}
	if err := f.policy.apply(&app); err != nil {
		return err
	}
	f.userStatus.apply(&app)
	lock, err := openFolder(f.data)
	if err != nil {
		return err
	}
	defer lock.Close()
	state, err := loadDevState(f)
	if err != nil {
		return err
	}
	app.ID, app.Key = state.AppID, []byte(state.AppKey)
	webhooks, err := f.webhooks(&app)
	if err != nil {
		return err
	}
	return serve(ctx, options{
		data:        f.data,
		assist:      f.assist,
		listen:      state.Listen,
		adminListen: state.AdminListen,
		chat: chat.Config{
			Node:               onlyNode,
			Apps:               []chat.App{app},
			FailuresPerAccount: devPatience * chat.FailuresPerAccount,
			FailuresPerAddress: devPatience * chat.FailuresPerAddress,
			Messages:           f.messages.limits(),
		},
		webhook:   webhook.Config{Apps: webhooks},
		devTicket: state.ticket,
		log:       newLog(stderr, f.level),
	}, func(players, admin net.Addr) error {
		state.Listen, state.AdminListen = players.String(), admin.String()
		if err := state.save(f.data); err != nil {
			return err
		}
		return state.print(stdout, players, admin)
	})
}

// webhooks returns the app whose backend wants events, if there is one: it gets all that there are.
func (f devFlags) webhooks(app *chat.App) ([]webhook.App, error) {
	settings := webhookConfig{URL: f.webhookURL, TokenFile: f.webhookToken}
	hook, err := settings.app(app.ID, nil)
	settings.Commands = allCommands()
	if err = errors.Join(err, settings.apply(app)); err != nil || hook.URL == "" {
		return nil, err
	}
	return []webhook.App{hook}, nil
}

// loadDevState returns what the folder remembers, as far as the flags do not say
// otherwise, and makes up the rest.
func loadDevState(f devFlags) (devState, error) {
	var s devState
	path := devFile(f.data)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return s, err
	default:
		if err := json.Unmarshal(text, &s); err != nil {
			return s, fmt.Errorf("%s is broken, remove it to start anew: %w", path, err)
		}
	}
	if f.app != 0 {
		s.AppID = f.app
	}
	if f.keyFile != "" {
		key, err := readKey(f.keyFile, nil)
		if err != nil {
			return s, err
		}
		s.AppKey = string(key)
	}
	if s.AppID == 0 {
		s.AppID = randomAppID()
	}
	if s.AppKey == "" {
		s.AppKey = randomKey()
	}
	s.Listen, s.AdminListen = keptAddress(f.listen, s.Listen), keptAddress(f.adminListen, s.AdminListen)
	return s, errors.Join(checkAddress("--listen", s.Listen), checkAddress("--admin-listen", s.AdminListen))
}

// keptAddress returns the address to listen on: the one that was asked for, and where
// that leaves the port open, the one that was used before.
func keptAddress(asked, kept string) string {
	if asked == "" {
		if kept == "" {
			return "127.0.0.1:0"
		}
		return kept
	}
	host, port, _ := net.SplitHostPort(asked)
	keptHost, _, _ := net.SplitHostPort(kept)
	if port == "0" && host == keptHost {
		return kept
	}
	return asked
}

func devFile(folder string) string { return filepath.Join(folder, "dev.json") }

func (s devState) save(folder string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(devFile(folder), append(text, '\n')); err != nil {
		return fmt.Errorf("keep dev.json: %w", err)
	}
	return nil
}

func (s devState) print(stdout io.Writer, players, admin net.Addr) error {
	line := devReady{ServerURL: "ws://" + reachable(players), RestURL: "http://" + reachable(admin),
		PageURL: "http://" + reachable(players) + "/", AppID: s.AppID, AppKey: s.AppKey}
	for _, user := range []string{"alice", "bob", defaultAdmin} {
		line.Users = append(line.Users, devUser{user, s.sign(user, devLifetime)})
	}
	return json.NewEncoder(stdout).Encode(line)
}

func (s devState) sign(user string, expire time.Duration) string {
	return usersig.Sign(s.AppID, []byte(s.AppKey), user, time.Now(), expire, nil)
}

// ticket makes a ticket for any test user.
func (s devState) ticket(user string, expire time.Duration) (string, error) {
	if usersig.CheckUserID(user) != nil {
		return "", errors.New("user must be 1 to 32 bytes of printable ASCII")
	}
	return s.sign(user, expire), nil
}

// randomAppID returns a number that looks like a real app's, so that tickets of one
// development server are no good at another.
func randomAppID() uint64 {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic(fmt.Sprintf("banterd: read random bytes: %v", err)) // it never fails
	}
	return 1_400_000_000 + n.Uint64()
}

func randomKey() string {
	var key [32]byte
	rand.Read(key[:]) // never fails
	return hex.EncodeToString(key[:])
}
