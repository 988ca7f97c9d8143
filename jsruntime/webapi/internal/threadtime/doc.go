// Package threadtime measures what a goroutine computes, and not what it waits for.
package threadtime
