//go:build race

package collector

// raced: the race detector makes sync.Pool forget things at random, so allocations cannot be counted.
const raced = true
