// Reads lines of OTLP from standard input as the Collector does, and prints each point or log
// record as a line of JSON. It ends with 1 at the first line that cannot be read, that has a field
// OTLP does not know, or that loses anything on the way.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A point, or a log record. Whole numbers of 64 bits are text.
type item struct {
	Line       int            `json:"line"`
	Resource   map[string]any `json:"resource"`
	Name       string         `json:"name"`
	Unit       string         `json:"unit,omitempty"`
	Kind       string         `json:"kind,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Start      string         `json:"start"`
	Time       string         `json:"time"`
	Observed   string         `json:"observed,omitempty"`
	Int        string         `json:"int,omitempty"`
	Double     *float64       `json:"double,omitempty"`
	Flags      uint32         `json:"flags,omitempty"`
	Severity   int32          `json:"severity,omitempty"`
	Body       string         `json:"body,omitempty"`
}

// The collector reads half of this in one piece.
const maxLine = 1 << 20

func main() {
	if err := read(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(signal string) error {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for number := 1; lines.Scan(); number++ {
		items, err := itemsOf(signal, lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if len(items) == 0 {
			return fmt.Errorf("line %d: it has no %s", number, signal)
		}
		for _, one := range items {
			one.Line = number
			if err := encoder.Encode(one); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return out.Flush()
}

func itemsOf(signal string, line []byte) ([]item, error) {
	if signal == "logs" {
		unmarshaler := plog.JSONUnmarshaler{DisallowUnknownFields: true}
		logs, err := unmarshaler.UnmarshalLogs(line)
		if err != nil {
			return nil, err
		}
		return records(logs), nil
	}
	unmarshaler := pmetric.JSONUnmarshaler{DisallowUnknownFields: true}
	metrics, err := unmarshaler.UnmarshalMetrics(line)
	if err != nil {
		return nil, err
	}
	items, err := points(metrics)
	if err == nil && len(items) != metrics.DataPointCount() {
		err = fmt.Errorf("%d points of %d", len(items), metrics.DataPointCount())
	}
	return items, err
}

func points(metrics pmetric.Metrics) ([]item, error) {
	var items []item
	for _, resource := range metrics.ResourceMetrics().All() {
		of := resource.Resource().Attributes().AsRaw()
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				kind, slice := "gauge", pmetric.NewNumberDataPointSlice()
				switch metric.Type() {
				case pmetric.MetricTypeGauge:
					slice = metric.Gauge().DataPoints()
				case pmetric.MetricTypeSum:
					sum := metric.Sum()
					if sum.AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
						return nil, fmt.Errorf("%s is not cumulative", metric.Name())
					}
					kind, slice = "updown", sum.DataPoints()
					if sum.IsMonotonic() {
						kind = "counter"
					}
				default:
					return nil, fmt.Errorf("%s is a %s", metric.Name(), metric.Type())
				}
				for _, point := range slice.All() {
					one := item{
						Resource:   texts(of),
						Name:       metric.Name(),
						Unit:       metric.Unit(),
						Kind:       kind,
						Attributes: texts(point.Attributes().AsRaw()),
						Start:      nanos(point.StartTimestamp()),
						Time:       nanos(point.Timestamp()),
						Flags:      uint32(point.Flags()),
					}
					switch point.ValueType() {
					case pmetric.NumberDataPointValueTypeInt:
						one.Int = strconv.FormatInt(point.IntValue(), 10)
					case pmetric.NumberDataPointValueTypeDouble:
						value := point.DoubleValue()
						one.Double = &value
					default:
						if !point.Flags().NoRecordedValue() {
							return nil, fmt.Errorf("%s has no value", metric.Name())
						}
					}
					items = append(items, one)
				}
			}
		}
	}
	return items, nil
}

func records(logs plog.Logs) []item {
	var items []item
	for _, resource := range logs.ResourceLogs().All() {
		of := resource.Resource().Attributes().AsRaw()
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				items = append(items, item{
					Resource:   texts(of),
					Name:       record.EventName(),
					Attributes: texts(record.Attributes().AsRaw()),
					Time:       nanos(record.Timestamp()),
					Observed:   nanos(record.ObservedTimestamp()),
					Severity:   int32(record.SeverityNumber()),
					Body:       record.Body().AsString(),
				})
			}
		}
	}
	return items
}

func nanos(time pcommon.Timestamp) string {
	return strconv.FormatUint(uint64(time), 10)
}

// JSON's numbers would be doubles.
func texts(attributes map[string]any) map[string]any {
	for key, value := range attributes {
		if number, ok := value.(int64); ok {
			attributes[key] = strconv.FormatInt(number, 10)
		}
	}
	return attributes
}
