package main

import "github.com/isolane/isolane/cluster/gossip/gossiptest"

// exchange is the bytes of one exchange of states, both ways: the mean of those of a
// time in which there were any, or else the largest so far.
func exchange(before, after gossiptest.Traffic) float64 {
	if after.Exchanges == before.Exchanges {
		return float64(after.LargestExchange)
	}
	return float64(after.ExchangeBytes-before.ExchangeBytes) / float64(after.Exchanges-before.Exchanges)
}
