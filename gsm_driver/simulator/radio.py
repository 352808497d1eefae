"""Where the modem stands with the network."""

from __future__ import annotations

from dataclasses import dataclass

from gsm_driver.models import RegistrationStatus

STAT_OF = {  # <stat> of +CREG (27.007 clause 7.2)
    RegistrationStatus.NOT_REGISTERED: 0,
    RegistrationStatus.HOME: 1,
    RegistrationStatus.SEARCHING: 2,
    RegistrationStatus.DENIED: 3,
    RegistrationStatus.UNKNOWN: 4,
    RegistrationStatus.ROAMING: 5,
    RegistrationStatus.SMS_ONLY_HOME: 6,
    RegistrationStatus.SMS_ONLY_ROAMING: 7,
    RegistrationStatus.EMERGENCY_ONLY: 8,
    RegistrationStatus.DATA_ONLY: 3,  # the circuit-switched side is denied
}


@dataclass(slots=True, kw_only=True)
class Radio:
    """The air as this modem finds it while it is switched on and its SIM is ready."""

    status: RegistrationStatus = RegistrationStatus.HOME  # circuit-switched: +CREG
    packet_status: RegistrationStatus = RegistrationStatus.HOME  # +CGREG, +CEREG
    operator: str = "Simulated"
    operator_code: str = "23299"
    technology: int = 7  # <AcT> (27.007 clause 7.3): 7 is E-UTRAN
    location_area: str = "00C3"
    cell: str = "0031A5F2"
    rssi: int = 20  # +CSQ, 0 to 31; 99: unknown
    bit_error_rate: int = 0  # 0 to 7; 99: unknown
