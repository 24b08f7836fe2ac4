// A collector of the Collector's own modules, with its file exporter and a receiver of files.
//
// Its receiver `otlpjsonfile` is not to be had as a module, so it is made here of the parts that it
// is made of: the reader of files with its limit of 1 MiB a line, and the unmarshalers. Other than
// it, this one ends the collector at a line that cannot be read, and refuses fields that OTLP does
// not know.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

type config struct {
	fileconsumer.Config `mapstructure:",squash"`
}

type files struct {
	input *fileconsumer.Manager
}

func (f *files) Start(_ context.Context, _ component.Host) error {
	return f.input.Start(nil)
}

func (f *files) Shutdown(context.Context) error {
	return f.input.Stop()
}

func build(set receiver.Settings, cfg component.Config, take func(context.Context, []byte) error) (*files, error) {
	input, err := cfg.(*config).Build(set.TelemetrySettings, func(ctx context.Context, lines [][]byte, _ map[string]any, _ int64, _ []int64) error {
		for _, line := range lines {
			if err := take(ctx, line); err != nil {
				fmt.Fprintln(os.Stderr, "REFUSED", len(line), err)
				os.Exit(3)
			}
		}
		return nil
	})
	return &files{input: input}, err
}

func newReceiverFactory() receiver.Factory {
	return receiver.NewFactory(
		component.MustNewType("otlpjsonfile"),
		func() component.Config { return &config{Config: *fileconsumer.NewConfig()} },
		receiver.WithMetrics(func(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
			unmarshaler := pmetric.JSONUnmarshaler{DisallowUnknownFields: true}
			return build(set, cfg, func(ctx context.Context, line []byte) error {
				metrics, err := unmarshaler.UnmarshalMetrics(line)
				if err != nil {
					return err
				}
				return next.ConsumeMetrics(ctx, metrics)
			})
		}, component.StabilityLevelAlpha),
		receiver.WithLogs(func(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
			unmarshaler := plog.JSONUnmarshaler{DisallowUnknownFields: true}
			return build(set, cfg, func(ctx context.Context, line []byte) error {
				logs, err := unmarshaler.UnmarshalLogs(line)
				if err != nil {
					return err
				}
				return next.ConsumeLogs(ctx, logs)
			})
		}, component.StabilityLevelAlpha),
	)
}

func factories() (otelcol.Factories, error) {
	receivers, err := otelcol.MakeFactoryMap(newReceiverFactory())
	if err != nil {
		return otelcol.Factories{}, err
	}
	exporters, err := otelcol.MakeFactoryMap[exporter.Factory](fileexporter.NewFactory())
	return otelcol.Factories{
		Receivers: receivers,
		Exporters: exporters,
		Telemetry: otelconftelemetry.NewFactory(),
	}, err
}

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "otelcol", Version: "0.165.0"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				DefaultScheme:     "file",
				ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
			},
		},
	})
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}
