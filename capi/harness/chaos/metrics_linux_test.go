package chaos

import (
	"bufio"
	"strconv"
	"strings"
)

// metrics are what a node's /metrics says, by name and labels. A node that does not answer
// has none.
type metrics map[string]float64

func (n *node) metrics() metrics {
	all := metrics{}
	response, err := operators.Get("http://" + n.rest + "/metrics")
	if err != nil {
		return all
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		text := lines.Text()
		at := strings.LastIndex(text, " ") // labels may hold others
		if at < 0 || strings.HasPrefix(text, "#") {
			continue
		}
		if number, err := strconv.ParseFloat(text[at+1:], 64); err == nil {
			all[text[:at]] = number
		}
	}
	return all
}

// sum adds up the values of a name, whatever the labels.
func (m metrics) sum(name string) (sum float64) {
	for full, value := range m {
		if full == name || strings.HasPrefix(full, name+"{") {
			sum += value
		}
	}
	return sum
}
