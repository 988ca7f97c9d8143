package service

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/micro"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/subject"
)

const description = "JavaScript and TypeScript functions in V8 isolates"

// maxLastError bounds last_error, in bytes.
const maxLastError = 256

// details are the data of an endpoint's statistics: what the convention has no field for.
type details struct {
	Version  string            `json:"version"`
	Since    time.Time         `json:"since"`
	Outcomes map[string]uint64 `json:"outcomes"`
	Triggers []Trigger         `json:"triggers,omitempty"`
}

func (s *Service) identity() micro.ServiceIdentity {
	return micro.ServiceIdentity{
		Name: Name, ID: s.id, Version: s.version,
		Metadata: map[string]string{MetaNode: s.cfg.Node, MetaBuild: s.cfg.Version},
	}
}

func (s *Service) ping(limit int) ([]byte, error) {
	return s.marshal(limit, answer{build: func(int, bool, string) any {
		return micro.Ping{ServiceIdentity: s.identity(), Type: micro.PingResponseType}
	}})
}

func (s *Service) info(limit int) ([]byte, error) {
	functions := s.cfg.Functions()
	return s.marshal(limit, answer{
		total: len(functions),
		build: func(n int, whole bool, omitted string) any {
			info := micro.Info{
				ServiceIdentity: s.identity(), Type: micro.InfoResponseType, Description: description,
				Endpoints: make([]micro.EndpointInfo, 0, n),
			}
			omit(info.Metadata, omitted)
			for _, fn := range functions[:n] {
				info.Endpoints = append(info.Endpoints, s.described(fn, whole))
			}
			return info
		},
		element: func(i int, whole bool) any { return s.described(functions[i], whole) },
	})
}

func (s *Service) stats(limit int) ([]byte, error) {
	functions := s.cfg.Functions()
	return s.marshal(limit, answer{
		total: len(functions),
		build: func(n int, whole bool, omitted string) any {
			stats := micro.Stats{
				ServiceIdentity: s.identity(), Type: micro.StatsResponseType, Started: s.cfg.Started.UTC(),
				Endpoints: make([]*micro.EndpointStats, 0, n),
			}
			omit(stats.Metadata, omitted)
			for _, fn := range functions[:n] {
				stats.Endpoints = append(stats.Endpoints, s.counted(fn, whole))
			}
			return stats
		},
		element: func(i int, whole bool) any { return s.counted(functions[i], whole) },
	})
}

func (s *Service) described(fn Function, whole bool) micro.EndpointInfo {
	e := micro.EndpointInfo{Name: fn.Name, Subject: s.subject(fn), QueueGroup: s.cfg.Queue, Metadata: map[string]string{}}
	if whole {
		e.Metadata[MetaVersion], e.Metadata[MetaIsolation], e.Metadata[MetaSource] = fn.Version, fn.Isolation, fn.Source
	}
	return e
}

func (s *Service) counted(fn Function, whole bool) *micro.EndpointStats {
	var total, failed uint64
	for outcome, n := range fn.Outcomes {
		total += n
		if outcome != "ok" {
			failed += n
		}
	}
	e := &micro.EndpointStats{
		Name: fn.Name, Subject: s.subject(fn), QueueGroup: s.cfg.Queue,
		NumRequests: int(total), NumErrors: int(failed), //nolint:gosec // as the convention has it
		LastError: bridge.OneLine(fn.LastError, maxLastError), ProcessingTime: fn.Spent,
	}
	if total > 0 {
		e.AverageProcessingTime = fn.Spent / time.Duration(total) //nolint:gosec // a count
	}
	if whole {
		// Plain data: cannot fail but for a time that no clock shows.
		e.Data, _ = json.Marshal(details{Version: fn.Version, Since: fn.Since.UTC(), Outcomes: fn.Outcomes, Triggers: fn.Triggers})
	}
	return e
}

func (s *Service) subject(fn Function) string { return subject.Function(s.cfg.Prefix, fn.Name) }

func omit(metadata map[string]string, what string) {
	if what != "" {
		metadata[MetaOmitted] = what
	}
}
