"""Each fault does what it says, where and when it says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator import (
    Delay,
    Fail,
    Fault,
    FaultPlan,
    Inject,
    LoseRegistration,
    Moment,
    Reboot,
    Replace,
    Silence,
    Unplug,
    faults,
)
from gsm_driver.simulator.faults import Lose, fault_from_dict
from tests.driver.simulator.bench import Bench

if TYPE_CHECKING:
    from gsm_driver.simulator.faults import Effect

OK = b"\r\nOK\r\n"
HOLA = ("0001000B914316565811F9000004E8373B0C", 17)  # python-messaging: "hola" to +34616585119
SENT = b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n"
DELIVER = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07"


def faulty(*plan: Fault, seed: int = 0, **conditions: Any) -> Bench:
    """A bench with these faults, set up before the first of them can strike."""
    bench = Bench(**conditions).quiet()
    bench.modem.faults.replace(plan, seed=seed)
    bench.modem.settings.cnmi = (2, 1, 0, 0, 0)
    return bench


class TestPlan:
    def test_faults_strike_at_their_occurrences_counted_from_one(self) -> None:
        plan = FaultPlan([Fault(moment=Moment.SUBMIT, effect=Lose(), at=(2,), every=5)])
        struck = [bool(plan.due(Moment.SUBMIT, "+CMGS")) for _ in range(11)]
        assert [place for place, hit in enumerate(struck, 1) if hit] == [2, 5, 10]
        assert plan.strikes == {0: 3}

    def test_without_when_they_always_strike_up_to_the_limit(self) -> None:
        plan = FaultPlan([Fault(moment=Moment.COMMAND, effect=Lose(), limit=2)])
        assert [len(plan.due(Moment.COMMAND, "")) for _ in range(4)] == [1, 1, 0, 0]

    def test_a_rate_is_drawn_from_the_seed(self) -> None:
        def strikes(seed: int) -> list[int]:
            plan = FaultPlan([Fault(moment=Moment.ANSWER, effect=Lose(), rate=0.3)], seed=seed)
            return [place for place in range(100) if plan.due(Moment.ANSWER, "+CSQ")]

        assert strikes(1) == strikes(1) != strikes(2)
        assert 15 < len(strikes(1)) < 45

    def test_only_the_named_command_counts(self) -> None:
        plan = FaultPlan([Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGS", at=(1,))])
        assert not plan.due(Moment.ANSWER, "+CSQ")
        assert not plan.due(Moment.PROMPT, "+CMGS")
        assert plan.due(Moment.ANSWER, "+CMGS")

    @pytest.mark.parametrize(
        ("moment", "effect"),
        [(Moment.COMMAND, Replace(data=b"x")), (Moment.SUBMIT, Delay(seconds=1)), (Moment.ANSWER, Fail())],
    )
    def test_an_effect_without_sense_at_its_moment_is_refused(self, moment: Moment, effect: Effect) -> None:
        with pytest.raises(ValueError, match="cannot strike at"):
            Fault(moment=moment, effect=effect)

    def test_a_fault_is_read_from_json(self) -> None:
        values = {"moment": "submit", "effect": "silence", "seconds": 5, "sent": True, "every": 20}
        assert fault_from_dict(values) == Fault(
            moment=Moment.SUBMIT, effect=Silence(seconds=5, sent=True), every=20
        )
        values = {"moment": "answer", "effect": "inject", "data": "\xff\x00", "offset": -2, "at": [1, 4]}
        assert fault_from_dict(values) == Fault(
            moment=Moment.ANSWER, effect=Inject(data=b"\xff\x00", offset=-2), at=(1, 4)
        )

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"moment": "never", "effect": "lose"},
            {"moment": "answer", "effect": "explode"},
            {"moment": "answer", "effect": "lose", "sometimes": True},
            {"moment": "answer", "effect": "replace"},
            {"moment": "answer", "effect": "inject", "data": "漢"},
            {"moment": "command", "effect": "delay", "seconds": 1},
        ],
    )
    def test_what_is_no_fault_is_named_so(self, values: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="not a fault"):
            fault_from_dict(values)


class TestPrompt:
    def test_lost(self) -> None:
        bench = faulty(faults.prompt_lost(at=(1,)))
        assert bench.write(b"AT+CMGS=17\r") == b""
        assert bench.modem.interpreter.is_at_prompt
        assert bench.write(b"\x1bAT\r") == OK + OK
        assert bench.submit(*HOLA) == SENT

    @pytest.mark.parametrize("prompt", [b"\r\n>", b"\r\n>\r\n", b">"])
    def test_in_another_form(self, prompt: bytes) -> None:
        bench = faulty(faults.prompt_form(prompt))
        assert bench.submit(*HOLA) == prompt + b"\r\n+CMGS: 1\r\n\r\nOK\r\n"

    def test_and_ok_at_once_and_nothing_afterwards(self) -> None:
        bench = faulty(*faults.prompt_then_ok())
        assert bench.submit(*HOLA) == b"\r\n> \r\nOK\r\n"
        assert bench.phone.texts == ["hola"]

    def test_late(self) -> None:
        bench = faulty(Fault(moment=Moment.PROMPT, effect=Delay(seconds=3)))
        assert bench.write(b"AT+CMGS=17\r") == b""
        assert bench.after(3) == b"\r\n> "


class TestSubmit:
    def test_final_result_lost_though_sent(self) -> None:
        bench = faulty(faults.final_lost(at=(1,)))
        assert bench.submit(*HOLA) == b"\r\n> "
        assert bench.phone.texts == ["hola"]
        assert bench.write(b"AT\r") == OK

    @pytest.mark.parametrize("sent", [False, True])
    def test_error(self, *, sent: bool) -> None:
        bench = faulty(faults.submit_error(500, sent=sent, every=2))
        assert bench.submit(*HOLA) == SENT
        assert bench.submit(*HOLA) == b"\r\n> \r\n+CMS ERROR: 500\r\n"
        assert bench.after(0) == b""
        assert len(bench.phone.texts) == (2 if sent else 1)

    @pytest.mark.parametrize("sent", [False, True])
    def test_deaf_and_silent(self, *, sent: bool) -> None:
        bench = faulty(faults.deaf_at_submit(5.0, sent=sent, at=(1,)))
        assert bench.submit(*HOLA) == b"\r\n> "
        assert bench.write(b"AT\r") == b""
        assert bench.after(4.9) == b""
        assert bench.after(0.1) == b""
        assert bench.write(b"AT\r") == OK
        assert bench.phone.texts == (["hola"] if sent else [])

    def test_ctrl_z_lost(self) -> None:
        bench = faulty(Fault(moment=Moment.SUBMIT, effect=Lose(), at=(1,)))
        assert bench.submit(*HOLA) == b"\r\n> "
        assert bench.phone.texts == []
        assert bench.write(b"\x1a") == b"\r\n+CMGS: 2\r\n\r\nOK\r\n"
        assert bench.phone.texts == ["hola"]

    def test_ctrl_z_lost_and_escaped(self) -> None:
        bench = faulty(Fault(moment=Moment.SUBMIT, effect=Lose(), at=(1,)))
        bench.submit(*HOLA)
        assert bench.write(b"\x1b") == OK
        assert bench.phone.texts == []

    @pytest.mark.parametrize("sent", [False, True])
    def test_reboot(self, *, sent: bool) -> None:
        bench = faulty(Fault(moment=Moment.SUBMIT, effect=Reboot(sent=sent), at=(1,)))
        assert bench.submit(*HOLA) == b"\r\n> "
        assert bench.after(0.5) == b"\r\nRDY\r\n"
        assert bench.phone.texts == (["hola"] if sent else [])
        assert bench.write(b"AT\r") == b"AT\r\r\nOK\r\n"

    def test_a_result_that_comes_after_a_reboot_is_not_told(self) -> None:
        bench = faulty(submit_latency=5.0)
        bench.submit(*HOLA)
        bench.modem.reboot()
        assert bench.after(10) == b"\r\nRDY\r\n"
        assert bench.phone.texts == ["hola"]

    def test_registration_lost_and_sent_all_the_same(self) -> None:
        bench = faulty(Fault(moment=Moment.SUBMIT, effect=LoseRegistration(seconds=10), at=(1,)))
        assert bench.submit(*HOLA) == SENT
        assert bench.submit(*HOLA) == b"\r\n> \r\n+CMS ERROR: 331\r\n"
        bench.after(10)
        assert bench.submit(*HOLA) == b"\r\n> \r\n+CMGS: 2\r\n\r\nOK\r\n"


class TestAnswer:
    def test_garbage_in_it(self) -> None:
        bench = faulty(faults.garbage_in_answer(b"\xff\x00", offset=4))
        assert bench.write(b"AT+CSQ\r") == b"\r\n+C\xff\x00SQ: 20,0\r\n\r\nOK\r\n"

    def test_an_unsolicited_line_in_it(self) -> None:
        bench = faulty(faults.urc_in_answer("^RSSI: 18", offset=14))
        assert bench.write(b"AT+CSQ\r") == b"\r\n+CSQ: 20,0\r\n\r\n^RSSI: 18\r\n\r\nOK\r\n"

    def test_another_one(self) -> None:
        bench = faulty(Fault(moment=Moment.ANSWER, effect=Replace(data=OK), command="+CMGS"))
        assert bench.submit(*HOLA) == b"\r\n> \r\nOK\r\n"

    def test_late(self) -> None:
        bench = faulty(Fault(moment=Moment.ANSWER, effect=Delay(seconds=2), command="+CSQ"))
        assert bench.write(b"AT+CSQ\r") == b""
        assert bench.after(2) == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"

    def test_two_faults_at_once(self) -> None:
        bench = faulty(
            faults.garbage_in_answer(b"\xff", offset=0), faults.garbage_in_answer(b"\x00", offset=-2)
        )
        assert bench.write(b"AT\r") == b"\xff\r\nOK\x00\r\n"


class TestCommand:
    def test_swallowed(self) -> None:
        bench = faulty(Fault(moment=Moment.COMMAND, effect=Lose(), at=(1,)))
        assert bench.write(b"AT\r") == b""
        assert bench.write(b"AT\r") == OK

    def test_refused(self) -> None:
        bench = faulty(Fault(moment=Moment.COMMAND, effect=Fail(final="ERROR"), command="+CNMI"))
        assert bench.write(b"AT+CNMI=2,1\r") == b"\r\nERROR\r\n"
        assert bench.write(b"AT+CSQ\r").endswith(OK)

    def test_hang_lasts_until_the_power_was_off(self) -> None:
        bench = faulty(Fault(moment=Moment.COMMAND, effect=Silence(), at=(1,)))
        assert bench.write(b"AT\r") == b""
        assert bench.after(1e6) == b""
        assert bench.write(b"AT\r") == b""
        bench.simulator.unplug(seconds=2)
        assert bench.after(10) == b"\r\nRDY\r\n"
        assert bench.write(b"AT\r").endswith(OK)


class TestAnnouncement:
    def test_lost_and_the_message_stays(self) -> None:
        bench = faulty(faults.announcement_lost(every=2))
        for _ in range(4):
            bench.network.deliver_pdu(DELIVER)
        assert bench.after(0) == b'\r\n+CMTI: "SM",1\r\n\r\n+CMTI: "SM",3\r\n'
        assert bench.modem.storages["SM"].used == 4

    def test_reboot_instead(self) -> None:
        bench = faulty(Fault(moment=Moment.ANNOUNCE, effect=Reboot(), command="+CMTI", at=(1,)))
        bench.network.deliver_pdu(DELIVER)
        assert bench.after(1) == b"\r\nRDY\r\n"
        assert bench.write(b"AT+CMGR=1\r").endswith(OK)

    def test_while_silent_it_is_lost(self) -> None:
        bench = faulty()
        bench.modem.fall_silent(5)
        bench.network.deliver_pdu(DELIVER)
        assert bench.after(10) == b""
        assert bench.modem.storages["SM"].used == 1


class TestUnplug:
    @pytest.mark.parametrize(
        ("moment", "sent"),
        [
            (Moment.COMMAND, False),
            (Moment.PROMPT, False),
            (Moment.BODY, False),
            (Moment.SUBMIT, False),
            (Moment.SUBMIT, True),
            (Moment.ANSWER, True),
        ],
    )
    def test_at_each_moment_of_a_send(self, moment: Moment, *, sent: bool) -> None:
        effect = Unplug(seconds=3, returns_as="modem1", sent=sent)
        bench = faulty(Fault(moment=moment, effect=effect, command="+CMGS", at=(1,)))
        bench.submit(*HOLA)
        assert bench.end.gone == 1
        assert not bench.simulator.is_plugged
        assert bench.phone.texts == (["hola"] if sent else [])
        bench.after(3)
        assert bench.end.names == ["modem1"]
        assert bench.simulator.had_name("modem0")
        bench.after(1)
        assert bench.write(b"ATE0\r").endswith(OK)

    def test_by_hand_and_back_by_hand(self) -> None:
        bench = faulty()
        bench.simulator.plug_in()
        assert bench.end.names == []
        bench.simulator.unplug(seconds=60)
        bench.simulator.unplug()
        assert bench.end.gone == 1
        assert bench.write(b"AT\r") == b""
        bench.simulator.plug_in("other")
        bench.simulator.unplug()
        assert bench.after(100) == b""
        assert not bench.simulator.is_plugged

    def test_what_comes_meanwhile_arrives_afterwards(self) -> None:
        bench = faulty()
        bench.simulator.unplug(seconds=5)
        bench.network.deliver_pdu(DELIVER)
        bench.after(6)
        assert bench.modem.storages["SM"].used == 1

    def test_a_modem_without_ports_can_be_unplugged_too(self) -> None:
        bench = faulty()
        bench.modem.on_unplug = lambda effect: None
        bench.modem.unplug()
        assert not bench.modem.power.is_on


def test_storage_full_is_filled_by_hand() -> None:
    bench = faulty()
    bench.modem.fill_storage("SM")
    assert bench.write(b"AT+CPMS?\r").startswith(b'\r\n+CPMS: "SM",20,20,')
    assert bench.write(b"AT+CMGF=1\rAT+CMGR=1\r").endswith(
        b'\r\n+CMGR: "REC READ","123",,"25/01/01,00:00:00+00"\r\nA\r\n\r\nOK\r\n'
    )


def test_registration_can_be_lost_for_good() -> None:
    bench = faulty()
    bench.modem.lose_registration(math.inf)
    bench.after(1e6)
    assert bench.modem.registration is RegistrationStatus.SEARCHING


def test_a_body_begins_only_once() -> None:
    bench = faulty(Fault(moment=Moment.BODY, effect=Lose(), at=(1,)))
    bench.write(b"AT+CMGS=17\r")
    assert bench.write(b"0000000") == b""
    assert bench.write(HOLA[0][:10].encode()) == b""
    assert bench.write(HOLA[0][10:].encode() + b"\x1a") == b"\r\n+CMGS: 1\r\n\r\nOK\r\n"
