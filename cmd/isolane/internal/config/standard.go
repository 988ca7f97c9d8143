package config

import (
	"cmp"
	"strings"
)

// The variables of OpenTelemetry's specification that have a setting of ours. Those of the
// exporter alone (headers, certificates, compression, time-out) and of the resource
// (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) its library reads by itself.
const (
	otelDisabled  = "OTEL_SDK_DISABLED"
	otelExporter  = "OTEL_TRACES_EXPORTER"
	otelSampler   = "OTEL_TRACES_SAMPLER"
	otelRatio     = "OTEL_TRACES_SAMPLER_ARG"
	otelProtocol  = "OTEL_EXPORTER_OTLP_PROTOCOL"
	otelProtocol1 = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	otelEndpoint  = "OTEL_EXPORTER_OTLP_ENDPOINT"
	otelEndpoint1 = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// readStandard takes OTEL_* variables: after the file, and before ISOLANE_*, which win.
func (l *loader) readStandard(environ []string) {
	values := map[string]string{}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") && value != "" {
			values[name] = value
		}
	}
	if len(values) == 0 {
		return
	}
	set := func(key, name, text string) {
		if s, ok := findSetting(key); ok && text != "" {
			l.set(s, text, Origin{Source: FromEnvironment, Where: name})
		}
	}
	l.readProtocol(values, set)
	l.readExporter(values, set)
	l.readSampler(values, set)
	set("tracing.queue", "OTEL_BSP_MAX_QUEUE_SIZE", values["OTEL_BSP_MAX_QUEUE_SIZE"])
	set("tracing.batch", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", values["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"])
	if ms := values["OTEL_BSP_SCHEDULE_DELAY"]; ms != "" {
		set("tracing.interval", "OTEL_BSP_SCHEDULE_DELAY", ms+"ms")
	}
}

func (l *loader) readProtocol(values map[string]string, set func(key, name, text string)) {
	for _, name := range []string{otelProtocol, otelProtocol1} {
		switch text := values[name]; text {
		case "":
		case "grpc":
			set("tracing.protocol", name, ProtocolGRPC)
		case "http/protobuf":
			set("tracing.protocol", name, ProtocolHTTP)
		default:
			l.unknownWord(name, text, "grpc or http/protobuf")
		}
	}
}

// readExporter decides whether spans go anywhere: the endpoint's variables say so, and
// OTEL_TRACES_EXPORTER does, with the endpoint that the specification has by default.
func (l *loader) readExporter(values map[string]string, set func(key, name, text string)) {
	over := "http://localhost:4317"
	generic := values[otelEndpoint]
	if l.Config.Tracing.Protocol == ProtocolHTTP {
		over = "http://localhost:4318"
		if generic != "" { // it is the base of a path for each signal
			generic = strings.TrimSuffix(generic, "/") + "/v1/traces"
		}
	}
	off := func(name string) {
		l.Config.Tracing.Endpoint = ""
		l.Origins["tracing.endpoint"] = Origin{Source: FromEnvironment, Where: name}
	}
	set("tracing.endpoint", otelEndpoint, generic)
	set("tracing.endpoint", otelEndpoint1, values[otelEndpoint1])
	switch text := values[otelExporter]; text {
	case "":
	case "otlp":
		if l.Config.Tracing.Endpoint == "" {
			set("tracing.endpoint", otelExporter, over)
		}
	case "none":
		off(otelExporter)
	default:
		l.unknownWord(otelExporter, text, "otlp or none")
	}
	if strings.EqualFold(values[otelDisabled], "true") {
		off(otelDisabled)
	}
}

func (l *loader) readSampler(values map[string]string, set func(key, name, text string)) {
	word, based := strings.CutPrefix(values[otelSampler], "parentbased_")
	var ratio string
	from := otelSampler
	switch word {
	case "":
		return // the argument means nothing by itself
	case "always_on":
		ratio = "1"
	case "always_off":
		ratio = "0"
	case "traceidratio":
		ratio, from = cmp.Or(values[otelRatio], "1"), otelRatio
	default:
		l.unknownWord(otelSampler, values[otelSampler], "always_on, always_off or traceidratio, each with or without parentbased_ before it")
		return
	}
	set("tracing.ratio", from, ratio)
	parent := "false"
	if based {
		parent = "true"
	}
	set("tracing.parentBased", otelSampler, parent)
}

// unknownWord is a fault: what was asked for is not done.
func (l *loader) unknownWord(name, text, choices string) {
	l.faults = append(l.faults, Fault{Place: Origin{Source: FromEnvironment, Where: name}.place(), Message: "\"" + text + "\": Isolane knows " + choices})
}
