package config_test

import (
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestDefaultConfigIsValid(t *testing.T) {
	require.NoError(t, config.DefaultConfig().Validate())
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*config.Config)
		key    string // of the one fault; "" for none
	}{
		"several servers":         {func(c *config.Config) { c.NATS.URL = "nats://a:1,tls://b" }, ""},
		"server without scheme":   {func(c *config.Config) { c.NATS.URL = "localhost:4222" }, ""},
		"one of several is bad":   {func(c *config.Config) { c.NATS.URL = "nats://a,ftp://b" }, "nats.url"},
		"no host":                 {func(c *config.Config) { c.NATS.URL = "nats://" }, "nats.url"},
		"user and password":       {func(c *config.Config) { c.NATS.URL, c.NATS.User, c.NATS.Password = "nats://a", "u", "p" }, ""},
		"password without user":   {func(c *config.Config) { c.NATS.URL, c.NATS.Password = "nats://a", "p" }, "nats.password"},
		"inbox with a wildcard":   {func(c *config.Config) { c.NATS.URL, c.NATS.Inbox = "nats://a", "_INBOX.>" }, "nats.inbox"},
		"creds and nkey":          {func(c *config.Config) { c.NATS.URL, c.NATS.Creds, c.NATS.NKey = "nats://a", "c", "n" }, "nats.creds"},
		"user twice":              {func(c *config.Config) { c.NATS.URL, c.NATS.User = "nats://v:p@a", "u" }, "nats.url"},
		"token without server":    {func(c *config.Config) { c.NATS.Token = "t" }, "nats.token"},
		"certificate without key": {func(c *config.Config) { c.NATS.URL, c.NATS.TLS.Cert = "nats://a", "c" }, "nats.tls.cert"},
		"listen":                  {func(c *config.Config) { c.NATS.Listen = "[::1]:0" }, ""},
		"listen without port":     {func(c *config.Config) { c.NATS.Listen = "localhost" }, "nats.listen"},
		"listen on a name":        {func(c *config.Config) { c.NATS.Listen = "localhost:nats" }, "nats.listen"},
		"wildcard prefix":         {func(c *config.Config) { c.NATS.Prefix = "fn.*" }, "nats.prefix"},
		"our own prefix":          {func(c *config.Config) { c.NATS.Prefix = "isolane.fn" }, "nats.prefix"},
		"queue with a space":      {func(c *config.Config) { c.NATS.QueueGroup = "a b" }, "nats.queueGroup"},
		"no folder":               {func(c *config.Config) { c.Functions = "" }, ""},
		"no functions":            {func(c *config.Config) { c.Functions, c.Deploy.Bucket = "", "" }, "functions"},
		"bucket with a point":     {func(c *config.Config) { c.Deploy.Bucket = "a.b" }, "deploy.bucket"},
		"log on functions":        {func(c *config.Config) { c.Log.Subject = "fn.logs" }, "log.subject"},
		"functions on log":        {func(c *config.Config) { c.NATS.Prefix, c.Log.Subject = "logs.fn", "logs" }, "log.subject"},
		"log on our own":          {func(c *config.Config) { c.Log.Subject = "isolane.logs" }, "log.subject"},
		"log wildcard":            {func(c *config.Config) { c.Log.Subject = "logs.*" }, "log.subject"},
		"log near functions":      {func(c *config.Config) { c.Log.Subject = "fnlogs" }, ""},
		"no log subject":          {func(c *config.Config) { c.Log.Subject = "" }, ""},
		"sweeps all the time":     {func(c *config.Config) { c.Deploy.Sweep = time.Second }, "deploy.sweep"},
		"no replicas":             {func(c *config.Config) { c.Deploy.Replicas = 0 }, "deploy.replicas"},
		"no deploys":              {func(c *config.Config) { c.Deploy = config.Deploy{} }, ""},
		"no data":                 {func(c *config.Config) { c.Data = "" }, "data"},
		"no data needed":          {func(c *config.Config) { c.Data, c.NATS.URL = "", "nats://a" }, ""},
		"too many runtimes":       {func(c *config.Config) { c.Runtimes.Count = 100_000 }, "runtimes.count"},
		"cpu over wall":           {func(c *config.Config) { c.Limits.CPU = time.Minute }, "limits.cpu"},
		"small heap":              {func(c *config.Config) { c.Limits.Heap = function.MiB }, "limits.heap"},
		"inflight over isolate's": {func(c *config.Config) { c.Runtimes.MaxInflight = 10 }, "limits.inflight"},
		"negative grace":          {func(c *config.Config) { c.Grace = -1 }, "grace"},
		"no grace":                {func(c *config.Config) { c.Grace = 0 }, ""},
		"http off":                {func(c *config.Config) { c.HTTP.Listen = "off" }, ""},
		"http on loopback":        {func(c *config.Config) { c.HTTP.Listen = "[::1]:0" }, ""},
		"http by name":            {func(c *config.Config) { c.HTTP.Listen = "localhost:8484" }, ""},
		"http without port":       {func(c *config.Config) { c.HTTP.Listen = "localhost" }, "http.listen"},
		"http open to all":        {func(c *config.Config) { c.HTTP.Listen = "0.0.0.0:8484" }, "http.listen"},
		"http on every address":   {func(c *config.Config) { c.HTTP.Listen = ":8484" }, "http.listen"},
		"http with a token":       {func(c *config.Config) { c.HTTP.Listen, c.HTTP.Token = ":8484", "0123456789abcdef" }, ""},
		"http with certificates": {func(c *config.Config) {
			c.HTTP.Listen, c.HTTP.TLS = ":8484", config.TLS{CA: "ca", Cert: "cert", Key: "key"}
		}, ""},
		"http short token":     {func(c *config.Config) { c.HTTP.Token = "0123" }, "http.token"},
		"http key alone":       {func(c *config.Config) { c.HTTP.TLS.Key = "key" }, "http.tls.cert"},
		"http authority alone": {func(c *config.Config) { c.HTTP.TLS.CA = "ca" }, "http.tls.ca"},
		"http functions":       {func(c *config.Config) { c.HTTP.Functions = -1 }, "http.functions"},
		"log format":           {func(c *config.Config) { c.Log.Format = "xml" }, "log.format"},
	} {
		t.Run(name, func(t *testing.T) {
			c := config.DefaultConfig()
			tc.change(&c)
			err := c.Validate()
			if tc.key == "" {
				require.NoError(t, err)
				return
			}
			var invalid *config.Error
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Faults, 1, err)
			require.Equal(t, tc.key, invalid.Faults[0].Keys[0])
		})
	}
}

