package site

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Most entries of each list in [Settings]: every beacon of the site is compared with all of them.
const (
	MaxExcluded    = 100
	MaxHosts       = 100
	MaxSearchNames = 20
)

// clean brings the lists to the form they are kept in, and returns the networks among them. It leaves the lists it was given alone.
func (s *Settings) clean() (networks []netip.Prefix, err error) {
	for _, l := range []struct {
		list  *[]string
		most  int
		clean func(string) (string, error)
	}{
		{&s.ExcludedPaths, MaxExcluded, CleanPattern}, {&s.ExcludedAddresses, MaxExcluded, cleanNetwork},
		{&s.Hosts, MaxHosts, cleanHost}, {&s.SearchNames, MaxSearchNames, cleanSearchName},
	} {
		if *l.list, err = cleanList(*l.list, l.most, l.clean); err != nil {
			return nil, err
		}
	}
	for _, text := range s.ExcludedAddresses {
		p, _ := parseNetwork(text) // as cleanNetwork wrote it
		networks = append(networks, p)
	}
	return networks, nil
}

// cleanList cleans each entry, and drops empty ones and repetitions.
func cleanList(list []string, most int, clean func(string) (string, error)) (kept []string, err error) {
	for _, text := range list {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if text, err = clean(text); err != nil {
			return nil, err
		}
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	if len(kept) > most {
		return nil, mistake("mistake.list", most)
	}
	return kept, nil
}

// parseNetwork reads an address (192.0.2.7) or a network (192.0.2.0/24). IPv4 in IPv6 is IPv4.
func parseNetwork(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

func cleanNetwork(text string) (string, error) {
	p, ok := parseNetwork(text)
	switch {
	case !ok:
		return "", mistake("mistake.address", clip(text))
	case p.Bits() == 0:
		return "", mistake("mistake.everybody", clip(text))
	case p.IsSingleIP():
		return p.Addr().String(), nil
	}
	return p.String(), nil
}

var hostName = regexp.MustCompile(`^(\*\.)?[\pL\pN_]([\pL\pN_-]*[\pL\pN_])?(\.[\pL\pN_]([\pL\pN_-]*[\pL\pN_])?)*$`)

// cleanHost takes a host as people copy it: with scheme, "www.", port or path.
func cleanHost(text string) (string, error) {
	h := strings.ToLower(text)
	h = strings.TrimPrefix(strings.TrimPrefix(h, "https://"), "http://")
	h = strings.TrimPrefix(hostOf(h), "www.")
	if len(h) > 253 || !hostName.MatchString(h) {
		return "", mistake("mistake.host", clip(text))
	}
	return h, nil
}

var searchName = regexp.MustCompile(`^[^\s,;&=?#"'<>\\]{1,50}$`)

func cleanSearchName(text string) (string, error) {
	if !searchName.MatchString(text) {
		return "", mistake("mistake.searchname", clip(text))
	}
	return text, nil
}

// hostOf is a domain without port and path.
func hostOf(domain string) string {
	domain, _, _ = strings.Cut(domain, "/")
	domain, _, _ = strings.Cut(domain, ":")
	return domain
}

// ExcludesPath reports whether pages with that path, as it would be stored, are left out. It does not allocate.
func (s *Site) ExcludesPath(path string) bool {
	for _, pattern := range s.choices.ExcludedPaths {
		if MatchPath(pattern, path) {
			return true
		}
	}
	return false
}

// ExcludesAddresses reports whether any are left out, so that whoever does not keep addresses need not ask about one.
func (s *Site) ExcludesAddresses() bool { return len(s.choices.networks) > 0 }

// ExcludesAddress reports whether whoever has that address is left out. It does not allocate and keeps nothing of the address.
func (s *Site) ExcludesAddress(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range s.choices.networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// AllowsHost reports whether pages of that host are counted: any when no hosts are named, and otherwise those that are, and the site's
// own domain. The host is in lower case, without "www." and without port. It does not allocate.
func (s *Site) AllowsHost(host string) bool {
	if len(s.choices.Hosts) == 0 || host == hostOf(s.Domain) {
		return true
	}
	for _, allowed := range s.choices.Hosts {
		if host == allowed || allowed[0] == '*' && len(host) > len(allowed)-1 && strings.HasSuffix(host, allowed[1:]) {
			return true
		}
	}
	return false
}
