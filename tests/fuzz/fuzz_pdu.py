"""Coverage-guided fuzzing of the codec with atheris, which is to be installed first.

    python tests/fuzz/fuzz_pdu.py CORPUS -max_total_time=300

CORPUS is a folder; the vectors are put into it first. A failure ends the run and leaves its input in a file
``crash-…``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # not in our requirements

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["gsm_driver.pdu"]):
    from gsm_driver.errors import PduDecodeError
    from gsm_driver.pdu.classify import classify
    from gsm_driver.pdu.tpdu import (
        Direction,
        Pdu,
        SmsDeliver,
        decode_pdu,
        decode_tpdu,
        encode_pdu,
        encode_tpdu,
    )
    from gsm_driver.pdu.user_data import UserData, join_text

VECTORS = Path(__file__).parents[1] / "vectors" / "pdu_vectors.json"


def one_input(data: bytes) -> None:
    """The first octet chooses direction and strictness; the rest is a PDU."""
    if not data:
        return
    direction = Direction.MT if data[0] & 1 else Direction.MO
    strict = bool(data[0] & 2)
    pdu = decode(data[1:].hex(), direction, strict=strict)
    if isinstance(pdu, PduDecodeError):
        assert pdu.offset is not None, "an error without its place"
        assert 0 <= pdu.offset < len(data), "a place outside the PDU"
        return
    use(pdu)
    if strict:
        octets = encode_tpdu(pdu.tpdu)
        assert decode_tpdu(octets, direction) == pdu.tpdu, "another TPDU came back"
        assert encode_pdu(Pdu(tpdu=pdu.tpdu)).hex_pdu == f"00{octets.hex().upper()}"


def decode(hex_pdu: str, direction: Direction, *, strict: bool) -> Pdu | PduDecodeError:
    """What decoding gives or raises; any other error ends the run."""
    try:
        return decode_pdu(hex_pdu, direction, strict=strict)
    except PduDecodeError as error:
        return error


def use(pdu: Pdu) -> None:
    """Read whatever can be read of a PDU."""
    repr(pdu)
    user_data = getattr(pdu.tpdu, "user_data", None)
    if isinstance(user_data, UserData):
        user_data.text.encode()
        join_text((user_data, None, user_data)).encode()
    if isinstance(pdu.tpdu, SmsDeliver):
        classify(pdu.tpdu)
        pdu.tpdu.service_centre_time.to_datetime()


def plant(corpus: Path) -> None:
    """Put the vectors into `corpus`, each for both directions."""
    corpus.mkdir(parents=True, exist_ok=True)
    for row in json.loads(VECTORS.read_text()):
        try:
            octets = (b"" if row["has_smsc"] else b"\0") + bytes.fromhex(row["pdu_hex"])
        except ValueError:
            continue  # rows that are no hex
        for mode in range(4):
            (corpus / f"{row['id']}-{mode}").write_bytes(bytes((mode,)) + octets)


if __name__ == "__main__":
    plant(Path(sys.argv[1]))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
