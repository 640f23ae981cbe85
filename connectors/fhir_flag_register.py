"""Flags in a record system that speaks FHIR R4: looked for, written at most once, read back, compared byte for byte.

`place` goes in these steps:

1. The capability statement: a server that does not say that it takes flags is not given any.
2. The patient, read there: they must agree with ours.
3. The flags that stand: ours already, or one of the opposite role.
4. The write: a conditional create where the server can make one. Elsewhere we are the only writer by convention: in
   this process by a lock, beyond it by running one worker on a register.
5. Reading back, by id, and comparing.
6. A write whose answer was lost is looked for, never repeated in the same call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

from connectors._fhir_http import AnswerLost, FhirHttp, FhirServer
from connectors._fhir_record import FhirRecord, PatientLookup, resource_id, token
from integration.domain.flag import (
    Differs,
    Flag,
    FlagStatus,
    Missing,
    OppositeFlag,
    PatientDisagrees,
    Placed,
    PlaceResult,
    StandingFlag,
    Unproven,
    VerifyResult,
)
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Patient
from integration.errors import Unavailable
from integration.ports import FlagRegister, Probe
from mappings.fhir.flag import FlagForm, RecordSubject, from_fhir, key_of, opposes, to_fhir, would_revive
from mappings.fhir.flag_comparison import differences, settled_differences
from mappings.fhir.terms import Json, is_resource_id, member

__all__ = ["FhirFlagRegister", "FhirServer", "PatientLookup"]

DUPLICATE, MISSING = "more than one flag has this key", "the flag is not there"


class FhirFlagRegister(FlagRegister):
    """One FHIR R4 server that holds flags. Safe to use from several threads."""

    def __init__(
        self,
        server: FhirServer,
        lookup: PatientLookup,
        form: FlagForm,
        *,
        name: str = "fhir",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._http = FhirHttp(server, sleep)
        self._record = FhirRecord(self._http, lookup, form)
        self._form = form
        self._only_writer = threading.Lock()

    def close(self) -> None:
        self._http.close()

    def place(self, flag: Flag, patient: Patient, *, beside_opposite: bool = False) -> PlaceResult:
        if flag.status is not FlagStatus.ACTIVE:
            raise ValueError("only an active flag is placed; an end is a change")
        conditional = self._record.capability().conditional_create  # (1)
        there = self._record.agreeing_patient(patient)  # (2)
        if isinstance(there, PatientDisagrees):
            return there
        wanted = to_fhir(flag, RecordSubject.of(patient, there), self._form)
        if standing := self._record.flags_with(flag.key):  # (3)
            return self._compared(wanted, standing, already=True)
        opposite = None if beside_opposite else self._opposite(flag, there)
        if opposite is not None:
            return opposite
        with self._alone_unless(conditional):
            return self._create(wanted, flag.key, conditional=conditional)

    def change(self, flag: Flag, patient: Patient) -> PlaceResult:
        """An ended flag is not revived, and one that was moved to another record is put to a person."""
        if not self._record.capability().can_update:
            reason = "it does not say that it lets anybody update a flag; have its operators allow it"
            raise self._record.unavailable("capability", reason)
        for _ in range(2):  # somebody else's change in between is read, and judged once more
            standing = self._record.flags_with(flag.key)
            if len(standing) != 1:
                return _several(standing) if standing else Differs("", (MISSING,))
            result = self._change_once(flag, patient, resource_id(standing[0]))
            if result is not None:
                return result
        raise self._record.unavailable("write", "somebody else keeps changing the flag; it will be tried again")

    def verify(self, flag: Flag, patient: Patient) -> VerifyResult:
        standing = self._record.flags_with(flag.key)
        if len(standing) > 1:
            return _several(standing)
        answer = self._record.flag(resource_id(standing[0])) if standing else None
        if answer is None:
            return Missing()
        server_id = resource_id(standing[0])
        wanted = self._as_it_should_be(flag, patient, answer.resource)
        if wanted is None:
            return Differs(server_id, ("subject.reference",))
        names = settled_differences(wanted, answer.resource, self._http.base_url)
        return Differs(server_id, names) if names else Placed(server_id, answer.version, already=True)

    def standing(self, patient: Patient) -> Sequence[StandingFlag]:
        there = self._record.patient_id(patient)
        if isinstance(there, PatientDisagrees):
            return ()
        return [
            self._standing(resource, patient)
            for resource in self._record.flags_of(there)
            if key_of(resource, self._form) is not None
        ]

    def probe(self) -> Iterator[Probe]:
        reaching = ["resolve", "connect", *(["tls"] if self._http.base_url.startswith("https:") else [])]
        try:
            self._record.capability(fresh=True)
        except Unavailable as failure:
            passed = reaching[: reaching.index(failure.phase)] if failure.phase in reaching else reaching
            yield from (Probe(phase, ok=True) for phase in passed)
            yield Probe(failure.phase, ok=False, remedy=failure.reason)
            return
        yield from (Probe(phase, ok=True) for phase in [*reaching, "capability"])
        try:
            self._record.flags_with(uuid4())  # nobody's: finds nothing, and shows that we may look
        except Unavailable as failure:
            if failure.phase == "search":
                yield Probe("sign in", ok=True)
            yield Probe(failure.phase, ok=False, remedy=failure.reason)
            return
        yield from (Probe(phase, ok=True) for phase in ("sign in", "search"))

    def _standing(self, resource: Json, patient: Patient) -> StandingFlag:
        try:
            flag = from_fhir(resource, patient.local_id, self._form)
        except ValueError as error:
            raise self._record.unavailable("search", f"{error}; see `flagtag flags verify`") from None
        version = member(resource, "meta", "versionId")
        return StandingFlag(resource_id(resource), version, flag, datetime.now(UTC))

    def _opposite(self, flag: Flag, patient_id: str) -> OppositeFlag | None:
        found = self._record.flags_of(patient_id)
        return next((OppositeFlag(resource_id(other)) for other in found if opposes(other, flag, self._form)), None)

    def _alone_unless(self, conditional: bool) -> AbstractContextManager[object]:
        return nullcontext() if conditional else self._only_writer

    def _create(self, wanted: Json, key: UUID, *, conditional: bool) -> PlaceResult:
        """(4) One POST, and what became of it."""
        if not conditional and (standing := self._record.flags_with(key)):  # another thread of ours was quicker
            return self._compared(wanted, standing, already=True)
        query = f"identifier={quote(token(self._form.key_system, str(key)), safe=':/|')}"
        try:
            answer = self._http.create_flag(wanted, query if conditional else None)
        except AnswerLost as lost:
            return self._looked_for(wanted, key, lost)
        server_id = answer.location or member(answer.resource, "id")
        if answer.status in (409, 412) or not is_resource_id(server_id):
            standing = self._record.flags_with(key)
            unseen = Unproven(f"the server answered {answer.status}, and the flag is not there so far")
            return self._compared(wanted, standing) if standing else unseen
        result = self._compared(wanted, [{"id": server_id}], already=answer.status == 200)
        others = self._record.flags_with(key)  # a conditional create is no lock: two nodes may each have made one
        return _several(others) if len(others) > 1 else result

    def _looked_for(self, wanted: Json, key: UUID, lost: AnswerLost) -> PlaceResult:
        """(6) That it is not there now does not say that it never will be."""
        try:
            standing = self._record.flags_with(key)
            if standing:
                return self._compared(wanted, standing)
        except Unavailable as failure:
            return Unproven(f"{lost.reason}, and then: {failure.phase}: {failure.reason}")
        return Unproven(f"{lost.reason}; the flag is not there so far")

    def _compared(self, wanted: Json, standing: list[Json], *, already: bool = False) -> PlaceResult:
        """(5) A flag that was made or found, read by id and compared."""
        if len(standing) > 1:
            return _several(standing)
        server_id = resource_id(standing[0])
        answer = self._record.flag(server_id)
        if answer is None:
            return Unproven("the server has taken the flag and cannot show it")
        compare = settled_differences if already else differences
        names = compare(wanted, answer.resource, self._http.base_url)
        return Differs(server_id, names) if names else Placed(server_id, answer.version, already)

    def _change_once(self, flag: Flag, patient: Patient, server_id: str) -> PlaceResult | None:
        """One look and at most one write; None if somebody else wrote in between."""
        answer = self._record.flag(server_id)
        if answer is None:
            return Differs(server_id, (MISSING,))
        wanted = self._as_it_should_be(flag, patient, answer.resource)
        if wanted is None:
            return Differs(server_id, ("subject.reference",))
        names = settled_differences(wanted, answer.resource, self._http.base_url)
        if not names:
            return Placed(server_id, answer.version, already=True)
        if "subject.reference" in names or would_revive(answer.resource, flag):
            return Differs(server_id, names)
        version_id = member(answer.resource, "meta", "versionId")
        version = answer.version or (f'W/"{version_id}"' if version_id else None)
        try:
            written = self._http.update_flag(server_id, {"resourceType": "Flag", "id": server_id} | wanted, version)
        except AnswerLost as lost:
            return self._change_looked_for(wanted, server_id, lost)
        return None if written.status in (409, 412) else self._compared(wanted, [{"id": server_id}])

    def _change_looked_for(self, wanted: Json, server_id: str, lost: AnswerLost) -> PlaceResult:
        try:
            result = self._compared(wanted, [{"id": server_id}])
        except Unavailable as failure:
            return Unproven(f"{lost.reason}, and then: {failure.phase}: {failure.reason}")
        return Unproven(f"{lost.reason}; the change is not there so far") if isinstance(result, Differs) else result

    def _as_it_should_be(self, flag: Flag, patient: Patient, found: Json) -> Json | None:
        """The flag as it should stand; None if it stands on a record that we cannot tell to be the patient's.

        An ended flag stays on the record where it stands: records are merged, and a wrong flag must be taken back
        wherever it is. Its key says whose it was.
        """
        if flag.status is FlagStatus.ACTIVE:
            there = self._record.patient_id(patient)
            return None if isinstance(there, PatientDisagrees) else self._wanted(flag, RecordSubject.of(patient, there))
        reference = str(member(found, "subject", "reference")).removeprefix(f"{self._http.base_url}/")
        kind, _, there = reference.partition("/")
        if kind != "Patient" or not is_resource_id(there):
            return None
        number = NhsNumber.from_text(str(member(found, "subject", "identifier", "value")))
        return self._wanted(flag, RecordSubject(there, number))

    def _wanted(self, flag: Flag, subject: RecordSubject) -> Json:
        return to_fhir(flag, subject, self._form)


def _several(standing: list[Json]) -> Differs:
    return Differs(min(resource_id(flag) for flag in standing), (DUPLICATE,))
