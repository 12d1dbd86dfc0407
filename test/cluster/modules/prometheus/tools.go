//go:build tools

// Package tools pins the promtool that the tests of alerts build and run.
package tools

import _ "github.com/prometheus/prometheus/cmd/promtool"
