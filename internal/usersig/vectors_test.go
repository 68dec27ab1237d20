package usersig_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// vectors were made by an issuer that game backends use, and verified by two others.
var vectors = []struct {
	name, user, userbuf, sig, token string
	expire                          int64
}{
	{
		name: "an ordinary user", user: "alice", expire: 604800,
		sig:   "bPWGshsc+vFLPeFEPa+tRfoL27JpAK0RfFmL+h3xO0A=",
		token: "eJw1ycEKgkAUheF3uVtDriYZAy1caFADiQWtJ*dOXsoanEGE6N0Dx87ufP8HLvIcjzSAgDRGWM2fNb08G55ZPbmlJTj9UNayBpFkGJaE4rknEEm*KAalyfJAIDaYbf-m*A4CbvV17zrXRmMla6rKWkW*MW*Z5gdbHLExVS*jbj2dsNjB9wetYDAw",
	},
	{
		name: "an administrator", user: "administrator", expire: 15552000,
		sig:   "MNj1NPTE+rCFGNarUR7R6R/BXZSTn0lt/PV0S1Wod4I=",
		token: "eJw9yssKwjAUBNB-uVulTUpjIeBGURE0lDY*6C6QKFdtGtIggvjvYlOc3ZyZN8hdnTyNBw5ZQmA6dNTGBrzgwEq3aLEPXoXOj4de35VzqIHTnMTQuARsDXBajEqimpdD-3PGWPbXHq-AYS9uVJRyNfHL9UYof6iKalali3NTS0seIS2PpKanTufbOXy*G-Ezcw__",
	},
	{
		name: "permission for a room", user: "bob_01-x", expire: 300,
		userbuf: "000008626f625f30312d7853724e01000030396553f22c000000ff00000000",
		sig:     "WKTSnL5fBNCV/U2Q7I0RCAUw0HhZ9zqJm8w465DSntM=",
		token:   "eJw1jbsOgkAQRf9lasUF8bUJxQCFD9QoCGhjRBaZEBARhWj8dxPQ091zivsGx7KlpyiAgyIx6DSbQpGVFFGjg2twZHK3-rV7mJzynELgsspa5LaUlArg8uhnWWtFnVMhgPf-4nEXRfCIgAMizvbphPwX1pYfO*dE1RGxWnuuM6YKEc0eNmja-50uwMFbOHZmDSJ9Zbi9nbIZzdjWwF3FpvFh8rrN03GlDgemnZVLDT5fP6xCLw__",
	},
	{
		name: "permission for a room with a name", user: "bob_01-x", expire: 300,
		userbuf: "010008626f625f30312d7853724e01000000006553f22c0000002a000000000006726f6f6d2d61",
		sig:     "Tn0QofBw1gBeX4JyV9fBjScrSmHxPqXkwDCUo5feWwc=",
		token:   "eJw1jrsOgkAURP-l1kp2FaNsYrFoghoKCYhYGYFduBIeIi81-rtR8FQzZ5p5gWPaSiNKYDBRCIx*HUORVSjxp-3cPxM67obtHiaXosAQGFVJD*2XClMBjM4HS3orugJLAWz6F-VdlH4tgQG3*PaUaug9eWd6sRMkqs6-GK6zwPabbrzHCFKt8W0a-19gBAycjFi51Fsa6cJTdw9Xk-rVDko73XT7m5e069Uhn0lxbIMlvD*kCUbb",
	},
	{
		name: "a name that is not ASCII", user: "用户1", expire: 3600,
		sig:   "BCYX8Bx6qj89TOOUjRh35m5Y/I3pfQPrMFd+K3ePxjs=",
		token: "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBws*nrHjWsd0QKlWckp1YUJCZomRlaGIAAYYQmZLM3FQlK0NzqKgBRDS1oiCzKFXJytgMJlKcma5kpeTkHBlh4VRhVphlYRni7x*aFZRhbJprGqnvaVyQFhhQ5OuWou1tnBpQkVVsq1QLAJxFMi0_",
	},
}

func TestVectorsVerify(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			userbuf, err := hex.DecodeString(v.userbuf)
			require.NoError(t, err)
			ticket, err := usersig.Verify(v.token, app, v.user, at(issued), keys)
			require.NoError(t, err)
			assert.Equal(t, v.user, ticket.User)
			assert.EqualValues(t, issued+v.expire, ticket.Expires)
			assert.Equal(t, base64.StdEncoding.EncodeToString(userbuf), base64.StdEncoding.EncodeToString(ticket.UserBuf))
		})
	}
}

func TestSignMakesTheVectorsSignatures(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			userbuf, err := hex.DecodeString(v.userbuf)
			require.NoError(t, err)
			token := usersig.Sign(app, []byte(key), v.user, at(issued), time.Duration(v.expire)*time.Second, userbuf)
			var doc map[string]any
			require.NoError(t, json.Unmarshal([]byte(unpack(t, token)), &doc))
			assert.Equal(t, v.sig, doc["TLS.sig"])
		})
	}
}