func TestValidateHidesSecrets(t *testing.T) {
	user, err := nkeys.CreateUser()
	require.NoError(t, err)
	seed, err := user.Seed()
	require.NoError(t, err)
	for name, change := range map[string]func(*config.Config){
		"scheme":         func(c *config.Config) { c.NATS.URL = "http://ada:sesame@host" },
		"scheme, token":  func(c *config.Config) { c.NATS.URL = "http://sesame@host" },
		"no host":        func(c *config.Config) { c.NATS.URL = "nats://ada:sesame@" },
		"no host, token": func(c *config.Config) { c.NATS.URL = "nats://sesame@" },
		"a comma inside": func(c *config.Config) { c.NATS.URL = "nats://ada:ses,ame@host:1/sesame" },
		"unreadable":     func(c *config.Config) { c.NATS.URL = "nats://ada:sesame%zz@host" },
		"user twice":     func(c *config.Config) { c.NATS.URL, c.NATS.User = "nats://ada:sesame@host", "u" },
		"password and token": func(c *config.Config) {
			c.NATS.URL, c.NATS.User, c.NATS.Password, c.NATS.Token = "nats://h", "u", "sesame", "sesame"
		},
		"password alone": func(c *config.Config) { c.NATS.URL, c.NATS.Password = "nats://h", "sesame" },
		"embedded":       func(c *config.Config) { c.NATS.Token = "sesame" },
		"a seed":         func(c *config.Config) { c.NATS.URL, c.NATS.NKey = "nats://h", string(seed) },
		"credentials":    func(c *config.Config) { c.NATS.URL, c.NATS.Creds = "nats://h", "-----BEGIN NATS USER JWT-----\nsesame" },
	} {
		t.Run(name, func(t *testing.T) {
			c := config.DefaultConfig()
			change(&c)
			err := c.Validate()
			require.Error(t, err)
			require.NotContains(t, err.Error(), "sesame")
			require.NotContains(t, err.Error(), string(seed))
		})
	}
}

func TestSecrets(t *testing.T) {
	c := config.DefaultConfig()
	c.Env = map[string]string{"KEY": "sesame"}
	c.NATS.Password, c.NATS.Token = "pass", "tok"
	c.NATS.URL = "nats://ada:p%40ss@one,nats://tokentoken@two,three:4222,schemeless@four:4222"
	require.Equal(t, map[string]string{
		"KEY": "sesame", "nats.password": "pass", "nats.token": "tok", "nats.url 1": "p@ss", "nats.url 2": "tokentoken", "nats.url 4": "schemeless",
	}, c.Secrets())
}
