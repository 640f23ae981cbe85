"""How many patients bear which name, as the index counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from integration.domain.matching import IndexStatus
from integration.matching.borne_names import letter_range
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import family_forms
from integration.matching.people import Known, Sought, Words
from integration.matching.spelling import REMEMBERED
from integration.matching.weights import FEW, NOT_BY_MISTAKE, Kind, NameShares

_COUNTS = Statement("SELECT name, people FROM patient_name_counts WHERE kind = ? AND name = ANY(?)")
_ESTABLISHED_NAMES = Statement(
    "SELECT name, people FROM patient_name_counts WHERE kind = ? AND name >= ? AND name < ? AND people >= ?"
)
_ESTABLISHED = 30_000  # of so many patients one bears a name that many know
_SHORTEST = 2  # letters: shorter names are no slips in another


class NameCounts:
    """Remembers what it has asked until the index changes."""

    def __init__(self) -> None:
        self._generation = -1
        self._counts: dict[tuple[Kind, str], int] = {}
        self._established: dict[str, list[str]] = {}  # given names by first letter

    def shares(
        self, status: IndexStatus, found: Iterable[Iterable[Known]], people: Iterable[Sought], reads: DirectReads
    ) -> NameShares:
        """How common the names at hand are."""
        self._look_up(_of_sought(people) | _of_known(found), status, reads)
        return NameShares(status.patients, self._counts, self._near(status.patients, people, reads))

    def of_sought(self, status: IndexStatus, people: Iterable[Sought], reads: DirectReads) -> NameShares:
        """How common the names sought are, before anybody is found."""
        self._look_up(_of_sought(people), status, reads)
        return NameShares(status.patients, self._counts)

    def _look_up(self, wanted: set[tuple[Kind, str]], status: IndexStatus, reads: DirectReads) -> None:
        if status.generation != self._generation or len(self._counts) > REMEMBERED:
            self._counts, self._established, self._generation = {}, {}, status.generation
        missing = wanted.difference(self._counts)
        if missing:
            self._ask(list(missing), reads)

    def _near(self, patients: int, people: Iterable[Sought], reads: DirectReads) -> dict[str, list[str]]:
        """For given names that next to nobody bears: what they may be a slip in."""
        least = max(NOT_BY_MISTAKE, patients // _ESTABLISHED)
        written = {name[0] for sought in people for name in sought.givens if len(name[0]) > _SHORTEST}
        unknown = [word for word in written if self._counts[("g", word)] < least] if patients >= FEW else []
        return {
            word: [name for name in self._names(word[0], least, reads) if _is_a_slip(word, name)] for word in unknown
        }

    def _names(self, letter: str, least: int, reads: DirectReads) -> list[str]:
        """The given names of one first letter: that letter is seldom misspelt."""
        if letter not in self._established:
            rows = reads.rows(_ESTABLISHED_NAMES, ("g", *letter_range(letter), least))
            self._established[letter] = [name for name, _ in rows]
            self._counts.update({("g", name): people for name, people in rows})
        return self._established[letter]

    def _ask(self, missing: Sequence[tuple[Kind, str]], reads: DirectReads) -> None:
        self._counts.update(dict.fromkeys(missing, 0))
        for kind in ("f", "g"):
            names = [name for of_kind, name in missing if of_kind == kind]
            if names:
                rows = reads.rows(_COUNTS, (kind, reads.texts(names)))
                self._counts.update({(kind, name): people for name, people in rows})


def _is_a_slip(written: str, name: str) -> bool:
    return OSA.distance(written, name, score_cutoff=1) == 1


def _of_sought(people: Iterable[Sought]) -> set[tuple[Kind, str]]:
    """Every form of their names, as given and as family names: a list may have swapped them."""
    names = {name for sought in people for name in (*sought.families, *sought.givens)}
    return {(kind, form) for name in names for form in family_forms(name) for kind in ("f", "g")}


def _of_known(found: Iterable[Iterable[Known]]) -> set[tuple[Kind, str]]:
    families, givens = set[Words](), set[Words]()
    for several in found:
        for known in several:
            families.add(known.family)
            givens.update((known.given, known.middle))
            if known.other_families or known.other_givens:
                families.update(known.other_families)
                givens.update(known.other_givens)
    wanted = {("f", form) for family in families if family for form in family_forms(family)}
    wanted.update([("g", form) for given in givens if given for form in family_forms(given)])
    return wanted
