"""One deployment's parts, ready for use: what every use case is handed."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from integration.custody.keys import KeyStore
from integration.custody.policy import SignedPolicy
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Vault
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.case_list import Reading
from integration.domain.flag import FlagRule
from integration.domain.people import Role
from integration.domain.working_days import working_days_before
from integration.ports import CaseListSource, FlagRegister, LoadablePatientIndex, TakenApart, UntrustedFile
from integration.reading.layouts import LayoutFile, LayoutsToFollow
from integration.storage.database import Database

LONDON = ZoneInfo("Europe/London")


def on_day(instant: str) -> date:
    """The day in England of an instant as the tables keep it."""
    return datetime.fromisoformat(instant).astimezone(LONDON).date()


Reader = Callable[[UntrustedFile, Sequence[str], LayoutsToFollow], Reading | TakenApart]


@dataclass(frozen=True, slots=True)
class Area:
    """A MARAC area that this trust works with."""

    name: str
    senders: frozenset[str]
    notice_working_days: int

    def list_due(self, meeting: date, bank_holidays: Container[date]) -> date:
        """The day on which the list should be here (procedure 4.1)."""
        return working_days_before(meeting, self.notice_working_days, bank_holidays)


@dataclass(frozen=True, slots=True)
class FlagRules:
    """What the trust lets happen by itself."""

    victim: FlagRule
    perpetrator: FlagRule
    review_after_months: int

    def of(self, role: Role) -> FlagRule:
        """The rule for one role; roles without mandated wording are never flagged."""
        return {Role.VICTIM: self.victim, Role.PERPETRATOR: self.perpetrator}.get(role, FlagRule.OFF)


@dataclass(frozen=True)
class Deployment:
    """Everything that a use case needs, and on whose behalf it acts (`actor`)."""

    trust: str  # ODS code
    database: Database
    vault: Vault
    keys: KeyStore
    secrets: InstallationSecrets
    index: LoadablePatientIndex
    register: FlagRegister
    register_name: str
    areas: Mapping[str, Area]
    rules: FlagRules
    reader: Reader
    policy: Callable[[], SignedPolicy | None]  # in force now; none while its file is at fault
    clock: Callable[[], datetime]
    bank_holidays: Container[date]
    actor: Actor
    sources: Mapping[str, CaseListSource] = field(default_factory=dict)
    layouts: Mapping[str, LayoutFile] = field(default_factory=dict)  # by area
    kept_sources: frozenset[str] = frozenset()
    passwords: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    backup_retention_days: int | None = None
    max_document_bytes: int = 25 * 1024 * 1024
    version: str = "0"

    def event(self, action: Action, object_type: str, object_id: str, **details: object) -> AuditEvent:
        """An event in the name of whoever acts; details are codes, counts, dates and random ids only."""
        return AuditEvent(action, self.actor, object_type, object_id, details)

    def today(self) -> date:
        """The day in England, where meetings and due dates are."""
        return self.clock().astimezone(LONDON).date()

    def in_(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)
