package webapi

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

const (
	// maxKey bounds a key of a bucket, in bytes: it is part of a subject.
	maxKey = 256
	// maxKeys bounds what kv.keys returns, whatever limit a function gives.
	maxKeys = 10_000
)

// kvAsked is what JavaScript asks for.
type kvAsked struct {
	Bucket string `json:"bucket"`
	// Key is keys' filter too.
	Key string `json:"key"`
	// Revision is what get, update and delete name; 0 for none.
	Revision uint64 `json:"revision"`
	Limit    int    `json:"limit"`
}

// kvEntry is the answer to a get, but its value.
type kvEntry struct {
	Revision uint64 `json:"revision"`
	// Created is in milliseconds since 1970.
	Created int64 `json:"created"`
}

// bucket runs one operation of ctx.kv.
func (a *API) bucket(ctx context.Context, from hostcap.Caller, op, head string, in []byte) (answer string, out []byte, err error) {
	kv := a.cfg.Buckets
	if kv == nil {
		return "", nil, unavailable(op)
	}
	var asked kvAsked
	if err := readHead(op, head, &asked); err != nil {
		return "", nil, err
	}
	if err := a.bucketAllowed(op, asked.Bucket); err != nil {
		return "", nil, err
	}
	if err := checkKey(op, asked.Key); err != nil {
		return "", nil, err
	}
	if limit := kv.MaxPayload(); int64(len(in)) > limit {
		return "", nil, payloadTooLarge(op, int64(len(in)), limit)
	}
	s := a.storing(from, op, asked.Bucket)
	defer func() { ended(s, err) }()
	return a.stored(ctx, op, asked, in)
}

// stored runs an operation that may be.
func (a *API) stored(ctx context.Context, op string, asked kvAsked, in []byte) (string, []byte, error) {
	kv := a.cfg.Buckets
	var revision uint64
	var err error
	switch op {
	case "kv.get":
		entry, err := kv.Get(ctx, asked.Bucket, asked.Key, asked.Revision)
		if errors.Is(err, hostcap.ErrNotFound) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		return answerJSON(op, kvEntry{entry.Revision, entry.Created.UnixMilli()}, entry.Value)
	case "kv.put":
		revision, err = kv.Put(ctx, asked.Bucket, asked.Key, in)
	case "kv.create":
		revision, err = kv.Create(ctx, asked.Bucket, asked.Key, in)
	case "kv.update":
		revision, err = kv.Update(ctx, asked.Bucket, asked.Key, in, asked.Revision)
	case "kv.delete":
		return "", nil, kv.Delete(ctx, asked.Bucket, asked.Key, asked.Revision)
	case "kv.keys":
		keys, err := kv.Keys(ctx, asked.Bucket, asked.Key, min(asked.Limit, maxKeys))
		if err != nil {
			return "", nil, err
		}
		return answerJSON(op, keys, nil)
	default:
		return "", nil, unknownOp(op)
	}
	if err != nil {
		return "", nil, err
	}
	return strconv.FormatUint(revision, 10), nil, nil
}

func (a *API) bucketAllowed(op, bucket string) error {
	if a.cfg.Permissions.AllowsBucket(bucket) {
		return nil
	}
	if hint := function.BucketHint(bucket); hint != "" {
		return hostcap.Errorf(hostcap.Denied, "%s: the bucket %s is not permitted: add to the manifest %s", op, quoted(bucket), hint)
	}
	return hostcap.Errorf(hostcap.Denied, "%s: the bucket %s is not permitted, and no manifest can grant it", op, quoted(bucket))
}

// checkKey keeps what is no key of a bucket from becoming part of a subject. A filter may
// have words that are wildcards, which no key has.
func checkKey(op, key string) error {
	word, rest, more := strings.Cut(key, ".")
	for ; ; word, rest, more = strings.Cut(rest, ".") {
		wildcard := op == "kv.keys" && (word == "*" || word == ">" && !more)
		if !wildcard && (word == "" || strings.ContainsFunc(word, notOfKey)) || len(key) > maxKey {
			return typeError("%s: %s is no key: a key is letters, digits and - / _ = with single points between, %d bytes at most", op, quoted(key), maxKey)
		}
		if !more {
			return nil
		}
	}
}

func notOfKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-/_=", r)
}
