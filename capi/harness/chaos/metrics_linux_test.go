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
		name, value, found := strings.Cut(lines.Text(), " ")
		if at := strings.LastIndex(lines.Text(), " "); found && !strings.HasPrefix(name, "#") {
			name, value = lines.Text()[:at], lines.Text()[at+1:]
			if number, err := strconv.ParseFloat(value, 64); err == nil {
				all[name] = number
			}
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
