package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/banter-im/banter/internal/usersig"
)

// usersigCommand makes tickets and looks into them. A key comes from a file or stdin and
// never as an argument, which other users of the machine could read.
func usersigCommand(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "sign":
			return usersigSign(args[1:], stdin, stdout, stderr)
		case "inspect":
			return usersigInspect(args[1:], stdin, stdout, stderr)
		}
	}
	return errors.New("usage: banterd usersig sign --app-id N --app-key-file F|- --user U [--expire S] [--time T]\n" +
		"       banterd usersig inspect [--app-key-file F|-] [--app-id N] [--user U] SIG")
}

// usersigSign prints a ticket and nothing else.
func usersigSign(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("banterd usersig sign", flag.ContinueOnError)
	flags.SetOutput(stderr)
	app := flags.Uint64("app-id", 0, "the app that the ticket is for")
	keyFile := flags.String("app-key-file", "", "file that holds the app's key; - is stdin")
	user := flags.String("user", "", "the user that the ticket is for")
	expire := flags.Int64("expire", 180*24*60*60, "how long it is good, in `seconds`")
	issued := flags.Int64("time", time.Now().Unix(), "when it is issued, in UNIX `seconds`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("usersig sign: unexpected argument %q", flags.Arg(0))
	case *app == 0:
		return errors.New("usersig sign: --app-id is missing")
	case *keyFile == "":
		return errors.New("usersig sign: --app-key-file is missing")
	case usersig.CheckUserID(*user) != nil:
		return fmt.Errorf("usersig sign: --user %q is not 1 to 32 characters of printable ASCII", *user)
	case *expire < 0 || *expire > math.MaxInt64/int64(time.Second):
		return fmt.Errorf("usersig sign: --expire %d is out of range", *expire)
	case *issued < 0 || *issued > math.MaxUint32:
		return fmt.Errorf("usersig sign: --time %d is out of range: it is in seconds", *issued)
	}
	key, err := readKey(*keyFile, stdin)
	if err != nil {
		return fmt.Errorf("usersig sign: %w", err)
	}
	_, err = fmt.Fprintln(stdout, usersig.Sign(*app, key, *user, time.Unix(*issued, 0), time.Duration(*expire)*time.Second, nil))
	return err
}

// usersigInspect prints what a ticket holds and how its checks end. Its error is that of
// the first check that fails.
func usersigInspect(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("banterd usersig inspect", flag.ContinueOnError)
	flags.SetOutput(stderr)
	app := flags.Uint64("app-id", 0, "check that the ticket is for this app")
	keyFile := flags.String("app-key-file", "", "check the signature with the key in this file; - is stdin")
	user := flags.String("user", "", "check that the ticket is for this user")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("usersig inspect: give one ticket, after the flags")
	}
	known := usersig.Known{App: *app, User: *user, Now: time.Now()}
	if *keyFile != "" {
		key, err := readKey(*keyFile, stdin)
		if err != nil {
			return fmt.Errorf("usersig inspect: %w", err)
		}
		known.Key = key
	}
	words, failed := usersig.Explain(flags.Arg(0), known)
	if _, err := io.WriteString(stdout, words); err != nil {
		return err
	}
	return failed
}

// maxKeyFile bounds what is read as a key, in bytes. Real keys have 64.
const maxKeyFile = 4096

// readKey reads an app's key, which ends with the file or with a line break before that.
func readKey(file string, stdin io.Reader) ([]byte, error) {
	from, name := stdin, "stdin"
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read the app key: %w", err)
		}
		defer opened.Close()
		from, name = opened, file
	}
	key, err := io.ReadAll(io.LimitReader(from, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the app key: %w", err)
	}
	if len(key) > maxKeyFile {
		return nil, fmt.Errorf("read the app key: %s holds more than %d bytes", name, maxKeyFile)
	}
	key = bytes.TrimSuffix(bytes.TrimSuffix(key, []byte("\n")), []byte("\r"))
	if len(key) == 0 {
		return nil, fmt.Errorf("read the app key: %s is empty", name)
	}
	return key, nil
}
