package view

// FilterKeys are the parameters of an address that hold filters: what a segment keeps of it.
func FilterKeys() []string { return []string{"f"} }
