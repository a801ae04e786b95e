package derive

// Order is one number per event, over rows called e, that grows in the order the package comment says.
func Order() string { return order }
