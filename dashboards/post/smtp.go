package post

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// Mailer hands mail to one SMTP server. It is safe for concurrent use: each message has a connection of its own.
type Mailer struct {
	host, from string
	options    []mail.Option
}

// mailTimeout is how long a server may take for a message.
const mailTimeout = 30 * time.Second

// ParseSMTP returns the mailer of smtp://user:password@host:port?from=sporlos@example.org. smtps:// is TLS from the first byte; smtp:// asks for
// STARTTLS, and insists on it where a password would be told, unless the server is on this machine. ?tls=off does without, ?tls=required insists.
func ParseSMTP(text string) (*Mailer, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return nil, errors.New("--smtp-url is not one: write it as smtps://user:password@mail.example.org:465?from=sporlos@example.org") // the text may hold a password
	}
	m := &Mailer{host: u.Hostname(), from: u.Query().Get("from")}
	if m.from == "" {
		m.from = "sporlos@" + m.host
	}
	if _, _, err := net.SplitHostPort(u.Host); err != nil && u.Port() != "" {
		return nil, fmt.Errorf("--smtp-url: %q is no port", u.Port())
	}
	m.options = append(m.options, mail.WithTimeout(mailTimeout))
	password, hasPassword := u.User.Password()
	policy := mail.TLSOpportunistic
	if hasPassword && !onThisMachine(m.host) {
		policy = mail.TLSMandatory
	}
	switch u.Query().Get("tls") {
	case "off":
		policy = mail.NoTLS
	case "required":
		policy = mail.TLSMandatory
	}
	if u.Scheme == "smtps" {
		m.options = append(m.options, mail.WithSSLPort(false))
	} else {
		m.options = append(m.options, mail.WithTLSPortPolicy(policy))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		m.options = append(m.options, mail.WithPort(port))
	}
	if hasPassword {
		kind := mail.SMTPAuthAutoDiscover
		if policy != mail.TLSMandatory && u.Scheme == "smtp" {
			kind = mail.SMTPAuthPlainNoEnc
		}
		m.options = append(m.options, mail.WithSMTPAuth(kind), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	probe := mail.NewMsg()
	if err := probe.From(m.from); err != nil {
		return nil, fmt.Errorf("--smtp-url: from=%q is not an e-mail address", m.from)
	}
	if _, err := mail.NewClient(m.host, m.options...); err != nil {
		return nil, fmt.Errorf("--smtp-url: %w", err)
	}
	return m, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Message is one mail to one recipient.
type Message struct {
	ID          string // the same when it is sent again, so that a mailbox can tell; without <> and host
	To, Subject string
	Text, HTML  string // HTML may be empty
	Unsubscribe string // address that takes the recipient off the list, by GET after a question and by POST at once; "": none
	Language    string // tag
}

// Send hands the message over. An error says what the server said, without the recipient.
func (m *Mailer) Send(ctx context.Context, msg Message) error {
	mm := mail.NewMsg()
	if err := errors.Join(mm.FromFormat("Sporløs", m.from), mm.To(msg.To)); err != nil {
		return errors.New("the address of a recipient or of the sender is not one")
	}
	mm.Subject(msg.Subject)
	mm.SetMessageIDWithValue(msg.ID + "@" + m.host)
	mm.SetDate()
	mm.SetGenHeader(mail.HeaderContentLang, msg.Language)
	mm.SetGenHeader("Auto-Submitted", "auto-generated")
	if msg.Unsubscribe != "" {
		mm.SetGenHeader("List-Unsubscribe", "<"+msg.Unsubscribe+">")
		mm.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	mm.SetBodyString(mail.TypeTextPlain, msg.Text)
	if msg.HTML != "" {
		mm.AddAlternativeString(mail.TypeTextHTML, msg.HTML)
	}
	client, err := mail.NewClient(m.host, m.options...)
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, mm); err != nil {
		return fmt.Errorf("the mail server %s did not take the message: %s", m.host, told(err))
	}
	return nil
}

// told is what a server said, without an address: servers like to quote it.
func told(err error) string {
	var send *mail.SendError
	if errors.As(err, &send) && send.ErrorCode() != 0 {
		return fmt.Sprintf("it answered %d %s", send.ErrorCode(), send.EnhancedStatusCode())
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Error()
	}
	if errors.As(err, &send) {
		return send.Reason.String()
	}
	return err.Error()
}
