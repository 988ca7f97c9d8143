//go:build race

package quickjs

const underRace = true
