// Package churn makes and retires isolates, or contexts of one isolate, and records
// what the process keeps of them: through a jsruntime.Runtime, and with the binding
// alone, which is to run in a process of its own.
package churn
