"""AT commands as values: the text, what may answer it, how long that may take.

Each function builds one command of 3GPP TS 27.005 (short messages), 27.007 (the rest) or ITU-T V.250 (the
basic ones). Vendor commands that a profile names are built with `custom`.
"""

from __future__ import annotations

from .exchange import ANY_LINE, PLAIN_TIMEOUT, PROMPT_TIMEOUT, AtCommand

# Time-outs in seconds, counted from the last byte written. The plain one and the prompt's are in exchange.py.
SYNC_TIMEOUT = 2.0  # a harmless query; a modem that is awake needs 0.3
SIM_TIMEOUT = 20.0  # the SIM card answers, and may be busy for 15 s after power-on
STORAGE_TIMEOUT = 30.0  # a list of 50 slots is 20 s at 9,600 baud
# +CMGS: the network's own timers end at 42 s, but a modem may wait for a channel or for the network before.
# Quectel's manuals say 120 s, ModemManager waits for 180 and more. `ModemProfile` has the exceptions.
SUBMIT_TIMEOUT = 180.0
NETWORK_TIMEOUT = 60.0  # +CFUN and +COPS=0 answer when the radio has settled
# ATD and ATA: OK comes at once. A modem that keeps it until the far end answers (V.250 clause 6.3.1) must not
# keep the line from messages: it is given up, and the call is not.
DIAL_TIMEOUT = 1.0
HANG_UP_TIMEOUT = 5.0  # the network releases a call in 1 to 3
USSD_TIMEOUT = 5.0  # OK comes at once; the text follows as +CUSD. Where OK comes after it, nobody need wait


def custom(
    text: str,
    *prefixes: str,
    timeout: float = PLAIN_TIMEOUT,
    secret: bool = True,
    final_optional: bool = False,
) -> AtCommand:
    """Any other command, for example one that a profile names."""
    return AtCommand(
        text=text, prefixes=prefixes, timeout=timeout, secret=secret, final_optional=final_optional
    )


def _plain(text: str, *prefixes: str, timeout: float = PLAIN_TIMEOUT) -> AtCommand:
    """A command whose parameters are fit for a log."""
    return AtCommand(text=text, prefixes=prefixes, timeout=timeout, secret=False)


# --- The line itself (V.250) ---


def attention() -> AtCommand:
    """AT: is somebody there? May be repeated while an earlier command is unanswered; only OK ends it."""
    return AtCommand(text="AT", synchronises=True, secret=False)


def restore_results() -> AtCommand:
    """ATQ0V1E0: result codes on, and as words, for a modem that seems dumb. To be used like `attention`."""
    return AtCommand(text="ATQ0V1E0", synchronises=True, secret=False)


def echo_off() -> AtCommand:
    """ATE0. Echo may come back after a reset; the session copes with it."""
    return _plain("ATE0")


def synchronisers() -> tuple[AtCommand, ...]:
    """Harmless queries with different answers: each tells its own answer from that of any older command.

    All are answered without a SIM by most firmwares, AT+CMEE? by all that were met.
    """
    return tuple(
        AtCommand(
            text=f"AT{prefix}?",
            prefixes=(prefix,),
            timeout=SYNC_TIMEOUT,
            may_prompt=True,
            synchronises=True,
            secret=False,
        )
        for prefix in ("+CMEE", "+CMGF", "+CSMS", "+CSCS", "+CNMI")
    )


def error_codes() -> AtCommand:
    """AT+CMEE=1: errors of the equipment as numbers (27.007 9.1)."""
    return _plain("AT+CMEE=1")


# --- Identity (27.007 5) ---


def query_manufacturer() -> AtCommand:
    """AT+CGMI."""
    return _plain("AT+CGMI", "+CGMI", ANY_LINE)


def query_model() -> AtCommand:
    """AT+CGMM."""
    return _plain("AT+CGMM", "+CGMM", ANY_LINE)


def query_firmware() -> AtCommand:
    """AT+CGMR."""
    return _plain("AT+CGMR", "+CGMR", ANY_LINE)


def query_imei() -> AtCommand:
    """AT+CGSN."""
    return _plain("AT+CGSN", "+CGSN", ANY_LINE)


def query_imsi() -> AtCommand:
    """AT+CIMI."""
    return _plain("AT+CIMI", "+CIMI", ANY_LINE, timeout=SIM_TIMEOUT)


def query_iccid(text: str = "AT+CCID") -> AtCommand:
    """AT+CCID, or what the profile has in its place (AT^ICCID?, AT+QCCID …)."""
    return _plain(
        text,
        "+CCID",
        "+ICCID",
        "^ICCID",
        "+QCCID",
        "+ZGETICCID",
        "!ICCID",
        "#CCID",
        "^SCID",
        ANY_LINE,
        timeout=SIM_TIMEOUT,
    )


