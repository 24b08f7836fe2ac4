// Reads Influx lines by the parsers of Telegraf and of its own library, and runs Telegraf's plugin
// procstat. Prints a point a line, as JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/agent"
	"github.com/influxdata/telegraf/logger"
	"github.com/influxdata/telegraf/plugins/inputs"
	"github.com/influxdata/telegraf/plugins/inputs/procstat"
	"github.com/influxdata/telegraf/plugins/parsers/influx"
	"github.com/influxdata/telegraf/plugins/parsers/influx/influx_upstream"
)

// Value is the value of a field; numbers are texts, as a reader of JSON may round them.
type Value struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Point is one of a series.
type Point struct {
	Measurement string            `json:"measurement"`
	Tags        map[string]string `json:"tags"`
	Fields      map[string]Value  `json:"fields"`
	Time        string            `json:"time"`
}

func valueOf(value interface{}) Value {
	switch value := value.(type) {
	case int64:
		return Value{"int", fmt.Sprint(value)}
	case uint64:
		return Value{"uint", fmt.Sprint(value)}
	case float64:
		return Value{"float", fmt.Sprint(value)}
	case bool:
		return Value{"boolean", fmt.Sprint(value)}
	default:
		return Value{"text", fmt.Sprint(value)}
	}
}

func pointOf(m telegraf.Metric) Point {
	fields := make(map[string]Value)
	for _, field := range m.FieldList() {
		fields[field.Key] = valueOf(field.Value)
	}
	return Point{m.Name(), m.Tags(), fields, fmt.Sprint(m.Time().UnixNano())}
}

func pointsOf(metrics []telegraf.Metric) []Point {
	points := make([]Point, 0, len(metrics))
	for _, m := range metrics {
		points = append(points, pointOf(m))
	}
	return points
}

// decode reads lines by the library that InfluxDB's own programs use.
func decode(text []byte) ([]Point, error) {
	var points []Point
	decoder := lineprotocol.NewDecoder(bytes.NewReader(text))
	for decoder.Next() {
		measurement, err := decoder.Measurement()
		if err != nil {
			return nil, err
		}
		point := Point{string(measurement), map[string]string{}, map[string]Value{}, ""}
		for {
			key, value, err := decoder.NextTag()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			point.Tags[string(key)] = string(value)
		}
		for {
			key, value, err := decoder.NextField()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			point.Fields[string(key)] = valueOf(value.Interface())
		}
		at, err := decoder.Time(lineprotocol.Nanosecond, time.Time{})
		if err != nil {
			return nil, err
		}
		point.Time = fmt.Sprint(at.UnixNano())
		points = append(points, point)
	}
	return points, nil
}

func parse(parser string, text []byte) ([]Point, error) {
	switch parser {
	case "telegraf":
		p := &influx.Parser{}
		if err := p.Init(); err != nil {
			return nil, err
		}
		metrics, err := p.Parse(text)
		return pointsOf(metrics), err
	case "upstream":
		p := &influx_upstream.Parser{}
		if err := p.Init(); err != nil {
			return nil, err
		}
		metrics, err := p.Parse(text)
		return pointsOf(metrics), err
	default:
		return decode(text)
	}
}

// maker takes metrics as they are.
type maker struct{ telegraf.Logger }

func (maker) LogName() string                              { return "procstat" }
func (maker) MakeMetric(m telegraf.Metric) telegraf.Metric { return m }
func (m maker) Log() telegraf.Logger                       { return m.Logger }

// watch runs the plugin twice on each process, a second apart, and returns the later points.
func watch(files []string) ([]Point, error) {
	metrics := make(chan telegraf.Metric, 100*len(files))
	accumulator := agent.NewAccumulator(maker{logger.New("inputs", "procstat", "")}, metrics)
	var plugins []*procstat.Procstat
	for _, file := range files {
		plugin := inputs.Inputs["procstat"]().(*procstat.Procstat)
		plugin.PidFile = file
		plugin.PidFinder = "native"
		plugin.TagWith = []string{"pid"}
		plugin.Properties = []string{"cpu", "limits", "memory", "mmap"}
		if err := plugin.Init(); err != nil {
			return nil, err
		}
		plugins = append(plugins, plugin)
	}
	for range 2 {
		for len(metrics) > 0 {
			<-metrics
		}
		for _, plugin := range plugins {
			if err := plugin.Gather(accumulator); err != nil {
				return nil, err
			}
		}
		time.Sleep(time.Second)
	}
	close(metrics)
	var points []Point
	for m := range metrics {
		points = append(points, pointOf(m))
	}
	return points, nil
}

func run(args []string) ([]Point, error) {
	if args[0] == "watch" {
		return watch(args[1:])
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, err
	}
	return parse(args[1], text)
}

func main() {
	points, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, point := range points {
		if err := encoder.Encode(point); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
