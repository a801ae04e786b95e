package privacy

import (
	"fmt"
	"html/template"
	"strings"
)

// Statement is the text in which a site says what it does: to be read and changed by whoever is responsible for it. It says what is true
// of the settings it was made from, so it is to be made again when they change. It is no legal advice.
type Statement struct {
	Title    string
	Sections []Section
}

// Section is a heading with paragraphs and, after them, a list.
type Section struct {
	Title string
	Text  []string
	List  []string
}

// NewStatement writes the statement for a site.
func NewStatement(f Facts, l Language) Statement {
	if l == Bokmal {
		return statementNB(f)
	}
	return statementEN(f)
}

// String returns the statement as plain text: headings are underlined, lines of a list begin with a hyphen.
func (s Statement) String() string {
	var b strings.Builder
	heading := func(text, under string) {
		fmt.Fprintf(&b, "%s\n%s\n\n", text, strings.Repeat(under, len([]rune(text))))
	}
	heading(s.Title, "=")
	for _, section := range s.Sections {
		heading(section.Title, "-")
		for _, paragraph := range section.Text {
			b.WriteString(paragraph + "\n\n")
		}
		for _, item := range section.List {
			b.WriteString("- " + item + "\n")
		}
		if len(section.List) > 0 {
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// HTML returns the statement as a fragment of a page, its title a heading of the second level.
func (s Statement) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<h2>%s</h2>\n", template.HTMLEscapeString(s.Title))
	for _, section := range s.Sections {
		fmt.Fprintf(&b, "<h3>%s</h3>\n", template.HTMLEscapeString(section.Title))
		for _, paragraph := range section.Text {
			fmt.Fprintf(&b, "<p>%s</p>\n", template.HTMLEscapeString(paragraph))
		}
		if len(section.List) > 0 {
			b.WriteString("<ul>\n")
			for _, item := range section.List {
				fmt.Fprintf(&b, "<li>%s</li>\n", template.HTMLEscapeString(item))
			}
			b.WriteString("</ul>\n")
		}
	}
	return b.String()
}

// list keeps the texts whose condition holds.
type list []string

func (l *list) when(is bool, text string) {
	if is {
		*l = append(*l, text)
	}
}
