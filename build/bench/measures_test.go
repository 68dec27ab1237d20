package bench

import (
	"fmt"
	"os"
	"syscall"
)

// measure is one run of `banterd bench`, and the figures that are wanted of it.
type measure struct {
	args    []string
	restart syscall.Signal // ends the server when all links are open, which is then started again; 0: it goes on
	figures []figure
}

// figure is a line of the table. Its key is the path to a number in the report.
type figure struct {
	what, unit, key string
}

// measures returns what each scenario of scripts/bench runs. The smoke is for the tests.
func measures() map[string][]measure {
	return map[string][]measure{
		"logins":     loginsMeasures(),
		"messages":   messagesMeasures(),
		"idle":       idleMeasures(),
		"kicks":      kicksMeasures(),
		"reconnects": reconnectsMeasures(),
		smoke: {{
			args:    []string{"logins", "--outstanding", "4", "--users", "100", "--duration", "300ms"},
			figures: []figure{{"logins in a second", "/s", "figures.logins_per_second"}},
		}, {
			args:    []string{"messages", "--pairs", "4", "--duration", "300ms"},
			figures: []figure{{"messages in a second", "/s", "figures.messages_per_second"}},
		}, {
			args:    []string{"reconnects", "--connections", "10", "--cut", "--settle", "0", "--prefix", "back"},
			figures: []figure{{"back in a second", "/s", "figures.reconnects_per_second"}},
		}, storm("killed", "10", "0", syscall.SIGKILL), storm("ended", "10", "0", syscall.SIGTERM)},
	}
}

