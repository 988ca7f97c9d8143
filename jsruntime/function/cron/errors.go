package cron

import "errors"

var (
	// ErrExpression says that a cron expression cannot be understood, or is never due.
	ErrExpression = errors.New("no cron expression")
	// ErrZone says that there is no such time zone.
	ErrZone = errors.New("no time zone")
)