def query_own_numbers() -> AtCommand:
    """AT+CNUM: the MSISDNs on the SIM (27.007 7.1); often none."""
    return _plain("AT+CNUM", "+CNUM", timeout=SIM_TIMEOUT)


# --- SIM and radio (27.007 8) ---


def query_pin() -> AtCommand:
    """AT+CPIN?. Wavecom and Sierra SL8084T send no OK after it."""
    return AtCommand(
        text="AT+CPIN?", prefixes=("+CPIN",), timeout=SIM_TIMEOUT, final_optional=True, secret=False
    )


def enter_pin(pin: str) -> AtCommand:
    """AT+CPIN=: one try of three."""
    return AtCommand(text=f'AT+CPIN="{pin}"', timeout=SIM_TIMEOUT)


def query_pin_counter(text: str = "AT+CPINR") -> AtCommand:
    """AT+CPINR, or what the profile has in its place (AT+SPIC, AT^CPIN?, AT+QPINC …)."""
    return _plain(
        text, "+CPINR", "+SPIC", "^SPIC", "^CPIN", "+QPINC", "+ZPINPUK", "#PCT", timeout=SIM_TIMEOUT
    )


def query_functionality() -> AtCommand:
    """AT+CFUN?."""
    return _plain("AT+CFUN?", "+CFUN")


def set_functionality(level: int) -> AtCommand:
    """AT+CFUN=: 0 minimum, 1 full, 4 radio off."""
    return _plain(f"AT+CFUN={level}", timeout=NETWORK_TIMEOUT)


# --- Network (27.007 7, 8.5) ---


def query_signal() -> AtCommand:
    """AT+CSQ; with a question mark it is an error."""
    return _plain("AT+CSQ", "+CSQ")


def query_signal_quality() -> AtCommand:
    """AT+CESQ: levels of GSM, UTRAN and E-UTRAN (27.007 8.69); unknown before Release 8."""
    return _plain("AT+CESQ", "+CESQ")


def query_registration(prefix: str = "+CREG") -> AtCommand:
    """AT+CREG? (circuit switched), AT+CGREG? (packet), AT+CEREG? (EPS)."""
    return _plain(f"AT{prefix}?", prefix)


def report_registration(mode: int, prefix: str = "+CREG") -> AtCommand:
    """AT+CREG=: 1 announces changes, 2 with cell as well."""
    return _plain(f"AT{prefix}={mode}")


def query_operator() -> AtCommand:
    """AT+COPS?."""
    return _plain("AT+COPS?", "+COPS", timeout=NETWORK_TIMEOUT)


def set_operator_format(style: int) -> AtCommand:
    """AT+COPS=3,n: 0 the long name, 2 MCC and MNC."""
    return _plain(f"AT+COPS=3,{style}")


# --- Short messages (27.005) ---


def pdu_mode() -> AtCommand:
    """AT+CMGF=0."""
    return _plain("AT+CMGF=0")


def set_message_service(service: int) -> AtCommand:
    """AT+CSMS=: with 1 each +CMT and +CDS must be acknowledged by AT+CNMA."""
    return _plain(f"AT+CSMS={service}", "+CSMS")


def query_service_centre() -> AtCommand:
    """AT+CSCA?."""
    return _plain("AT+CSCA?", "+CSCA", timeout=SIM_TIMEOUT)


def set_service_centre(address: str, address_type: int) -> AtCommand:
    """AT+CSCA=; the type is 145 for an address with ``+``, else 129."""
    return AtCommand(text=f'AT+CSCA="{address}",{address_type}', timeout=SIM_TIMEOUT)


def query_storage() -> AtCommand:
    """AT+CPMS?."""
    return _plain("AT+CPMS?", "+CPMS", timeout=SIM_TIMEOUT)


def query_storage_support() -> AtCommand:
    """AT+CPMS=?."""
    return _plain("AT+CPMS=?", "+CPMS", timeout=SIM_TIMEOUT)


def select_storage(*memories: str) -> AtCommand:
    """AT+CPMS=: one to three of mem1 (read), mem2 (write), mem3 (receive)."""
    quoted = ",".join(f'"{memory}"' for memory in memories)
    return _plain(f"AT+CPMS={quoted}", "+CPMS", timeout=SIM_TIMEOUT)


def query_indications() -> AtCommand:
    """AT+CNMI?."""
    return _plain("AT+CNMI?", "+CNMI")


def query_indication_support() -> AtCommand:
    """AT+CNMI=?."""
    return _plain("AT+CNMI=?", "+CNMI")


def set_indications(*parameters: int) -> AtCommand:
    """AT+CNMI=: mode, mt, bm, ds, bfr; trailing ones may be left out."""
    return _plain("AT+CNMI=" + ",".join(map(str, parameters)))


