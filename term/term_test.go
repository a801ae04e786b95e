package term

import (
	"fmt"
	"strings"
	"testing"
)

func TestKindsRoundTrip(t *testing.T) {
	for k := Search; k <= Leave; k++ {
		if got, ok := KindOf(k.String()); !ok || got != k {
			t.Errorf("KindOf(%q) = %v, %v", k.String(), got, ok)
		}
	}
	if k, ok := KindOf(""); !ok || k != Search {
		t.Errorf("no kind is %v, %v; want search", k, ok)
	}
	if _, ok := KindOf("buy"); ok {
		t.Error("an unknown kind was taken")
	}
	if Kind(99).String() != "" {
		t.Error("a kind that does not exist has a name")
	}
}

func TestPhrasesStayOutOfTexts(t *testing.T) {
	x := Term{Text: "secret phrase", Opened: "/secret"}
	if s := fmt.Sprintf("%v %s %+v", x, x, x); strings.Contains(s, "secret") {
		t.Errorf("a term prints %q", s)
	}
	if strings.Contains(x.LogValue().String(), "secret") {
		t.Error("a term is logged in full")
	}
}
