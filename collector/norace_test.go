//go:build !race

package collector

const raced = false
