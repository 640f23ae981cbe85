"""What so many patients share that it tells nobody from anybody: a switchboard's number, a hostel's address.

Such a number is left out of what is sought, and a crowded postcode's rows are not read: whoever is meant is found by
name and birth, and the postcode says little more than a part of a town does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from integration.domain.matching import IndexStatus
from integration.matching.comparison import Found
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import postcode_key
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.places import CROWD
from integration.matching.rows import Row, numbers_of, texts_of
from integration.matching.spelling import REMEMBERED, phone

# each looks at no more rows than there may be; name keys may collide with a postcode's and have no sounds
_CROWDED = Statement(
    "SELECT value FROM EACH(?) WHERE EXISTS"
    " (SELECT 1 FROM patient_keys WHERE key = value AND sounds IS NOT NULL LIMIT 1 OFFSET ?)"
)
_OF_MANY = Statement(
    "SELECT value FROM EACH(?) WHERE EXISTS (SELECT 1 FROM patients WHERE phone_key = value LIMIT 1 OFFSET ?)"
)


_BY_LINE = frozenset({"line", "slip"})  # house and street agree, whatever the postcode does


def without_numbers_of_many(sought: Sought, rows: Sequence[Row], parameters: Parameters) -> bool:
    """Whether many of the patients found have a number that is sought; it is sought no longer then."""
    most = parameters.one_number
    if len(rows) <= most:
        return False  # as nearly always
    if sought.phones:
        theirs = [phone(text) for row in rows if (text := texts_of(row)[6])]
        few = tuple([number for number in sought.phones if theirs.count(number) <= most])
        if few != sought.phones:
            sought.phones, sought.of_many = few, sought.of_many | {"phone"}
            return True
    if sought.nhs_number and sum(int(sought.nhs_number) in numbers_of(row) for row in rows) > most:
        sought.nhs_number, sought.nhs_as_written, sought.of_many = None, "", sought.of_many | {"nhs_number"}
        return True
    return False


class Crowds:
    """Remembers which postcodes and telephones are of many until the index changes."""

    def __init__(self) -> None:
        self._generation = -1
        self._postcodes: dict[str, bool] = {}
        self._phones: dict[str, bool] = {}

    def mark_sought(
        self, people: Sequence[Sought], status: IndexStatus, parameters: Parameters, reads: DirectReads
    ) -> None:
        """Say of everybody which of the postcodes sought are crowded; what others live at them says nothing then."""
        if status.generation != self._generation or len(self._postcodes) + len(self._phones) > REMEMBERED:
            self._postcodes, self._phones, self._generation = {}, {}, status.generation
        if status.patients <= parameters.crowd:
            return
        self._ask_postcodes({code for sought in people for code in sought.postcodes if code}, parameters, reads)
        for sought in people:
            codes = (*sought.postcodes, *[code for code, _ in sought.beside])
            if any([self._postcodes.get(code) for code in codes]):
                sought.crowded = frozenset([code for code in codes if self._postcodes.get(code)])
                sought.beside = tuple([home for home in sought.beside if home[0] not in sought.crowded])

    def without_homes_of_many(
        self, found: list[list[Found]], status: IndexStatus, parameters: Parameters, reads: DirectReads
    ) -> list[list[Found]]:
        """With a hostel's house told as one where the list gives it without its postcode, or with a slip in that."""
        if status.patients <= parameters.crowd:
            return found
        told = {one.known.postcode for each in found for one in each if one.compared.address in _BY_LINE} - {""}
        if not told:
            return found
        self._ask_postcodes(told, parameters, reads)
        crowded = {code for code in told if self._postcodes.get(code)}
        return [[_in_a_crowd(one, crowded) for one in each] for each in found] if crowded else found

    def mark_found(
        self, found: Sequence[Sequence[Known]], status: IndexStatus, parameters: Parameters, reads: DirectReads
    ) -> None:
        """Say of patients who share a postcode or a telephone with others found whether many do; after the above."""
        if len(found) < 2 or status.patients <= parameters.one_number:
            return
        several = [known for each in found for known in each]
        self._ask_postcodes(
            _shared((k.pid, code) for k in several for code in (k.postcode, *k.previous)), parameters, reads
        )
        shared = _shared((k.pid, k.phone) for k in several)
        phones = [number for number in shared if number not in self._phones]
        if phones:
            asked = (reads.numbers([int(number) for number in phones]), parameters.one_number)
            many = {key for (key,) in reads.rows(_OF_MANY, asked)}
            self._phones.update({number: int(number) in many for number in phones})
        for known in several:
            facts = (known.postcode, *known.previous, known.phone)
            if any([self._postcodes.get(fact) or self._phones.get(fact) for fact in facts]):
                known.of_many = frozenset(
                    [fact for fact in facts if self._postcodes.get(fact) or self._phones.get(fact)]
                )

    def _ask_postcodes(self, codes: set[str], parameters: Parameters, reads: DirectReads) -> None:
        # one by one: taking away the keys of a dictionary looks at every key
        keys = {postcode_key(code): code for code in codes if code not in self._postcodes}
        if keys:
            rows = reads.rows(_CROWDED, (reads.numbers(list(keys)), parameters.crowd))
            crowded = {key for (key,) in rows}
            self._postcodes.update({code: key in crowded for key, code in keys.items()})


def _in_a_crowd(found: Found, crowded: set[str]) -> Found:
    known, compared = found
    told = compared.address in _BY_LINE and known.postcode in crowded
    return Found(known, compared._replace(address=CROWD)) if told else found


def _shared(facts: Iterable[tuple[int, str]]) -> set[str]:
    """What two patients have in common, at least."""
    first: dict[str, int] = {}
    return {fact for pid, fact in facts if fact and first.setdefault(fact, pid) != pid}
