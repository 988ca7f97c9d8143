package jsruntime

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// empty does what JavaScript asked for in a turn.
func (r *Runtime) empty(x *jsContext) error {
	for {
		record, ok, err := x.realm.Next()
		if err != nil || !ok {
			return err
		}
		if err := r.obey(x, record, true); err != nil {
			return err
		}
	}
}

// obey does what one record asks for; last says that no other turn has begun after the one
// that left it.
func (r *Runtime) obey(x *jsContext, record Record, last bool) error {
	if record.Kind == RecordNone {
		return nil
	}
	i := r.inflight[record.Inv]
	if i != nil && i.context != x {
		i = nil // a record speaks for its own context's invocations alone
	}
	if record.Kind == RecordLog {
		if i == nil && r.turn != nil && r.turn.id == record.Inv {
			i = r.turn // it was told after its end
		}
		r.log(x, i, record)
		return nil
	}
	if i == nil {
		return nil // answered and gone: what it still asks for is not done
	}
	switch record.Kind {
	case RecordSettle:
		r.answer(i, replyOf(record))
	case RecordFail:
		if last && x.vm.isolate.Memory().Exhausted {
			return ErrTerminated // what it threw is of no interest
		}
		failure := failureOf(mapError(parseError(record.Text), i.fn.Bundle))
		if record.Flags&flagRefused != 0 {
			failure = function.Failure(function.BadRequest, failure.Message)
		}
		r.answer(i, failure)
	case RecordVerdict:
		r.said.take(i, record)
		return nil
	case RecordState:
		i.change(record)
		return nil
	case RecordAlarm:
		i.ring(record)
		return nil
	case RecordStart:
		r.start(i, record)
		return nil
	case RecordCancel:
		if o, found := i.operations[record.Op]; found {
			o.stop()
			delete(i.operations, record.Op)
			delete(i.play.waits, record.Op)
		}
		return nil
	case RecordDone, RecordLog, RecordNone:
	default:
		return fmt.Errorf("jsruntime: record of unknown kind %d", record.Kind)
	}
	if record.Kind == RecordDone || record.Flags&flagFinal != 0 {
		r.forget(i)
	}
	return nil
}

// start begins an operation that JavaScript waits for.
func (r *Runtime) start(i *invocation, record Record) {
	op, text, _ := strings.Cut(record.Text, "\n")
	if i.operations == nil {
		i.operations = make(map[int32]operation)
	}
	id := record.Op
	if i.record != nil {
		i.record.Begin(id, op, text, record.Bytes)
	}
	if r.cfg.Play != nil && r.playStart(i, id, op, text, record.Bytes) {
		return
	}
	if op == "timer" {
		ms, err := strconv.ParseFloat(text, 64)
		if err != nil || ms < 0 {
			ms = 0
		}
		i.operations[id] = operation{timer: time.AfterFunc(time.Duration(ms*float64(time.Millisecond)), func() {
			r.cfg.Post(Event{kind: eventCompletion, invocation: i, completion: Completion{Op: id}, at: time.Now()})
		})}
		return
	}
	ctx, cancel := context.WithCancel(r.ctx)
	o, from := operation{cancel: cancel}, i.caller(op)
	if op == "nats.request" {
		o.request = from.Request
	}
	i.operations[id] = o
	r.wg.Add(1)
	scope := func() *webapi.Scope {
		if i.scope == nil {
			i.scope = webapi.NewScope(r.ctx, r.wg.Go)
		}
		return i.scope
	}
	i.context.api.Start(ctx, from, scope, op, text, record.Bytes, func(text string, out []byte, err error) {
		defer r.wg.Done()
		c := Completion{Op: id, Text: text, Bytes: out}
		if err != nil {
			c = Completion{Op: id, Text: named(err).Error(), Err: true}
		}
		r.cfg.Post(Event{kind: eventCompletion, invocation: i, completion: c, at: time.Now()})
	})
}

// replyOf makes the Result of a settled invocation.
func replyOf(record Record) *function.Result {
	result := &function.Result{Outcome: function.OK, Status: int(record.Flags >> flagStatusShift)}
	text := record.Text
	if record.Flags&flagHeaders != 0 {
		count, rest, _ := strings.Cut(text, "\n")
		n, _ := strconv.Atoi(count)
		result.Header = make(function.Header, n)
		for range n {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			key, value, _ := strings.Cut(line, ":")
			result.Header[key] = append(result.Header[key], value)
		}
		text = rest
	}
	if record.Bytes != nil {
		result.Body = record.Bytes
	} else if text != "" {
		// The text was made for this record and nothing else holds it.
		result.Body = unsafe.Slice(unsafe.StringData(text), len(text))
	}
	return result
}

// parseError reads the JSON strings that core.js writes for an error: three, and the code of
// what a method threw.
func parseError(text string) *function.ScriptError {
	var parts [3]string
	for n := range parts {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if err := json.Unmarshal([]byte(line), &parts[n]); err != nil {
			parts[n] = line
		}
	}
	return &function.ScriptError{Name: parts[0], Message: parts[1], Stack: parts[2], Code: text}
}

// failureOf makes the Result of a function that threw; the error is source-mapped
// already.
func failureOf(script *function.ScriptError) *function.Result {
	result := function.Failure(function.Exception, script.Message)
	if script.Name != "" {
		result.Message = script.Name + ": " + script.Message
	}
	result.Location, result.Stack = script.Location, script.Stack
	result.Thrown = &function.Thrown{Name: script.Name, Message: script.Message, Code: script.Code}
	return result
}

// log passes on a line of console output, unless the function has printed too much.
func (r *Runtime) log(x *jsContext, i *invocation, record Record) {
	level, text, _ := strings.Cut(record.Text, "\n")
	if record.Flags&flagStack != 0 {
		text = x.bundle.MapStack(text)
	}
	i.note(tape.Entry{Kind: tape.Log, Op: level, Text: text})
	severity := logLevel(level)
	logged := r.cfg.Logger.Enabled(r.ctx, severity)
	if !logged && r.cfg.Console == nil || !r.admitLine(x.key, r.consoleLimit(i), len(text)) {
		return
	}
	if r.cfg.Console != nil {
		r.cfg.Console(r.consoleLine(x.key, i, severity, text))
	}
	if !logged {
		return
	}
	attrs := []slog.Attr{slog.String("function", x.key.name), slog.Int("runtime", r.cfg.ID), slog.String("text", text)}
	if i != nil {
		attrs = append(attrs, i.inv.LogAttr())
	}
	r.cfg.Logger.LogAttrs(r.ctx, severity, "console", attrs...)
}

func logLevel(level string) slog.Level {
	switch level {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}
