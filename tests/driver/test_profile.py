"""Which family a modem belongs to, and how its announcements are switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsm_driver import GENERIC, Modem, ModemIdentity
from gsm_driver.profile import PROFILES, profile_for
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, ScriptedModem, ok

if TYPE_CHECKING:
    from gsm_driver import ModemProfile
    from tests.driver.scripted_modem import Table


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("SIMCOM_Ltd", "SIMCOM_SIM800C", "simcom-2g"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "simcom-lte"),
        ("SIMCOM INCORPORATED", "A7670E-FASE", "simcom-lte"),
        ("Quectel", "EC25", "quectel"),
        ("QUECTEL", "EG25-G", "quectel"),
        ("huawei", "E3372", "huawei"),
        ("Huawei Technologies", "E1550", "huawei"),
        ("ZTE CORPORATION", "MF190", "zte"),
        ("Cinterion", "MC75i", "cinterion"),
        ("SIEMENS", "TC35i", "cinterion"),
        ("Sierra Wireless, Incorporated", "MC7455", "generic"),
        ("", "", "generic"),
    ],
)
def test_the_family_is_found_by_what_the_modem_says(manufacturer: str, model: str, name: str) -> None:
    identity = ModemIdentity(manufacturer=manufacturer, model=model, firmware="", imei="")
    assert profile_for(identity).name == name


@pytest.mark.parametrize("profile", [GENERIC, *PROFILES], ids=lambda profile: profile.name)
def test_every_family_has_a_last_resort(profile: ModemProfile) -> None:
    """Where reports cannot be announced, messages still are."""
    assert any(len(form) < 4 or form[3] == 0 for form in profile.indications)
    assert all(form[1] in {1, 2} for form in profile.indications)


def test_quectel_never_gets_reports_by_place() -> None:
    """EC25 announces them at a wrong one (gammu#676)."""
    (quectel,) = (profile for profile in PROFILES if profile.name == "quectel")
    assert all(len(form) < 4 or form[3] != 2 for form in quectel.indications)


async def taken(*tables: Table) -> list[str]:
    """The forms of AT+CNMI= that were tried; the last one was taken."""
    wire = ScriptedModem(PLAIN, {"AT+CNMI=2,1,0,1,0": ERROR}, *tables)
    async with Modem("scripted", connect=wire.connect):
        return [line for line in wire.written if line.startswith("AT+CNMI=") and line != "AT+CNMI=?"]


@pytest.mark.parametrize(
    ("support", "answers", "tried"),
    [
        # Lists ds=1 and refuses it: many Qualcomm modems (ModemManager).
        (
            ok("+CNMI: (0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)"),
            {"AT+CNMI=2,1,0,2,0": ok()},
            ["2,1,0,1,0", "2,1,0,1,1", "2,1,0,2,0"],
        ),
        # MC75i: bfr only 1, ds only 0 and 2.
        (ok("+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)"), {"AT+CNMI=2,1,0,2,1": ok()}, ["2,1,0,2,1"]),
        # No reports at all.
        (ok("+CNMI: (0-2),(0-1),(0),(0),(0)"), {"AT+CNMI=2,1,0,0,0": ok()}, ["2,1,0,0,0"]),
        # No blank after the colon.
        (ok("+CNMI:(0-3),(0-1),(0),(0,1),(0,1)"), {"AT+CNMI=2,1,0,1,1": ok()}, ["2,1,0,1,0", "2,1,0,1,1"]),
        # Two parameters only.
        (ok("+CNMI: (0-2),(0-1)"), {"AT+CNMI=2,1": ok()}, ["2,1"]),
        # Direct delivery only.
        (ok("+CNMI: (0-2),(2),(0),(0,1),(0)"), {"AT+CNMI=2,2,0,1,0": ok()}, ["2,2,0,1,0"]),
        # Lists nothing of what it takes.
        (ok("+CNMI: (3),(0),(0),(0),(0)"), {"AT+CNMI=2,1,0,0,0": ok()}, None),
        # Will not say.
        (ERROR, {"AT+CNMI=2,1": ok()}, None),
        # Says it in a form that nobody reads.
        (ok("+CNMI: none"), {"AT+CNMI=1,1": ok()}, None),
    ],
)
def test_the_modems_list_decides_the_order(support: bytes, answers: Table, tried: list[str] | None) -> None:
    async def story() -> None:
        forms = [line.removeprefix("AT+CNMI=") for line in await taken({"AT+CNMI=?": support}, answers)]
        if tried is not None:
            assert forms == tried
        assert f"AT+CNMI={forms[-1]}" in answers

    virtual_time.run(story())


@virtual_time.story
async def test_a_modem_that_announces_nothing_is_used_all_the_same() -> None:
    forms = await taken({"AT+CNMI=*": ERROR})
    assert len(forms) == len(GENERIC.indications)


@virtual_time.story
async def test_a_family_may_have_commands_of_its_own() -> None:
    wire = ScriptedModem(
        PLAIN, {"AT+CGMI": ok("ZTE CORPORATION"), "AT+CPMS?": ok('+CPMS: "ME",0,9,"ME",0,9,"ME",0,9')}
    )
    async with Modem("scripted", connect=wire.connect):
        assert wire.count("AT+CPMS?") == 1
