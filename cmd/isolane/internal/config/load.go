package config

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

// Sources are what Load makes a configuration of.
type Sources struct {
	// File is the path of the YAML file; "" takes DefaultFile where it exists.
	File string
	// NoFile reads none.
	NoFile bool
	// Environ are the environment's NAME=value pairs.
	Environ []string
	// Flags are the flags that were given, by name, as they were written.
	Flags map[string]string
	// Hostname names the node where nothing else does; "" is "node".
	Hostname string
}

// Loaded is a configuration, with where each value came from.
type Loaded struct {
	Config Config
	// File is the file that was read, "" for none.
	File string
	// Origins are by key; a key that is absent has its default.
	Origins map[string]Origin
	// Warnings are what is not wrong but looks like a mistake, one line each.
	Warnings []string
}

// loader collects a Loaded and its faults.
type loader struct {
	Loaded
	faults []Fault
}

// Load merges the sources and checks the result. The error is an *Error with
// every fault, or says that a file that was named cannot be read. The Loaded is
// never nil; with an *Error, what was wrong has its default.
func Load(src Sources) (*Loaded, error) {
	l := &loader{Loaded: Loaded{Config: DefaultConfig().clone(), Origins: map[string]Origin{}}}
	if !src.NoFile {
		if err := l.readFile(src.File); err != nil {
			return &l.Loaded, err
		}
	}
	l.readStandard(src.Environ)
	l.readEnviron(src.Environ)
	l.readFlags(src.Flags)
	l.fillIn(src.Hostname)
	if invalid, ok := errors.AsType[*Error](l.Config.Validate()); ok {
		l.place(invalid.Faults)
	}
	l.warn()
	return &l.Loaded, asError(l.faults)
}

func (l *loader) readFile(path string) error {
	named := path != ""
	if !named {
		path = DefaultFile
	}
	data, err := os.ReadFile(path)
	if err != nil {
		if !named && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err // a *PathError names the operation and the file
	}
	l.File = path
	doc := yamlcheck.Decode(path, data, &l.Config)
	for _, fault := range doc.Faults() {
		at := Origin{Source: FromFile, Where: fault.File, Line: fault.Line, Column: fault.Column}
		l.faults = append(l.faults, Fault{Place: at.place(), Message: fault.Message})
	}
	keys := make([]string, 0, len(settings()))
	for _, s := range settings() {
		keys = append(keys, s.key)
	}
	for name := range l.Config.Env {
		keys = append(keys, envKeyPrefix+name)
	}
	for _, key := range keys {
		if doc.Set(key) {
			line, column, _ := doc.Position(key)
			l.Origins[key] = Origin{Source: FromFile, Where: path, Line: line, Column: column}
		}
	}
	return nil
}

// readEnviron takes ISOLANE_* variables. An empty one counts as absent, since
// compose files and shells make such out of what is not set.
func (l *loader) readEnviron(environ []string) {
	byName := map[string]setting{}
	for _, s := range settings() {
		byName[envName(s.key)] = s
	}
	sorted := slices.Clone(environ)
	slices.Sort(sorted)
	for _, pair := range sorted {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "ISOLANE_") || value == "" {
			continue
		}
		origin := Origin{Source: FromEnvironment, Where: name}
		if s, ok := byName[name]; ok {
			l.set(s, value, origin)
		} else if variable, ok := strings.CutPrefix(name, "ISOLANE_ENV_"); ok && variable != "" {
			l.setEnv(variable, value, origin)
		} else if name != "ISOLANE_CONFIG" {
			l.warnUnknown(name, byName)
		}
	}
}

// readFlags takes the flags that were given. An empty value takes back what the
// file or the environment said.
func (l *loader) readFlags(flags map[string]string) {
	defaults := DefaultConfig()
	for _, s := range settings() {
		value, given := flags[s.flag]
		if s.flag == "" || !given {
			continue
		}
		origin := Origin{Source: FromFlag, Where: "--" + s.flag}
		if value == "" {
			if text, ok := shown(s.field(&defaults)).(string); ok {
				l.set(s, text, origin)
				continue
			}
		}
		l.set(s, value, origin)
	}
}

func (l *loader) set(s setting, text string, origin Origin) {
	if err := setText(s.field(&l.Config), text); err != nil {
		l.faults = append(l.faults, Fault{Keys: []string{s.key}, Place: origin.place(), Message: err.Error()})
		return
	}
	l.Origins[s.key] = origin
}

func (l *loader) setEnv(name, value string, origin Origin) {
	if l.Config.Env == nil {
		l.Config.Env = map[string]string{}
	}
	l.Config.Env[name] = value
	l.Origins[envKeyPrefix+name] = origin
}