func loginsMeasures() []measure {
	return []measure{{
		args: []string{"logins", "--outstanding", "64", "--duration", "10s", "--prefix", "new"},
		figures: []figure{
			{"logins in a second of users who were never there, 64 at a time", "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
			{"the same, one login, p50", "ms", "latencies_ms.login.p50"},
			{"the same, p99", "ms", "latencies_ms.login.p99"},
		},
	}, {
		args: []string{"logins", "--outstanding", "64", "--duration", "10s", "--prefix", "old", "--users", "2000"},
		figures: []figure{
			{"logins in a second of users who have been there, 64 at a time", "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
		},
	}, offered("100", "100 logins offered in a second"), offered("300", "300 in a second"), offered("1000", "1,000 in a second"), {
		args: []string{"logins", "--outstanding", "1", "--duration", "5s", "--prefix", "one"},
		figures: []figure{
			{"one login at a time, p50", "ms", "latencies_ms.login.p50"},
			{"the same, p99", "ms", "latencies_ms.login.p99"},
		},
	}, { // which is how the relay is asked above as well
		args: []string{"logins", "--outstanding", "64", "--duration", "10s", "--prefix", "frame", "--frames"},
		figures: []figure{
			{"hello and the login as frames of their own: logins in a second, 64 at a time", "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
		},
	}, {
		args:    []string{"logins", "--outstanding", "1", "--duration", "5s", "--prefix", "oneframe", "--frames"},
		figures: []figure{{"the same, one at a time, p50", "ms", "latencies_ms.login.p50"}},
	}}
}

// offered has so many logins begin in a second, whether or not the server keeps up.
func offered(rate, what string) measure {
	return measure{
		args: []string{"logins", "--rate", rate, "--duration", "6s", "--prefix", "rate" + rate},
		figures: []figure{
			{what + ": one login, p50", "ms", "latencies_ms.login.p50"},
			{"the same, p99", "ms", "latencies_ms.login.p99"},
		},
	}
}

func messagesMeasures() []measure {
	return []measure{{ // the conversations are made, and each of PostgreSQL's processes has its plans
		args: []string{"messages", "--pairs", "64", "--rate", "1000", "--duration", "3s"},
	}, { // next, while the server has nothing to recover from
		args: []string{"messages", "--pairs", "64", "--rate", "1000", "--duration", "10s"},
		figures: []figure{
			{"1,000 messages in a second: with the receiver, p50", "ms", "latencies_ms.delivered.p50"},
			{"the same, p99", "ms", "latencies_ms.delivered.p99"},
			{"acknowledged to the sender, p50", "ms", "latencies_ms.acknowledged.p50"},
			{"the same, p99", "ms", "latencies_ms.acknowledged.p99"},
		},
	}, {
		args: []string{"messages", "--pairs", "64", "--outstanding", "16", "--duration", "10s"},
		figures: []figure{
			{"messages in a second, 64 pairs with 16 each on their way", "/s", "figures.messages_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_message"},
		},
	}}
}

func idleMeasures() []measure {
	return []measure{{
		args: []string{"idle", "--connections", "10000", "--settle", "5s", "--duration", "20s", "--ping-every", "10s"},
		figures: []figure{
			{"memory of a link, from 5,000 to 10,000", "KiB", "figures.server_rss_kib_per_link"},
			{"CPU with 10,000 links that are silent, of a core", "%", "figures.server_cpu_percent_idle"},
			{"the same, each with a ping every 10 s", "%", "figures.server_cpu_percent_pinged"},
			{"a ping answered, p99", "ms", "latencies_ms.ping.p99"},
		},
	}}
}

func kicksMeasures() []measure {
	return []measure{{
		args: []string{"kicks", "--connections", "2000", "--rate", "1000", "--duration", "10s"},
		figures: []figure{
			{"1,000 kicks offered in a second: done", "/s", "figures.kicks_per_second"},
			{"the newcomer's answer, p50", "ms", "latencies_ms.answer.p50"},
			{"the notice of who is kicked, p50", "ms", "latencies_ms.notice.p50"},
			{"the newcomer's answer, p99", "ms", "latencies_ms.answer.p99"},
			{"the notice of who is kicked, p99", "ms", "latencies_ms.notice.p99"},
			{"CPU of the server for one", "us", "figures.server_cpu_us_per_kick"},
		},
	}, {
		args: []string{"kicks", "--connections", "2000", "--rate", "200", "--duration", "10s"},
		figures: []figure{
			{"200 in a second: the newcomer's answer, p50", "ms", "latencies_ms.answer.p50"},
			{"the notice of who is kicked, p50", "ms", "latencies_ms.notice.p50"},
			{"the notice of who is kicked, p99", "ms", "latencies_ms.notice.p99"},
		},
	}}
}

// askedConnections says how many links are lost in reconnects.
const askedConnections = "BANTER_BENCH_CONNECTIONS"

func reconnectsMeasures() []measure {
	links := os.Getenv(askedConnections)
	return []measure{{
		args: []string{"reconnects", "--connections", links, "--cut", "--spread", "0", "--outstanding", "64"},
		figures: []figure{
			{links + " clients cut their links and come back, 64 at a time", "/s", "figures.reconnects_per_second"},
			{"one resume of those, p50", "ms", "latencies_ms.resume.p50"},
		},
	},
		storm("the server is killed and started", links, "15s", syscall.SIGKILL),
		storm("the server is told to end and started", links, "15s", syscall.SIGTERM),
	}
}

// storm is a server that is started again, to which everybody comes back as clients do.
func storm(what, links, settle string, end syscall.Signal) measure {
	return measure{
		args:    []string{"reconnects", "--connections", links, "--prefix", fmt.Sprint("again", int(end), "-"), "--settle", settle},
		restart: end,
		figures: []figure{
			{what + ": all " + links + " back, from the first one on", "s", "figures.storm_seconds"},
			{"from the end on", "s", "figures.outage_seconds"},
			{"how long a client was offline, p50", "ms", "latencies_ms.offline.p50"},
			{"the same, p99", "ms", "latencies_ms.offline.p99"},
			{"from the dial that succeeded to the answer to its resume, p99", "ms", "latencies_ms.resume.p99"},
			{"what the server refused meanwhile", "", figureRefused},
			{"its memory at most", "MiB", figurePeak},
			{"its CPU until all had been back for " + settle, "s", figureCPU},
		},
	}
}

// What is added to the report of a run in which the server was started again.
const (
	figureRefused = "figures.refused"
	figurePeak    = "figures.server_peak_mib"
	figureCPU     = "figures.server_cpu_seconds"
)

// smoke is the scenario that tests run.
const smoke = "smoke"
