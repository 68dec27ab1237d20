package usersig_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// makers are the ticket makers of docs/usersig.md, and how a program is made of each that takes
// app, key, user, time, expiry and userbuf in hex ("-" for none) and prints a ticket.
var makers = []struct {
	language, file, rest string
	needs                []string
	run                  func(t *testing.T, file string) []string
}{
	{"go", "main.go", `
func main() {
	number := func(i int) int64 { n, _ := strconv.ParseInt(os.Args[i], 10, 64); return n }
	userbuf, err := hex.DecodeString(os.Args[6])
	if err != nil {
		userbuf = nil
	}
	fmt.Print(UserSig(uint64(number(1)), os.Args[2], os.Args[3], number(4), number(5), userbuf))
}`, []string{"go"}, func(t *testing.T, file string) []string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		more := strings.Replace(string(text), "import (", "import (\n\t\"encoding/hex\"\n\t\"os\"\n\t\"strconv\"", 1)
		require.NoError(t, os.WriteFile(file, []byte(more), 0o600))
		program := filepath.Join(filepath.Dir(file), "maker")
		out, err := exec.Command("go", "build", "-o", program, file).CombinedOutput()
		require.NoError(t, err, string(out))
		return []string{program}
	}},
	{"js", "maker.js", `
const [, , app, key, user, now, expire, userbuf] = process.argv;
process.stdout.write(userSig(+app, key, user, +now, +expire, userbuf === '-' ? null : Buffer.from(userbuf, 'hex')));`,
		[]string{"node"}, func(_ *testing.T, file string) []string { return []string{"node", file} }},
	{"python", "maker.py", `
import sys
app, key, user, now, expire, userbuf = sys.argv[1:]
print(user_sig(int(app), key, user, int(now), int(expire), None if userbuf == "-" else bytes.fromhex(userbuf)), end="")`,
		[]string{"python3"}, func(_ *testing.T, file string) []string { return []string{"python3", file} }},
	{"csharp", "maker.cs", `
static class Program
{
    static void Main(string[] a)
    {
        byte[] userbuf = null;
        if (a[5] != "-")
        {
            userbuf = new byte[a[5].Length / 2];
            for (var i = 0; i < userbuf.Length; i++) userbuf[i] = Convert.ToByte(a[5].Substring(2 * i, 2), 16);
        }
        Console.Write(Tickets.UserSig(ulong.Parse(a[0]), a[1], a[2], long.Parse(a[3]), long.Parse(a[4]), userbuf));
    }
}`, []string{"mcs", "mono"}, func(t *testing.T, file string) []string {
		program := filepath.Join(filepath.Dir(file), "maker.exe")
		out, err := exec.Command("mcs", "-out:"+program, file).CombinedOutput()
		require.NoError(t, err, string(out))
		return []string{"mono", program}
	}},
}

// Every ticket maker that the document shows makes the vectors' signatures, in a ticket
// that is good.
func TestTheDocumentsTicketMakers(t *testing.T) {
	document, err := os.ReadFile("../../docs/usersig.md")
	require.NoError(t, err)
	assert.Equal(t, 2*len(makers), strings.Count(string(document), "\n```"), "each of the document's programs is tested")
	for _, m := range makers {
		t.Run(m.language, func(t *testing.T) {
			for _, program := range m.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("%s is not installed", program)
				}
			}
			_, rest, found := strings.Cut(string(document), "```"+m.language+"\n")
			require.True(t, found)
			program, _, found := strings.Cut(rest, "```")
			require.True(t, found)
			file := filepath.Join(t.TempDir(), m.file)
			require.NoError(t, os.WriteFile(file, []byte(program+m.rest+"\n"), 0o600))
			assertMakes(t, m.run(t, file))
		})
	}
}

func assertMakes(t *testing.T, command []string) {
	t.Helper()
	for _, v := range vectors {
		userbuf := v.userbuf
		if userbuf == "" {
			userbuf = "-"
		}
		args := append(command[1:len(command):len(command)], "1400000001", key, v.user, "1700000000", strconv.FormatInt(v.expire, 10), userbuf)
		out, err := exec.Command(command[0], args...).CombinedOutput()
		require.NoError(t, err, string(out))
		_, err = usersig.Verify(string(out), app, v.user, at(issued), keys)
		require.NoError(t, err, v.name)
		var doc struct {
			Sig string `json:"TLS.sig"`
		}
		require.NoError(t, json.Unmarshal([]byte(unpack(t, string(out))), &doc))
		assert.Equal(t, v.sig, doc.Sig, v.name)
	}
}
