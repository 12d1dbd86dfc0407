//go:build tools

// Package tools pins gVisor's runtime and its containerd shim, which the tests of a real node build and run.
package tools

import (
	_ "gvisor.dev/gvisor/runsc"
	_ "gvisor.dev/gvisor/shim"
)