def list_messages() -> AtCommand:
    """AT+CMGL=4: all of mem1, in PDU mode."""
    return AtCommand(text="AT+CMGL=4", prefixes=("+CMGL",), body=True, timeout=STORAGE_TIMEOUT, secret=False)


def read_message(index: int) -> AtCommand:
    """AT+CMGR=."""
    return AtCommand(
        text=f"AT+CMGR={index}", prefixes=("+CMGR",), body=True, timeout=SIM_TIMEOUT, secret=False
    )


def delete_message(index: int) -> AtCommand:
    """AT+CMGD=: this one; a family that deletes all of a kind is not offered here."""
    return _plain(f"AT+CMGD={index}", timeout=SIM_TIMEOUT)


def send_message(
    length: int, hex_pdu: str, *, prompt_timeout: float = PROMPT_TIMEOUT, timeout: float = SUBMIT_TIMEOUT
) -> AtCommand:
    """AT+CMGS=: `length` is in octets and leaves the SMSC field out."""
    return AtCommand(
        text=f"AT+CMGS={length}",
        prefixes=("+CMGS",),
        payload=hex_pdu,
        timeout=timeout,
        prompt_timeout=prompt_timeout,
        final_optional=True,  # SIM800 R14.18 gives the reference but no OK when the SIM is full
        secret=False,
    )


def acknowledge_message() -> AtCommand:
    """AT+CNMA: takes delivery of one +CMT or +CDS. SIM800C wrongly answers with a prompt."""
    return AtCommand(text="AT+CNMA", may_prompt=True, secret=False)


def keep_relay_open(mode: int) -> AtCommand:
    """AT+CMMS=: 1 keeps the link to the SMSC open between segments."""
    return _plain(f"AT+CMMS={mode}")


# --- Calls and USSD (27.007 6, 7) ---


def dial_voice(number: str) -> AtCommand:
    """ATD…; a voice call: the semicolon is what makes it one."""
    return AtCommand(text=f"ATD{number};", timeout=DIAL_TIMEOUT, call_finals=True)


def answer_call() -> AtCommand:
    """ATA."""
    return AtCommand(text="ATA", timeout=DIAL_TIMEOUT, call_finals=True, secret=False)


def hang_up() -> AtCommand:
    """ATH. Ends a voice call where AT+CVHU is 0."""
    return _plain("ATH", timeout=HANG_UP_TIMEOUT)


def hang_up_voice() -> AtCommand:
    """AT+CHUP."""
    return _plain("AT+CHUP", timeout=HANG_UP_TIMEOUT)


def heed_hang_up() -> AtCommand:
    """AT+CVHU=0: ATH ends voice calls, too (27.007 clause 6.20)."""
    return _plain("AT+CVHU=0")


def list_calls() -> AtCommand:
    """AT+CLCC."""
    return _plain("AT+CLCC", "+CLCC")


def present_callers() -> AtCommand:
    """AT+CLIP=1: who rings is told by +CLIP."""
    return _plain("AT+CLIP=1", timeout=SIM_TIMEOUT)


def query_call_end() -> AtCommand:
    """AT+CEER: why the last call ended (27.007 clause 6.10)."""
    return _plain("AT+CEER", "+CEER")


def send_tone(digit: str, template: str = "AT+VTS={digit}", *, index: int = 1) -> AtCommand:
    """AT+VTS=: one DTMF digit; or what the profile has in its place (AT^DTMF={index},{digit})."""
    return AtCommand(text=template.format(digit=digit, index=index))


def query_character_set() -> AtCommand:
    """AT+CSCS?: of texts in parameters (27.007 clause 5.5)."""
    return _plain("AT+CSCS?", "+CSCS")


def select_character_set(name: str) -> AtCommand:
    """AT+CSCS=."""
    return _plain(f'AT+CSCS="{name}"')


def start_ussd(text: str, data_coding_scheme: int = 15) -> AtCommand:
    """AT+CUSD=1,…: the network's text comes as +CUSD."""
    return AtCommand(text=f'AT+CUSD=1,"{text}",{data_coding_scheme}', timeout=USSD_TIMEOUT)


def cancel_ussd() -> AtCommand:
    """AT+CUSD=2. Not for HP un2420."""
    return _plain("AT+CUSD=2", timeout=USSD_TIMEOUT)


# --- Time (27.007 8) ---


def announce_time() -> AtCommand:
    """AT+CTZR=1: a change of the time zone is told by +CTZV."""
    return _plain("AT+CTZR=1")


def query_clock(text: str = "AT+CCLK?") -> AtCommand:
    """AT+CCLK?, or what the profile has in its place (AT+QLTS=2, AT^NWTIME?)."""
    return _plain(text, "+CCLK", "+QLTS", "^NWTIME")
