//go:build tools

// Package tools pins the crane whose registry the tests of images push to, and which looks at what has come there.
package tools

import _ "github.com/google/go-containerregistry/cmd/crane"
