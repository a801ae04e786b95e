package audience

import (
	"math"
	"math/bits"
)

const (
	precision = 15
	registers = 1 << precision
	perWord   = 10 // registers of 6 bits in a word of 64

	firstSlots = 64
	maxSlots   = 2048 // a set never takes more memory than registers do
)

// sketch counts distinct numbers: exactly in a set while there are few, then by registers.
type sketch struct {
	set  []uint64 // open addressing; 0 is an empty slot
	held int      // numbers in the set

	words  []uint64 // registers; nil while the set is in use
	seen   float64  // the estimate: each change of a register stands for 1/chance numbers
	chance float64  // that a number not seen yet changes a register
}

func (s *sketch) add(n uint64) {
	n = max(n, 1)
	if s.words != nil {
		s.register(n)
		return
	}
	if s.held >= len(s.set)*3/4 {
		s.grow()
		if s.words != nil {
			s.register(n)
			return
		}
	}
	s.put(n)
}

func (s *sketch) count() float64 {
	if s.words != nil {
		return s.seen
	}
	return float64(s.held)
}

// put adds a number to the set, which has room.
func (s *sketch) put(n uint64) {
	for i := n & uint64(len(s.set)-1); ; i = (i + 1) & uint64(len(s.set)-1) {
		switch s.set[i] {
		case n:
			return
		case 0:
			s.set[i] = n
			s.held++
			return
		}
	}
}

// grow doubles the set, or turns it into registers.
func (s *sketch) grow() {
	old := s.set
	if len(old) == maxSlots {
		s.set, s.words, s.chance = nil, make([]uint64, (registers+perWord-1)/perWord), 1
		for _, n := range old {
			if n != 0 {
				s.register(n)
			}
		}
		s.seen = float64(s.held) // known exactly so far
		return
	}
	s.set, s.held = make([]uint64, max(firstSlots, 2*len(old))), 0
	for _, n := range old {
		if n != 0 {
			s.put(n)
		}
	}
}

// register is one step of HyperLogLog: the upper bits choose a register, which keeps the longest run of zeros at the head of the rest.
func (s *sketch) register(n uint64) {
	i := n >> (64 - precision)
	word, shift := &s.words[i/perWord], 6*(i%perWord)
	old := *word >> shift & 63
	run := uint64(bits.LeadingZeros64(n<<precision|1<<(precision-1))) + 1
	if run <= old {
		return
	}
	*word += (run - old) << shift
	s.seen += 1 / s.chance
	s.chance -= (math.Ldexp(1, -int(old)) - math.Ldexp(1, -int(run))) / registers
}
