"""The decision for every person of a list, together: two people never take one record, a case is evidence itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

from integration.domain.matching import (
    Basis,
    MatchCandidate,
    MatchDecision,
    Matched,
    MatchGrade,
    NeedsReview,
    NoMatch,
    NotEnough,
)
from integration.matching.births import is_new_years_day
from integration.matching.comparison import MISSING, PAST, SAME
from integration.matching.guards import NUMBER_OF_ANOTHER, Sureness, is_registered_twice, stops, third_facts
from integration.matching.left_out import why_not_compared
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.reasons import reason
from integration.matching.rivals import share_what_few_do
from integration.matching.sieve import IMPLAUSIBLE
from integration.matching.weights import AT_HOME, Weighed

ANOTHERS_NUMBER = "the NHS number given belongs to a patient whose name and date of birth say otherwise"
MORE_THAN_SHOWN = "more patients may be meant than are shown; search again with more details"
NOBODY_COMES_NEAR = "nobody comes near"  # said to nobody: there is no match then
ANOTHER_CLAIMS = "another person on the list may be the same patient"
_TIED = 8.0  # bits: below, two people of one list claim a record almost equally
_PAIRED_AT_MOST = 40  # people who claim one record almost equally: of more, whoever they are, none takes it
_HEARD_AT_MOST = 40  # people of a case: more are several cases under one number, and no household


@dataclass(slots=True)
class Person:
    """One subject under decision: in which case, what is sought, and the patients weighed, best first."""

    case: int
    sought: Sought
    weighed: list[Weighed]
    why: list[str] = field(default_factory=list)

    def best(self) -> Weighed | None:
        return self.weighed[0] if self.weighed else None

    def claim_on(self, local_id: str) -> Weighed | None:
        """The patient among those who may be this person; None once somebody of the same case has taken them."""
        return next((w for w in self.weighed if w.known.local_id == local_id), None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides by one version of the parameters, for an index of so many patients."""

    parameters: Parameters
    people: int
    basis: Basis
    _strangers: float = field(init=False)  # bits: so many are in the index

    def __post_init__(self) -> None:
        object.__setattr__(self, "_strangers", log2(self.people + 1))

    def decide(self, persons: Sequence[Person]) -> list[MatchDecision]:
        """One decision for each person, in order."""
        floor = self.floor()
        for person in persons:
            person.weighed = [w for w in person.weighed if w.stranger >= floor or _has_number(w)]
            person.weighed.sort(key=_best_first)
        self._hear_the_cases(persons)
        for person in persons:
            self._drop_the_implausible(person)
            self._look_for_stops(person)
        self._settle_claims(persons)
        return [self._decision(person) for person in persons]

    def by(self, parameters: Parameters) -> Judge:
        """Who decides of the same index by other parameters."""
        return Judge(parameters, self.people, self.basis)

    def floor(self) -> float:
        """Bits against a stranger without which nobody is plausible, whatever else is known."""
        return self._strangers + self.parameters.possible - IMPLAUSIBLE

    def _alone(self, weighed: Weighed) -> float:
        """Bits of certainty against people who are not in the index: strangers and relatives."""
        return -log2(2.0 ** (self._strangers - weighed.stranger) + 2.0**-weighed.relative)

    def _is_plausible(self, weighed: Weighed) -> bool:
        """Whether a person is to see this patient."""
        return self._alone(weighed) >= self.parameters.possible or _has_number(weighed)

    def _certainty(self, weighed: Weighed, others: Sequence[Weighed]) -> float:
        """Bits of certainty, other patients counted too; a second record of the same person is no rival."""
        against = 2.0 ** -self._alone(weighed)
        for other in others:
            if other is not weighed and not is_registered_twice(weighed.known, other.known):
                against += (
                    2.0 ** min(60.0, other.stranger - weighed.stranger)
                    if self._alone(other) > self.parameters.possible
                    else 0
                )
        return -log2(against)

    def _drop_the_implausible(self, person: Person) -> None:
        least = self.parameters.possible - IMPLAUSIBLE
        person.weighed = [w for w in person.weighed if self._alone(w) >= least or _has_number(w)]

    def _hear_the_cases(self, persons: Sequence[Person]) -> None:
        cases: dict[int, list[Person]] = {}
        for person in persons:
            cases.setdefault(person.case, []).append(person)
        for people in cases.values():
            if len(people) > 1:
                self._hear_the_case(people)

    def _hear_the_case(self, people: Sequence[Person]) -> None:
        """Who lives, in the index, where somebody else of the same case is found to live, or lived so."""
        found = [(best.known, person) for person in people if (best := self._probable(person))]
        for person in people if len(found) <= _HEARD_AT_MOST else ():
            others = [known for known, other in found if other is not person]
            claims: dict[int | None, float] = {w.known.pid: w.stranger for w in person.weighed} if others else {}
            for weighed in person.weighed if others else ():
                if weighed.comparison.address in AT_HOME or weighed.household:
                    continue  # it is the same fact again
                alone = claims[weighed.known.pid]
                # who explains this person as well is perhaps this person, and not somebody who lives with them
                self._corroborate(weighed, [known for known in others if claims.get(known.pid, alone - 1) < alone])
            person.weighed.sort(key=_best_first)

    def _probable(self, person: Person) -> Weighed | None:
        """The best patient, if they are at least probable."""
        best = person.best()
        return best if best and self._certainty(best, person.weighed) >= self.parameters.probable else None

    def _corroborate(self, weighed: Weighed, beside: Sequence[Known]) -> None:
        near = [known for known in beside if share_what_few_do(weighed.known, known)]
        place = weighed.known.home() if near and weighed.known.postcode not in weighed.known.of_many else None
        if place and any(known.home() == place for known in near):
            weighed.household = True
            weighed.stranger += self.parameters.bits["household"][SAME]
        elif near and not third_facts(weighed):
            weighed.past = True
            weighed.stranger += self.parameters.bits["household"][PAST]

    def _look_for_stops(self, person: Person) -> None:
        best = person.best()
        if best and not any([self._is_plausible(w) for w in person.weighed]):
            person.why = [NOBODY_COMES_NEAR]
        elif best:
            sure = Sureness(self._alone(best), self._certainty(best, person.weighed))
            person.why = list(stops(person.sought, best, sure, person.weighed[1:], self.parameters))

    def _settle_claims(self, persons: Sequence[Person]) -> None:
        """A record that two people claim goes to neither; one that is taken is not offered again in its case.

        Who loses a record may take another, so the claims on that one are looked at again until nothing changes; in an
        order of the index, for the order of people on a list may decide nothing.
        """
        claims: dict[str, list[Person]] = {}
        for person in persons:
            for weighed in person.weighed:
                claims.setdefault(weighed.known.local_id, []).append(person)
        waiting = {local_id for local_id, claimants in claims.items() if len(claimants) > 1}
        while waiting:
            now, waiting = sorted(waiting), set()
            for local_id in now:
                losers = self._settle_claim(local_id, claims[local_id])
                waiting |= {best.known.local_id for loser in losers if (best := loser.best())}

    def _settle_claim(self, local_id: str, claimants: Sequence[Person]) -> Collection[Person]:
        """Between those who claim one record: whoever would take it, the strongest first. Returns who lost it."""
        claims = [(claim, p) for p in claimants if (claim := p.claim_on(local_id))]
        takers = sorted((c for c in claims if not c[1].why and c[0] is c[1].best()), key=_strongest_first)
        strong = sorted((c for c in claims if self._is_plausible(c[0])), key=_strongest_first) if takers else []
        losers: dict[int, Person] = {}
        told = 0
        for claim, taker in takers:
            if id(taker) in losers:
                continue  # a stronger taker of the same case has it
            tied = bisect_left(strong, _TIED - claim.stranger, key=_strongest_first)
            if tied > _PAIRED_AT_MOST:
                for _, person in strong[told:tied]:
                    _say_claimed(person)
                told = tied
            else:
                of_case = [p for _, p in claims if p.case == taker.case]
                _take(taker, {id(p): p for _, p in strong[:tied] if id(p) not in losers}, of_case, losers)
        for loser in losers.values():
            loser.weighed = [w for w in loser.weighed if w.known.local_id != local_id]
            if not loser.why:
                self._look_for_stops(loser)
        return losers.values()

    def _decision(self, person: Person) -> MatchDecision:
        if not person.sought.says_enough():
            return NotEnough(self.basis)
        best = person.best()
        if best and not person.why:
            return Matched(self._candidate(best, person, MatchGrade.CERTAIN), self.basis)
        possible = self.parameters.possible
        plausible = [w for w in person.weighed if self._is_plausible(w)]
        shown = plausible[: self.parameters.shown]
        if not shown:
            return NoMatch(self.basis)
        why = list(person.why)
        if len(plausible) > len(shown):
            why.append(MORE_THAN_SHOWN)
        if any(_has_number(w) and self._alone(w) < possible for w in shown):
            why = [*(said for said in why if said != NUMBER_OF_ANOTHER), ANOTHERS_NUMBER]  # it says more
        return NeedsReview(
            tuple(self._candidate(w, person, self._grade(w, person)) for w in shown), tuple(why), self.basis
        )

    def _grade(self, weighed: Weighed, person: Person) -> MatchGrade:
        certainty = self._certainty(weighed, person.weighed)
        return MatchGrade.PROBABLE if certainty >= self.parameters.probable else MatchGrade.POSSIBLE

    def _candidate(self, weighed: Weighed, person: Person, grade: MatchGrade) -> MatchCandidate:
        fields = weighed.fields(self.parameters)
        return MatchCandidate(
            weighed.known.local_id,
            grade,
            round(weighed.stranger, 1),
            tuple([_reason(name, level, person.sought, weighed.known) for name, level, _ in fields]),
            tuple([round(bits, 1) if bits else 0.0 for _, _, bits in fields]),
        )


