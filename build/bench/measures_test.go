package bench

// measure is one run of `banterd bench`, and the figures that are wanted of it.
type measure struct {
	args    []string
	restart bool // the server is killed and started again when all links are open
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
			args:    []string{"reconnects", "--connections", "10", "--settle", "0", "--prefix", "again"},
			restart: true,
			figures: []figure{{"all back", "s", "figures.storm_seconds"}},
		}},
	}
}

func loginsMeasures() []measure {
	return []measure{{
		args: []string{"logins", "--outstanding", "64", "--duration", "10s", "--prefix", "new"},
		figures: []figure{
			{"logins in a second of users who were never there, 64 at a time", "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
		},
	}, {
		args: []string{"logins", "--outstanding", "64", "--duration", "10s", "--prefix", "old", "--users", "2000"},
		figures: []figure{
			{"logins in a second of users who have been there, 64 at a time", "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
		},
	}, {
		args: []string{"logins", "--outstanding", "1", "--duration", "5s", "--prefix", "one"},
		figures: []figure{
			{"one login at a time, p50", "ms", "latencies_ms.login.p50"},
			{"the same, p99", "ms", "latencies_ms.login.p99"},
		},
	}}
}

func messagesMeasures() []measure {
	return []measure{{ // first, while the server has nothing to recover from
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

func reconnectsMeasures() []measure {
	return []measure{{
		args: []string{"reconnects", "--connections", "5000", "--cut", "--spread", "0", "--outstanding", "64"},
		figures: []figure{
			{"5,000 clients cut their links and come back, 64 at a time", "/s", "figures.reconnects_per_second"},
			{"one resume of those, p50", "ms", "latencies_ms.resume.p50"},
		},
	}, {
		args:    []string{"reconnects", "--connections", "5000", "--prefix", "again"},
		restart: true,
		figures: []figure{
			{"the server is killed and started: all 5,000 back, from the first one on", "s", "figures.storm_seconds"},
			{"from the kill on", "s", "figures.outage_seconds"},
			{"how long a client was offline, p50", "ms", "latencies_ms.offline.p50"},
		},
	}}
}

// smoke is the scenario that tests run.
const smoke = "smoke"
