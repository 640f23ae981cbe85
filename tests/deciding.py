"""People matched against a handful of patients, without a database: for tests of who acts alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from builders import case

from integration.domain.case_list import Case
from integration.domain.matching import Basis, MatchDecision
from integration.domain.people import Patient, Subject
from integration.matching.decide import Judge, Person
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Known, Sought
from integration.matching.weights import NameShares, weigh

TODAY = date(2026, 11, 22)
PARAMETERS = shipped_parameters()
SHARES = NameShares(1_000_000, {})  # every name is rare, unless a test says otherwise


def decide(cases: Sequence[Case], patients: Sequence[Patient], shares: NameShares = SHARES) -> list[MatchDecision]:
    """One decision for each person of the cases, in order."""
    known = [Known.from_patient(p, number) for number, p in enumerate(patients)]
    persons = []
    for number, one in enumerate(cases):
        for sought in Sought.of_case(one.subjects, TODAY):
            weighed = [weigh(sought, k, shares, PARAMETERS) for k in known]
            persons.append(Person(number, sought, weighed))
    return Judge(PARAMETERS, shares.people, Basis(PARAMETERS.version, 1)).decide(persons)


def decide_one(ours: Subject, *patients: Patient) -> MatchDecision:
    """The decision for one person alone."""
    return decide([case("1", ours)], patients)[0]
