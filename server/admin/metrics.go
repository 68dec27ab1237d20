package admin

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/banter-im/banter/internal/timerr"
)

// Metrics counts what a server does, for /metrics. It is the Meter of chat and of gateway.
type Metrics struct {
	registry *prometheus.Registry
	logins   *prometheus.CounterVec
	kicks    *prometheus.CounterVec
	closed   *prometheus.CounterVec
	refused  *prometheus.CounterVec
	errors   *prometheus.CounterVec
	calls    *prometheus.CounterVec
	webhooks *prometheus.CounterVec

	filesUploaded, fileBytes, assisted, pushes *prometheus.CounterVec
}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "banter", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		logins:   counter("logins_total", "Logins, resumes and ticket renewals by their result's code.", "command", "code"),
		kicks:    counter("kicks_total", "Sessions ended by somebody else.", "reason"),
		closed:   counter("links_closed_total", "Links that have ended.", "reason"),
		refused:  counter("links_refused_total", "Connections that did not become links.", "why"),
		calls:    counter("rest_calls_total", "Calls of the REST API by their answer's code.", "command", "code"),
		webhooks: counter("webhook_events_total", "Events for the apps' backends: delivered, failed (a try) or dropped; questions to them: answered or unanswered.", "how"),
		errors:   counter("errors_total", "Failures of the server itself.", "what"),
	}
	m.filesUploaded = counter("files_uploaded_total", "Files whose upload was completed.", "kind")
	m.fileBytes = counter("file_bytes_total", "Bytes of files: received (of completed uploads) or sent.", "direction")
	m.pushes = counter("pushes_total", "Messages pushed to users without a link: pushed, failed or dropped.", "how")
	m.assisted = counter("assist_requests_total", "Requests to the services that translate and turn voice into text.", "service", "how")
	m.registry.MustRegister(m.filesUploaded, m.fileBytes, m.assisted, m.pushes)
	m.errors.WithLabelValues("store") // shown from the start, as 0
	m.errors.WithLabelValues("panic")
	for _, how := range []string{"delivered", "failed", "dropped", "answered", "unanswered"} {
		m.webhooks.WithLabelValues(how)
	}
	for _, kind := range []string{"image", "snapshot", "sound", "video", "file"} {
		m.filesUploaded.WithLabelValues(kind)
	}
	m.fileBytes.WithLabelValues("received")
	m.fileBytes.WithLabelValues("sent")
	m.registry.MustRegister(m.logins, m.kicks, m.closed, m.refused, m.errors, m.calls, m.webhooks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge shows what value returns at the moment.
func (m *Metrics) Gauge(name, help string, value func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: "banter", Name: name, Help: help},
		func() float64 { return float64(value()) }))
}

// Login counts an answered login, resume or renewal.
func (m *Metrics) Login(command string, code timerr.Code) {
	m.logins.WithLabelValues(command, strconv.Itoa(int(code))).Inc()
}

// Kick counts a session that was ended by somebody else.
func (m *Metrics) Kick(reason string) { m.kicks.WithLabelValues(reason).Inc() }

// RestCall counts an answered call of the REST API.
func (m *Metrics) RestCall(command string, code timerr.Code) {
	m.calls.WithLabelValues(command, strconv.Itoa(int(code))).Inc()
}

// Webhook counts events that were delivered, failed or dropped, and questions by whether they were answered.
func (m *Metrics) Webhook(how string, n int) { m.webhooks.WithLabelValues(how).Add(float64(n)) }

// Pushed counts messages that were pushed to a user without a link, or that were to be.
func (m *Metrics) Pushed(how string) { m.pushes.WithLabelValues(how).Inc() }

// Assisted counts requests to services beside the server: answered, refused or failed.
func (m *Metrics) Assisted(service, how string) { m.assisted.WithLabelValues(service, how).Inc() }

// StoreFailed counts a failure of the store.
func (m *Metrics) StoreFailed() { m.errors.WithLabelValues("store").Inc() }

// LinkRefused counts a connection that did not become a link.
func (m *Metrics) LinkRefused(why string) { m.refused.WithLabelValues(why).Inc() }

// LinkClosed counts a link that has ended.
func (m *Metrics) LinkClosed(reason string) { m.closed.WithLabelValues(reason).Inc() }

// Panicked counts a panic that was caught.
func (m *Metrics) Panicked() { m.errors.WithLabelValues("panic").Inc() }

// FileUploaded counts an upload that was completed.
func (m *Metrics) FileUploaded(kind string, bytes int64) {
	m.filesUploaded.WithLabelValues(kind).Inc()
	m.fileBytes.WithLabelValues("received").Add(float64(bytes))
}

// FileBytesSent counts what readers of files took.
func (m *Metrics) FileBytesSent(bytes int64) { m.fileBytes.WithLabelValues("sent").Add(float64(bytes)) }
