"""Words that mean something to a program which takes them for more than words."""

from __future__ import annotations

EVIL = "+436699999999"  # whoever injects wants this number to get something

TEMPLATES = (
    "{text}{number}",
    "{0.__class__.__mro__}",
    "{{7*7}} {{ states('person.anna') }} {% raw %}",
    "${open} ${gateway} ${7*7} $open",
    "%(text)s %s%s%n %n",
    "#{7*7} <%= 7*7 %> `id` $(id)",
)
LINES = (
    "a\r\nBcc: evil@example.org\r\n\r\nb",
    "a\nTo: evil@example.org",
    "a\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.org>\r\nDATA\r\n",
    "a\n.\nb",
    "a\u2028Bcc: evil@example.org\u2029b\x85c",
    "=?utf-8?q?a?=\r\n =?utf-8?q?Bcc=3A_evil=40example=2Eorg?=",
    "a\x0b\x0cb",
)
MODEM = (
    "a\x1ab",
    "a\x1bb",
    '\r\nAT+CMGD=1,4\r\nAT+CPIN="0000"\r',
    "+++\r\nATH\rATD+436699999999;\r",
    '";+CMGS="+436699999999"\r',
    "\x00\x7fa",
)
FIELDS = (
    f"a&to={EVIL}&text=b",
    f'a","to":"{EVIL}","x":"',
    f"a</text><to>{EVIL}</to><text>",
    f"a;{EVIL};b\tc",
    "a%26to%3D%2B436699999999%00",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
)
SHOWN = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '=HYPERLINK("http://evil.example")\t@SUM(1)\t-1+1',
    "'; DROP TABLE message; --",
    "../../../../etc/passwd\x00.txt",
    "\x1b]0;evil\x07\x1b[2J\x1b[31m",
    "\x9b31m\x9d0;evil\x9c",
    "\u202eevil\u2066\u2069",
    "[bold red]evil[/] [link=http://evil.example]x[/link]",
)
WORDS = (*TEMPLATES, *LINES, *MODEM, *FIELDS, *SHOWN)

NUMBERS = (
    "+43660\rAT+CMGD=1,4\r",
    f'+436601234567";+CMGS="{EVIL}',
    "+436601234567\x1a",
    "+436601234567\r\n",
    "+436601234567&to=+436699999999",
    "+436601234567,+436699999999",
    "+436601234567;+436699999999",
    "+4366012345\u0666\u0667",
    "tel:+436601234567",
    "+436601234567@evil.example",
    "../anna",
    "anna\x00",
    "anna\nben",
    "*#06#",
    "**21*+436699999999#",
    "{number}",
    "#",
    "+",
)
NAMES = ("../../evil", "+", "#", "a/b", "$SYS/broker", "\x00", "a\nb", "ä" * 200, "home/#", "..%2fevil")
