//go:build tools

// Package tools pins the kustomize that the benchmark builds and runs.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
