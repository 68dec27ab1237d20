package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/banter-im/banter/server/chat"
)

// usageParts is over how many rows a figure is spread that transactions of many users
// add to.
const usageParts = 16

// usagePart is the row of a user.
func usagePart(user string) string {
	h := fnv.New32a()
	h.Write([]byte(user))
	return strconv.Itoa(int(h.Sum32() % usageParts))
}

// countActive counts a user for the day and the month, if it is the first time, and an
// account that is new.
func countActive(ctx context.Context, tx querier, o chat.Opening, a account, isNew bool) error {
	today := chat.DayOf(o.At)
	var counted [len(countQueries) - 1]chat.Figure
	figures := counted[:0]
	if today > a.activeBefore {
		figures = append(figures, chat.Figure{App: o.App, Name: chat.ActiveInDay, Period: today})
	}
	if month := chat.MonthOf(o.At); month > chat.MonthOf(chat.DayStart(a.activeBefore)) {
		figures = append(figures, chat.Figure{App: o.App, Name: chat.ActiveInMonth, Period: month})
	}
	if isNew {
		figures = append(figures, chat.Figure{App: o.App, Name: chat.Registered, Period: today})
	}
	return countAll(ctx, tx, o.User, figures)
}

// countAll adds one to each figure. Where several operations share a transaction, it keeps one sum for all of
// them. SQLite's writer has no others to wait for, so that it needs no parts.
func countAll(ctx context.Context, tx querier, user string, figures []chat.Figure) error {
	if len(figures) == 0 {
		return nil
	}
	if alone, ok := tx.(*sqliteTx); ok {
		for _, f := range figures {
			alone.count(f)
		}
		return nil
	}
	if shared, ok := tx.(postgresTx); ok && shared.member != nil {
		for _, f := range figures {
			shared.member.count(f)
		}
		return nil
	}
	part := usagePart(user)
	for i := range figures {
		figures[i].Part, figures[i].Value = part, 1
	}
	q := adding(figures)
	return later(ctx, tx, q.query, q.args...)
}

// adding adds its value to each of as many figures as countQueries know.
func adding(figures []chat.Figure) question {
	args := make([]any, 0, 5*len(figures))
	for _, f := range figures {
		args = append(args, int64(f.App), f.Name, f.Period, f.Part, f.Value)
	}
	return question{query: countQueries[len(figures)], args: args}
}

// countQueries add to so many figures.
var countQueries = [...]string{1: countQuery(1), 2: countQuery(2), 3: countQuery(3)}

func countQuery(figures int) string {
	var rows []string
	for n := 0; n < 5*figures; n += 5 {
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5))
	}
	return `
		INSERT INTO usage (app, name, period, part, value) VALUES ` + strings.Join(rows, ", ") + `
		ON CONFLICT (app, name, period, part) DO UPDATE SET value = usage.value + excluded.value`
}

func addFigure(ctx context.Context, tx querier, f chat.Figure) error {
	sum := `usage.value + excluded.value`
	if f.Name == chat.PeakOnline || f.Name == chat.OnlineSample {
		sum = `CASE WHEN excluded.value > usage.value THEN excluded.value ELSE usage.value END`
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO usage (app, name, period, part, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (app, name, period, part) DO UPDATE SET value = `+sum,
		int64(f.App), f.Name, f.Period, f.Part, f.Value)
	return err
}

// byName is the order in which every node writes figures, so that none waits in a circle.
func byName(a, b chat.Figure) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Period, b.Period))
}

// AddUsage is that of chat.Store.
func (s *Store) AddUsage(ctx context.Context, figures []chat.Figure) error {
	figures = slices.SortedFunc(slices.Values(figures), byName)
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		for _, f := range figures {
			if err := addFigure(ctx, tx, f); err != nil {
				return err
			}
			if f.Name == chat.OnlineSample {
				if err := raisePeak(ctx, tx, f); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

const (
	samplesAgain = 6  // so many moments before one are added up again with it: a node may have been late
	samplesKept  = 60 // and so many are kept
)

// raisePeak notes how many links all nodes had together at the moment of a sample.
func raisePeak(ctx context.Context, tx querier, sample chat.Figure) error {
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM usage WHERE app = $1 AND name = $2 AND period < $3`,
		int64(sample.App), chat.OnlineSample, sample.Period-samplesKept); err != nil {
		return err
	}
	sums, err := sumFigures(ctx, tx, sample.App, chat.OnlineSample, sample.Period-samplesAgain, sample.Period)
	if err != nil {
		return err
	}
	peaks := map[int64]int64{}
	for moment, sum := range sums {
		day := chat.DayOf(chat.SampleTime(moment))
		peaks[day] = max(peaks[day], sum)
	}
	for _, day := range slices.Sorted(maps.Keys(peaks)) {
		peak := chat.Figure{App: sample.App, Name: chat.PeakOnline, Period: day, Value: peaks[day]}
		if err := addFigure(ctx, tx, peak); err != nil {
			return err
		}
	}
	return nil
}

// UsageOf is that of chat.Store.
func (s *Store) UsageOf(ctx context.Context, app uint64, name string, from, to int64) (map[int64]int64, error) {
	return sumFigures(ctx, s.db.reader(), app, name, from, to)
}

func sumFigures(ctx context.Context, tx querier, app uint64, name string, from, to int64) (map[int64]int64, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT period, CAST(SUM(value) AS BIGINT) FROM usage
		WHERE app = $1 AND name = $2 AND period BETWEEN $3 AND $4 GROUP BY period`, int64(app), name, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sums := map[int64]int64{}
	for rows.Next() {
		var period, sum int64
		if err := rows.Scan(&period, &sum); err != nil {
			return nil, err
		}
		sums[period] = sum
	}
	return sums, rows.Err()
}
