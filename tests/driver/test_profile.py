"""Which family a modem belongs to, and how its announcements are switched on."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from gsm_driver import GENERIC, ErrorClass, Modem, ModemIdentity, ModemProfile, SendRejectedError, UsageError
from gsm_driver.families import PROFILES, profile_for
from gsm_driver.sim import CONFIRM_DELAY
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, ScriptedModem, cms, ok

if TYPE_CHECKING:
    from tests.driver.scripted_modem import Table


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("SIMCOM_Ltd", "SIMCOM_SIM800C", "simcom-2g"),
        ("SIMCOM_Ltd", "SIMCOM_SIM900", "simcom-2g"),
        ("SIMCOM_Ltd", "SIMCOM_SIM7000E", "simcom-iot"),
        ("SIMCOM_Ltd", "SIMCOM_SIM7080", "simcom-iot"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "simcom-lte"),
        ("SIMCOM INCORPORATED", "SIM7670G-MNGV", "simcom-lte"),
        ("INCORPORATED", "A7670E-FASE", "simcom-lte"),
        ("Quectel_Ltd", "Quectel_M35", "quectel"),
        ("Quectel", "EC25", "quectel"),
        ("QUECTEL", "EG25-G", "quectel"),
        ("Quectel", "BG96", "quectel"),
        ("Quectel", "RM520N-GL", "quectel"),
        ("huawei", "E3372", "huawei"),
        ("huawei", "E173", "huawei-e173"),
        ("huawei", "E1752", "huawei"),
        ("Huawei Technologies Co., Ltd.", "ME909s-120", "huawei"),
        ("ZOWEE TECHNOLOGY (HEYUAN) CO., LTD.", "E3372-325", "huawei-brovi"),
        ("ZTE CORPORATION", "MF190", "zte"),
        ("ZTE INCORPORATED", "MF103", "zte"),
        ("Cinterion", "MC75i", "cinterion"),
        ("SIEMENS", "TC35i", "cinterion"),
        ("Sierra Wireless, Incorporated", "MC7455", "sierra"),
        ("Telit", "LE910C1-EU", "telit"),
        ("u-blox", "SARA-U201", "u-blox"),
        ("WAVECOM MODEM", "MULTIBAND  900E  1800", "wavecom"),
        ("Teltonika", "TRM240", "teltonika"),
        ("Nokia", "Nokia 6310i", "nokia"),
        ("Sony Ericsson", "AAB-1021011-CV", "sony-ericsson"),
        ("Fibocom", "L850-GL", "generic"),
        ("", "", "generic"),
    ],
)
def test_the_family_is_found_by_what_the_modem_says(manufacturer: str, model: str, name: str) -> None:
    identity = ModemIdentity(manufacturer=manufacturer, model=model, firmware="", imei="")
    assert profile_for(identity).name == name


ALL = pytest.mark.parametrize("profile", [GENERIC, *PROFILES], ids=lambda profile: profile.name)
_EXPLAINED = {entry.name for entry in fields(ModemProfile)} - {
    "name",
    "title",
    "manufacturers",
    "models",
    "quirks",
}


@ALL
def test_every_deviation_is_explained_and_every_quirk_names_its_source(profile: ModemProfile) -> None:
    """And no field is explained that keeps to the standard."""
    deviating = {name for name in _EXPLAINED if getattr(profile, name) != getattr(GENERIC, name)}
    assert deviating == {quirk.field for quirk in profile.quirks if quirk.field}
    assert all(quirk.source and quirk.text and not quirk.text.endswith(".") for quirk in profile.quirks)
    assert profile.title


def test_names_are_unique() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)


@ALL
def test_every_family_has_a_last_resort(profile: ModemProfile) -> None:
    """Where reports cannot be announced, messages still are."""
    assert any(len(form) < 4 or form[3] == 0 for form in profile.indications)
    assert all(form[1] in {1, 2, 3} for form in profile.indications)


def as_spoken_by(profile: ModemProfile) -> Table:
    """A modem that names itself so that this family is chosen, and knows only what the family knows."""
    manufacturer = profile.manufacturers[0] if profile.manufacturers else "nobody"
    first = ",".join(map(str, profile.indications[0]))
    slots = {f"AT+CMGR={slot}": ok() for slot in range(11)} if not profile.lists_messages else {}
    return {
        "AT+CGMI": ok(manufacturer),
        "AT+CGMM": ok(profile.models[0] or "model"),
        "AT+CNMI=?": ok("+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)"),
        "AT+CNMI=2,1,0,1,0": ERROR,
        f"AT+CNMI={first}": ok(),
        profile.iccid_command: ok("8943010000000000017"),
        profile.pin_counter_command: ok("+CPINR: SIM PIN,2,3", "+SPIC: 2,10,0,10", '+QPINC: "SC",2,10'),
        profile.reset_command or "none": ok(),
        **dict.fromkeys(profile.initialisation, ok()),
        **({} if profile.lists_messages else {"AT+CMGL=4": ERROR}),
        **slots,
    }


@ALL
@virtual_time.story
async def test_every_field_reaches_the_wire(*, profile: ModemProfile) -> None:
    wire = ScriptedModem(PLAIN, as_spoken_by(profile))
    async with Modem("scripted", connect=wire.connect) as modem:
        assert modem.profile is profile
        tried = [line for line in wire.written if line.startswith("AT+CNMI=") and line != "AT+CNMI=?"]
        assert tried == ["AT+CNMI=" + ",".join(map(str, profile.indications[0]))]
        assert await modem.sim.iccid() == "8943010000000000017"
        await modem.sim.status()
        assert wire.count(profile.iccid_command) == wire.count(profile.pin_counter_command) == 1
        for text in profile.initialisation:
            assert wire.count(text) >= 1
        await asyncio.sleep(1)
        assert (wire.count("AT+CMGL=4") > 0) is profile.lists_messages
        assert f"AT+CSMS={profile.message_service}" in wire.written
        if not profile.reset_command:
            with pytest.raises(UsageError, match="must not be restarted"):
                await modem.reset()
        else:
            await modem.reset()
            assert wire.written[-1] == profile.reset_command


@ALL
@virtual_time.story
async def test_every_family_gets_its_time_after_the_pin(*, profile: ModemProfile) -> None:
    states = [*[ok("+CPIN: SIM PIN")] * 2, ok("+CPIN: READY")]
    wire = ScriptedModem(PLAIN, as_spoken_by(profile), {"AT+CPIN?": states, 'AT+CPIN="1234"': ok()})
    began = asyncio.get_running_loop().time()
    async with Modem("scripted", connect=wire.connect, pin="1234"):
        took = asyncio.get_running_loop().time() - began
    assert profile.pin_settle_time <= took < profile.pin_settle_time + CONFIRM_DELAY + 1


@pytest.mark.parametrize(
    ("name", "error_class"), [("cinterion", ErrorClass.MEMORY), ("generic", ErrorClass.TEMPORARY)]
)
@virtual_time.story
async def test_the_vendors_own_codes_are_believed_of_that_vendor_only(
    *, name: str, error_class: ErrorClass
) -> None:
    """513 is "unable to store" at Siemens, and something else everywhere else."""
    profile = next(profile for profile in (GENERIC, *PROFILES) if profile.name == name)
    wire = ScriptedModem(PLAIN, as_spoken_by(profile), {"Ctrl-Z": cms(513)})
    async with Modem("scripted", connect=wire.connect) as modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send("+436601234567", "x")
        assert caught.value.error_class is error_class


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
