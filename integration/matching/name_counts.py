"""How many patients bear which name, as the index counts them."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from integration.domain.matching import IndexStatus
from integration.matching.borne_names import letter_range
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import family_forms
from integration.matching.people import Known, Sought, Words
from integration.matching.spelling import REMEMBERED
from integration.matching.weights import FEW, NOT_BY_MISTAKE, Kind, NameShares

_COUNTS = Statement("SELECT kind, name, people FROM patient_name_counts WHERE kind IN ('f', 'g') AND name = ANY(?)")
_ESTABLISHED_NAMES = Statement(
    "SELECT name, people FROM patient_name_counts WHERE kind = ? AND name >= ? AND name < ? AND people >= ?"
)
_ESTABLISHED = 30_000  # of so many patients one bears a name that many know
_REMEMBERED = REMEMBERED // 2  # names, each of two kinds
_SHORTEST = 2  # letters: shorter names are no slips in another


class NameCounts:
    """Remembers what it has asked until the index changes."""

    def __init__(self) -> None:
        self._generation = -1
        self._asked: set[Words] = set()  # of each as a family and as a given name, for a list may have swapped them
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

    def _look_up(self, names: set[Words], status: IndexStatus, reads: DirectReads) -> None:
        """Ask for the names, whole and in parts, that were not asked for before."""
        if status.generation != self._generation or len(self._asked) > _REMEMBERED:
            self._asked, self._counts, self._established, self._generation = set(), {}, {}, status.generation
        new = names - self._asked
        if not new:
            return
        forms = {form for name in new if name for form in family_forms(name)}
        missing = [form for form in forms if ("f", form) not in self._counts]
        if missing:
            counts: dict[tuple[Kind, str], int] = {(kind, name): 0 for name in missing for kind in ("f", "g")}
            rows = reads.rows(_COUNTS, (reads.texts(missing),))
            counts.update({(kind, name): people for kind, name, people in rows})
            self._counts.update(counts)
        self._asked |= new

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


def _is_a_slip(written: str, name: str) -> bool:
    return OSA.distance(written, name, score_cutoff=1) == 1


def _of_sought(people: Iterable[Sought]) -> set[Words]:
    return {name for sought in people for name in (*sought.families, *sought.givens)}


def _of_known(found: Iterable[Iterable[Known]]) -> set[Words]:
    names = set[Words]()
    for several in found:
        for known in several:
            names.update((known.family, known.given, known.middle))
            if known.other_families or known.other_givens:
                names.update((*known.other_families, *known.other_givens))
    return names
