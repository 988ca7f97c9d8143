package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags adds the flags of all settings whose key begins with prefix; a prefix
// leaves nats.listen out, which is a node's alone. Each takes any text, so that
// Load reports bad values together with all other faults.
func AddFlags(flags *pflag.FlagSet, prefix string) {
	defaults := DefaultConfig()
	for _, s := range settings() {
		if s.flag == "" || !strings.HasPrefix(s.key, prefix) || prefix != "" && s.key == "nats.listen" {
			continue
		}
		help := s.help
		if text, _ := shown(s.field(&defaults)).(string); text != "" {
			help += " (default: " + text + ")"
		}
		flags.Var(&textFlag{arg: s.arg}, s.flag, help)
	}
}

// textFlag is a pflag.Value that keeps what was written.
type textFlag struct{ text, arg string }

// String implements pflag.Value.
func (f *textFlag) String() string { return f.text }

// Set implements pflag.Value.
func (f *textFlag) Set(text string) error {
	f.text = text
	return nil
}

// Type implements pflag.Value: what stands for the value in the help text.
func (f *textFlag) Type() string { return f.arg }
