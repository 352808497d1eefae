"""How the settings of accounts are shown: what comes first, what is chosen from words, what is long.

Everything else about a setting is read from its class (`catalogue.settings_of`).
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The menu: who has an own API, and ways that many providers have.
CLOUD_TYPES: Final = (
    "twilio",
    "telesign",
    "infobip",
    "azure",
    "websms",
    "mylink",
    "link_common",
    "spryng",
    "spryng_v1",
    "vibes",
    "vibes_platform",
    "openvoip",
)
PROTOCOL_TYPES: Final = ("smtp", "smpp", "file_drop", "generic_http")

# Names of companies and products are the same in all languages. Also titles of new entries.
TITLES: Final[Mapping[str, str]] = {
    "twilio": "Twilio",
    "telesign": "TeleSign",
    "infobip": "Infobip",
    "azure": "Azure Communication Services",
    "websms": "websms",
    "mylink": "LINK Mobility MyLINK",
    "link_common": "LINK Mobility Common",
    "spryng": "Spryng",
    "spryng_v1": "Spryng v1",
    "vibes": "Vibes Connect",
    "vibes_platform": "Vibes Platform",
    "openvoip": "openvoip",
    "smpp": "SMPP",
    "smtp": "SMTP",
    "file_drop": "FTP",
    "generic_http": "HTTP",
}
PRESET_TITLES: Final[Mapping[str, str]] = {
    "berlinsms": "BerlinSMS",
    "berlinsms_xml": "BerlinSMS (XML)",
    "bulksms": "BulkSMS",
    "clickatell": "Clickatell",
    "clicksend": "ClickSend",
    "messagebird": "MessageBird",
    "seven": "seven.io",
    "sinch": "Sinch",
    "vonage": "Vonage",
}

# Beside what is required: without these most accounts are of no use. The rest is folded away.
FIRST: Final[Mapping[str, Sequence[str]]] = {
    "twilio": ("sender", "whatsapp_sender", "caller"),
    "telesign": ("sender_id", "calls"),
    "infobip": ("base_url", "sender", "whatsapp_sender", "voice_sender"),
    "websms": ("token", "user", "password", "sender"),
    "mylink": ("sender", "whatsapp_sender"),
    "link_common": ("gates",),
    "spryng": ("sender",),
    "vibes_platform": ("region",),
    "openvoip": ("sender",),
    "smpp": ("port", "tls", "sender"),
    "smtp": ("security", "username", "password", "preset"),
    "file_drop": ("security", "directory"),
}

LONG: Final = frozenset({"body", "call_prompt", "content"})  # several lines
ADDRESSES: Final = frozenset({"base_url"})
AS_TYPED: Final = frozenset({"body", "content", "separator"})  # blanks at their ends mean something

# Words that can be chosen, by type and setting; their texts are those of the selector with this key.
WORDS: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("smtp", "security"): ("mail_security", ("starttls", "tls", "none")),
    ("file_drop", "security"): ("ftp_security", ("explicit", "implicit", "none")),
    ("file_drop", "format"): ("file_format", ("plain", "csv", "xml")),
    ("file_drop", "line_end"): ("line_end", ("crlf", "lf")),
    ("file_drop", "channel"): ("file_channel", ("sms", "call")),
    ("smtp", "number_form"): ("number_form", ("digits", "plus", "double_zero")),
    ("file_drop", "number_form"): ("number_form", ("digits", "plus", "double_zero")),
    ("smpp", "long_messages"): ("long_messages", ("udh", "sar", "payload")),
    ("smpp", "message_ids"): ("message_ids", ("auto", "same", "hex", "decimal")),
    ("websms", "content_category"): ("content_category", ("informational", "advertisement")),
}
# The same, for words that are the provider's own and stay as they are.
OWN_WORDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("twilio", "region"): ("us1", "ie1", "au1"),
    ("telesign", "message_type"): ("ARN", "OTP", "MKT"),
    ("websms", "simple_http"): ("get", "post"),
    ("mylink", "encoding"): ("AutoDetect", "GSM", "UCS2"),
    ("mylink", "obfuscate"): ("Content", "ContentAndRecipient"),
    ("spryng", "character_set"): ("Auto", "GSM", "Unicode"),
    ("spryng_v1", "encoding"): ("auto", "plain", "unicode"),
    ("vibes_platform", "region"): ("us", "eu"),
    ("openvoip", "encoding"): ("utf-8", "iso-8859-1"),
    ("smpp", "alphabet"): ("gsm7", "latin-1"),
    ("smtp", "preset"): ("websms", "websms_link", "spryng"),
}

# By what two entries are the same account: these, and whatever it sends from.
IDENTITY: Final[Mapping[str, Sequence[str]]] = {
    "twilio": ("account_sid",),
    "telesign": ("customer_id",),
    "infobip": ("base_url", "api_key"),
    "azure": ("connection_string",),
    "websms": ("token", "user"),
    "mylink": ("client_id",),
    "link_common": ("base_url", "user", "platform_partner_id"),
    "spryng": ("account_reference",),
    "spryng_v1": ("api_key",),
    "vibes": ("user", "source"),
    "vibes_platform": ("company_key", "event_type"),
    "openvoip": ("secret", "caller_group"),
    "smpp": ("host", "port", "system_id"),
    "smtp": ("host", "username", "preset", "sms_to", "call_to"),
    "file_drop": ("host", "username", "directory", "channel"),
    "generic_http": ("preset", "settings", "send"),
}
SENDERS: Final = (
    "caller",
    "caller_id",
    "calls",
    "messaging_service",
    "sender",
    "sender_id",
    "voice_sender",
    "whatsapp_channel",
    "whatsapp_sender",
)
