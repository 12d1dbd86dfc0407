//go:build tools

// Package tools pins the kubelet that the tests of a real node build and run.
package tools

import _ "k8s.io/kubernetes/cmd/kubelet"
