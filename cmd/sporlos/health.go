package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

type healthCmd struct {
	OpsAddr string `help:"Where the installation answers operators." default:"127.0.0.1:8091"`
}

// Run asks the installation whether it is ready: for health checks of containers, which have no other client at hand.
func (c *healthCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(c.OpsAddr)
	if err != nil {
		return fmt.Errorf("--ops-addr %q is not an address: write it as 127.0.0.1:8091", c.OpsAddr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("sporlos does not answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("sporlos is not ready: %s", response.Status)
	}
	_ = response.Body.Close() // only the status was asked for
	return err
}
