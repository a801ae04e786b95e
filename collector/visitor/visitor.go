// Package visitor turns who is asking into a number that dies with the day, and forgets the rest.
//
// It is the only place that handles a full address. [Reader.Client] finds the address of the client behind trusted proxies and cuts it
// to its network (IPv4 /24, IPv6 /48) on the spot; only in the mode [ByAddress] does an [Address] hold more than its network. Nothing
// here prints an address, an agent or a salt: the types that hold one say [redacted].
//
// The number of a visitor is SipHash-2-4, keyed with the salt of the site's local day, over site, day, address, user agent and
// accept-language ([Salts.Number]). A pseudo-random function of 64 bits is what is needed and SipHash is the one made for short
// inputs (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): without the 128-bit key, which is gone after the day, the
// number cannot be tied to its input even by trying all addresses, and of a million visitors in one day two share a number with a
// chance of 3 in 100 million.
//
// Salts are random, one per site and local day, kept in memory and mirrored on a tmpfs ([OpenSalts]), so that a restart counts nobody
// twice. A salt is overwritten, in memory and in the file, when its site's day is over.
package visitor

import (
	"encoding/binary"
	"fmt"
	"log/slog"
)

// Mode says what of an address goes into a visitor's number.
type Mode uint8

// The modes. The zero value is the default.
const (
	ByNetwork Mode = iota // the network of the address
	ByAddress             // the whole address: more exact, and less private
	Nobody                // visitors are not counted; every number is 0
)

var modeNames = [...]string{ByNetwork: "network", ByAddress: "address", Nobody: "none"}

// String returns the mode's name as the flag --identity takes it.
func (m Mode) String() string { return modeNames[m] }

// ModeOf returns the mode with that name.
func ModeOf(name string) (Mode, error) {
	for m, n := range modeNames {
		if n == name {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("identity %q is not known: use network, address or none", name)
}

// Caps of what is hashed, in bytes. Nobody's agent is told apart by what comes after.
const (
	maxAgent    = 512
	maxLanguage = 128
)

// Identity is who is asking, for as long as it takes to make a number of it.
type Identity struct {
	Address  Address
	Agent    string // header User-Agent
	Language string // header Accept-Language
}

// String keeps the identity out of texts.
func (Identity) String() string { return "[redacted]" }

// GoString keeps the identity out of texts.
func (Identity) GoString() string { return "[redacted]" }

// LogValue keeps the identity out of logs.
func (Identity) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Number returns the visitor's number on that site and day (days since 1970-01-01 on the site's calendar): 0 in mode Nobody, never 0
// otherwise. It does not allocate but for the first visitor of a site's day. It fails only when a new salt cannot be mirrored.
func (s *Salts) Number(mode Mode, site uint32, day uint16, id *Identity) (uint64, error) {
	if mode == Nobody {
		return 0, nil
	}
	salt, err := s.of(site, day)
	if err != nil {
		return 0, err
	}
	var scratch [32 + maxAgent + maxLanguage]byte
	return max(1, sum(salt, id.appendTo(scratch[:0], site, day))), nil
}

// appendTo writes the identity so that different ones never read the same: every part has a fixed place or its length before it. The
// day is part of it because a salt may have to serve the end of the day before its own (see of).
func (id *Identity) appendTo(dst []byte, site uint32, day uint16) []byte {
	address := id.Address.addr.As16()
	dst = binary.LittleEndian.AppendUint32(dst, site)
	dst = binary.LittleEndian.AppendUint16(dst, day)
	dst = append(dst, address[:]...)
	agent, language := id.Agent, id.Language
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	if len(language) > maxLanguage {
		language = language[:maxLanguage]
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(agent)))
	return append(append(dst, agent...), language...)
}
