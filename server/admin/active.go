package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// activeTimeout bounds the look-up of active users for one scrape.
const activeTimeout = 2 * time.Second

// ActiveUsers shows what users returns when it is asked: by app, how many logged in today
// and this month.
func (m *Metrics) ActiveUsers(users func(context.Context) (day, month map[uint64]int64, err error)) {
	m.registry.MustRegister(activeUsers{users, prometheus.NewDesc("banter_active_users",
		"Users who logged in or resumed in this UTC day or month.", []string{"app", "period"}, nil)})
}

type activeUsers struct {
	users func(context.Context) (day, month map[uint64]int64, err error)
	desc  *prometheus.Desc
}

// Describe is that of prometheus.Collector.
func (a activeUsers) Describe(descs chan<- *prometheus.Desc) { descs <- a.desc }

// Collect is that of prometheus.Collector. Without the store the figures are left out.
func (a activeUsers) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), activeTimeout)
	defer cancel()
	day, month, err := a.users(ctx)
	if err != nil {
		return
	}
	for period, counts := range map[string]map[uint64]int64{"day": day, "month": month} {
		for app, n := range counts {
			metrics <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, float64(n),
				strconv.FormatUint(app, 10), period)
		}
	}
}
