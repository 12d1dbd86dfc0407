//go:build tools

// Package tools pins the Helm that the benchmark builds and runs.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