def _reason(field: str, level: str, sought: Sought, known: Known) -> str:
    if level == MISSING:
        return reason(field, why_not_compared(field, sought, known))
    if field not in ("birth", "nhs_number"):
        return reason(field, level)
    if field == "birth" and sought.born_within and not sought.births and level in ("age", "age_near"):
        level += " of year"  # weighs what an age does
    beside = known.other_births if field == "birth" else known.other_numbers if field == "nhs_number" else ()
    return reason(field, level, of_several=True) if beside else reason(field, level)


def _strongest_first(claim: tuple[Weighed, Person]) -> float:
    return -claim[0].stranger


def _take(taker: Person, tied: Mapping[int, Person], of_case: Sequence[Person], losers: dict[int, Person]) -> None:
    """One takes a record, unless another claims it almost as well; of the same case all the others lose it."""
    for other in tied.values():
        if other is not taker and (other.case == taker.case or not _one_person(taker, other)):
            _say_claimed(taker)
            _say_claimed(other)
    losers.update({id(other): other for other in of_case if other is not taker and id(other) not in tied})


def _say_claimed(person: Person) -> None:
    if ANOTHER_CLAIMS not in person.why:
        person.why.append(ANOTHER_CLAIMS)


def _best_first(weighed: Weighed) -> tuple[float, str]:
    """Who are equal stand in the same order every time."""
    return -weighed.stranger, weighed.known.local_id


def _has_number(weighed: Weighed) -> bool:
    """Whose NHS number the list gives is put to a person, whatever name and birth say: one of them is wrong."""
    return weighed.comparison.nhs_number == "same"


def _one_person(one: Person, other: Person) -> bool:
    """Whether two entries describe one person, who may be a victim in one case and a perpetrator in another."""
    a, b = one.sought, other.sought
    days = set(a.births) & set(b.births)
    if not (days and set(a.families) & set(b.families) and set(a.givens) & set(b.givens)) or _differ(a, b):
        return False
    tell = bool(set(a.homes()) & set(b.homes()) or set(a.phones) & set(b.phones) or (a.nhs_number and b.nhs_number))
    return tell or not all(map(is_new_years_day, days))


def _differ(one: Sought, other: Sought) -> bool:
    """Whether two entries contradict each other in what nobody has two of."""
    pairs = ((one.sex, other.sex), (one.nhs_number, other.nhs_number))
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)
