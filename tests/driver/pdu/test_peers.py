"""The same bytes, read and written by others. Each disagreement is listed with its reason.

Needs python-gsmmodem-new, smspdudecoder (with bitstring below 5) and python-gammu. What is not installed is
skipped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gsm_driver.pdu.address import Address
from gsm_driver.pdu.dcs import Alphabet
from gsm_driver.pdu.segmentation import plan_sms
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import Direction, Pdu, SmsDeliver, decode_pdu, encode_pdu

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "pdu_vectors.json").read_text()
)
TIME = Timestamp(bytes.fromhex("62102030405080"))


class Reading(NamedTuple):
    """What a peer sees in an SMS-DELIVER."""

    number: str
    text: str


def python_gammu() -> Callable[[str], Reading]:
    gammu = pytest.importorskip("gammu", reason="python-gammu is not installed")

    def read(hex_pdu: str) -> Reading:
        message = gammu.DecodePDU(bytes.fromhex(hex_pdu), True)  # noqa: FBT003  # with SMSC
        return Reading(message["Number"], message["Text"])

    return read


def python_gsmmodem() -> Callable[[str], Reading]:
    pdu = pytest.importorskip("gsmmodem.pdu", reason="python-gsmmodem-new is not installed")

    def read(hex_pdu: str) -> Reading:
        message = pdu.decodeSmsPdu(hex_pdu)
        return Reading(message["number"], message["text"])

    return read


def smspdudecoder() -> Callable[[str], Reading]:
    easy = pytest.importorskip(
        "smspdudecoder.easy", reason="smspdudecoder is not installed", exc_type=ImportError
    )

    def read(hex_pdu: str) -> Reading:
        message = easy.read_incoming_sms(hex_pdu)
        return Reading(message["sender"], message["content"])

    return read


PEERS = [python_gammu, python_gsmmodem, smspdudecoder]

NAMES = "letters of a name are taken for ASCII where the GSM alphabet differs"
SURROGATES = "half a surrogate pair is an error or is passed on as it is"
BEYOND = "septets are read beyond TP-UDL"
DISAGREEMENTS = {
    "python_gammu": {
        "ofono-003": NAMES,
        "gammu-100": NAMES,
        "modemmanag-023": BEYOND,
        "pythonmess-093": BEYOND,
        "warthog618-201": "half a UCS2 character is an error",
    },
    "python_gsmmodem": {
        "modemmanag-023": "reads § as a grave accent",
        "modemmanag-032": "after a header with a 16 bit reference the first character is lost",
        "gammu-130": BEYOND,
        "warthog618-198": SURROGATES,
        "warthog618-199": SURROGATES,
        "warthog618-200": SURROGATES,
        "warthog618-201": SURROGATES,
    },
    "smspdudecoder": {
        "ofono-002": "a name of 13 semi-octets is read as 14: it gets an @",
        "warthog618-198": SURROGATES,
        "warthog618-199": SURROGATES,
        "warthog618-200": SURROGATES,
        "warthog618-201": "half a UCS2 character is an error",
    },
}


def our_reading(hex_pdu: str) -> Reading:
    tpdu = decode_pdu(hex_pdu, Direction.MT).tpdu
    assert isinstance(tpdu, SmsDeliver)
    return Reading(tpdu.originating_address.number, tpdu.user_data.text)


def texts() -> list[dict[str, Any]]:
    """The SMS-DELIVERs with a text; no peer knows the national tables."""
    rows = [row for row in ROWS if row["direction"] == "MT-DELIVER" and row["has_smsc"]]
    return [row for row in rows if "national-table" not in row["tags"] and "data_hex" not in row["expected"]]


@pytest.mark.parametrize("peer", PEERS)
def test_peers_read_the_vectors_like_us_but_for_their_errors(
    peer: Callable[[], Callable[[str], Reading]],
) -> None:
    read = peer()
    differing = set()
    for row in texts():
        tpdu = decode_pdu(row["pdu_hex"], Direction.MT).tpdu
        assert isinstance(tpdu, SmsDeliver)
        if tpdu.user_data.alphabet is Alphabet.DATA:
            continue
        try:
            theirs: Reading | None = read(row["pdu_hex"])
        except Exception:  # noqa: BLE001  # peers raise what they like
            theirs = None
        if theirs != our_reading(row["pdu_hex"]):
            differing.add(row["id"])
    assert differing == set(DISAGREEMENTS[peer.__name__])


MESSAGES = [
    "hello",
    "a{b}[c] €",
    "Ärger @ 5 Δ",
    "a" * 160,
    "a" * 200,
    "{" * 100,
    "a" * 152 + "€" + "b" * 20,
    "Привет",
    "п" * 100,
]


@pytest.mark.parametrize("text", MESSAGES, ids=ascii)
@pytest.mark.parametrize("peer", PEERS)
def test_peers_read_what_we_write(peer: Callable[[], Callable[[str], Reading]], text: str) -> None:
    read = peer()
    joined = ""
    for submit in plan_sms("0", text).segments:
        deliver = SmsDeliver(
            originating_address=Address.parse("+436641234567"),
            service_centre_time=TIME,
            user_data=submit.user_data,
            data_coding_scheme=submit.data_coding_scheme,
        )
        reading = read(encode_pdu(Pdu(smsc=Address.parse("+43664"), tpdu=deliver)).hex_pdu)
        assert reading.number == "+436641234567"
        joined += without_fill(peer.__name__, reading.text)
    assert joined == text


def without_fill(peer: str, text: str) -> str:
    """Two read beyond TP-UDL: gammu whatever is there, smspdudecoder the last zero bits."""
    if peer == "python_gammu":
        return text.partition("\0")[0]
    return text.rstrip("@") if peer == "smspdudecoder" else text


@pytest.mark.parametrize("text", MESSAGES, ids=ascii)
def test_python_gsmmodem_writes_the_same_octets(text: str) -> None:
    """But for emoji, at which it fails."""
    theirs = pytest.importorskip("gsmmodem.pdu", reason="python-gsmmodem-new is not installed")
    number, reference = "+436641234567", 7
    plan = plan_sms(number, text, report_requested=True, concat_reference=reference)
    ours = [encode_pdu(Pdu(tpdu=replace(submit, message_reference=reference))) for submit in plan.segments]
    written = theirs.encodeSmsSubmitPdu(number, text, reference=reference, requestStatusReport=True)
    assert [(pdu.hex_pdu, pdu.tpdu_length) for pdu in ours] == [
        (str(pdu).upper(), pdu.tpduLength) for pdu in written
    ]
