"""The flag on a record: its mandated words, its key, and which roles get one.

The words are fixed by the procedure (RDaSH MARAC standard operating procedure, 4.2.6) and compared byte for byte
after every write. A trust that reads the procedure differently changes them here, by a new version, not in settings.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from integration.domain.people import Role

WORDING_VERSION = "1"
WORDING: dict[Role, str] = {
    Role.VICTIM: "high risk victim of domestic abuse",
    Role.PERPETRATOR: "alleged high-risk perpetrator of domestic abuse (not to be disclosed to patient)",
}


class FlagStatus(StrEnum):
    """FHIR's flag-status. A flag ends by one of the latter two, never by deletion (rule 11)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered-in-error"


class FlagRule(StrEnum):
    """What the trust lets happen when a person with a flaggable role is matched."""

    AUTOMATIC = "automatic"
    CONFIRM = "confirm"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as it should stand in a register: all that a register is ever told.

    Nothing here names another person, a case or a reason; `key` is the same for every attempt to place it.
    """

    key: UUID
    patient: str  # the index's local_id
    role: Role
    status: FlagStatus
    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.role not in WORDING:
            raise ValueError(f"no wording is mandated for the role {self.role.value}")
        if (self.end is not None) != (self.status is not FlagStatus.ACTIVE):
            raise ValueError("a flag has an end if, and only if, it is no longer active")

    @property
    def wording(self) -> str:
        return WORDING[self.role]


def flag_key(secret: bytes, *, trust: str, register: str, patient: str, role: Role, generation: int) -> UUID:
    """The flag's identifier: UUIDv8 (RFC 9562 §5.8) from HMAC-SHA-256, so that a retry asks for the same flag.

    `generation` grows only when a flag has ended and a person asks for a new one.
    """
    fields = (trust, register, patient, role.value, str(generation))
    message = b"".join(len(f.encode()).to_bytes(4, "big") + f.encode() for f in fields)
    raw = bytearray(hmac.new(secret, b"flagtag flag key v1" + message, hashlib.sha256).digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(raw))


def review_on(last_meeting: date, months: int) -> date:
    """When a flag is due for review: so many months after the last meeting (rule 10), the month's end kept."""
    month = last_meeting.month - 1 + months
    year, month = last_meeting.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=last_meeting.day - 1), following - timedelta(days=1))


# What became of one attempt to place or change a flag.


@dataclass(frozen=True, slots=True)
class Placed:
    """The register holds the flag, read back and equal byte for byte. `already` if it stood there before."""

    server_id: str
    version: str | None
    already: bool


@dataclass(frozen=True, slots=True)
class PatientDisagrees:
    """The register's patient is not the one we matched; nothing was written. `reason` is a fixed sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class OppositeFlag:
    """The record carries an active flag of the opposite role; nothing was written."""

    server_id: str


@dataclass(frozen=True, slots=True)
class Differs:
    """The register holds the flag otherwise than it should be; `fields` names what differs."""

    server_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The register does not hold the flag."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """The register may or may not have taken it (lost answer): look before acting again."""

    reason: str


PlaceResult = Placed | PatientDisagrees | OppositeFlag | Differs | Unproven
VerifyResult = Placed | Differs | Missing


@dataclass(frozen=True, slots=True)
class StandingFlag:
    """A flag of ours as a register holds it."""

    server_id: str
    version: str | None
    flag: Flag
    seen_at: datetime
