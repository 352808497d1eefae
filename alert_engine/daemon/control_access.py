"""What the control socket does about PINs, one-time codes, the switch of commands, and opt-outs at providers.

``{"do": "pin", "person": "anna", "pin": "…"}``, ``{"do": "forget", "person": "anna"}``, ``{"do": "unlock"}``
    ``{"done": true}``
``{"do": "totp", "person": "anna"}``
    ``{"done": true, "uri": "otpauth://…"}``: told this once.
``{"do": "allow", "recipient": "anna"}``
    ``{"done": true, "lifted": 1}``: so many providers are believed no more that they were told to stop.

Whoever can open the socket owns the journal, so nothing more is asked; the audit says that it was done here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.errors import EngineError, UnknownRecipientError

if TYPE_CHECKING:
    from alert_engine.engine import AlertEngine

ACTOR = "command_line"  # in the audit
WORDS = frozenset({"pin", "totp", "forget", "unlock", "allow"})


async def change_access(engine: AlertEngine, request: dict[str, Any]) -> dict[str, Any]:
    """Do one of `WORDS`, and say how it went."""
    try:
        return {"done": True, **await _change(engine, request)}
    except UnknownRecipientError as err:
        return {"error": str(err), "unknown": True}
    except EngineError as err:
        return {"error": str(err)}
    except _NoRequestError:
        return {"error": "this is no request that the gateway knows"}


class _NoRequestError(Exception):
    """A field is missing or of another kind."""


async def _change(engine: AlertEngine, request: dict[str, Any]) -> dict[str, Any]:
    access = engine.access
    match request:
        case {"do": "pin", "person": str(person), "pin": str(pin)}:
            await access.set_pin(person, pin, by=ACTOR)
        case {"do": "totp", "person": str(person)}:
            return {"uri": await access.set_totp(person, by=ACTOR)}
        case {"do": "forget", "person": str(person)}:
            await access.clear_secrets(person, by=ACTOR)
        case {"do": "allow", "recipient": str(recipient)}:
            return {"lifted": await access.allow(recipient, by=ACTOR)}
        case {"do": "unlock"}:
            await access.enable_commands(by=ACTOR)
        case _:
            raise _NoRequestError
    return {}
