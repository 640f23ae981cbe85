"""Which names are one name: spellings, and short forms."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from integration.matching.spelling import words
from integration.shipped import shipped


class NameSets:
    """Answers whether two words are one name. Words are folded."""

    def __init__(
        self,
        version: str,
        spellings: Iterable[str],
        short_forms: Iterable[str],
        names: Iterable[str],
        lists: Mapping[str, str],
    ) -> None:
        folded = {said: _folded(listed.split()) for said, listed in lists.items()}
        self.version = version
        self.no_names, self.no_given_names = folded["no_names"], folded["no_given_names"]
        self.in_a_names_place = self.no_names | self.no_given_names
        self.relations, self.generations = folded["relations"], folded["generations"]
        self._spellings: dict[str, frozenset[int]] = {}
        self._fulls: dict[str, frozenset[str]] = {}  # a name and all the full names that it may be short for
        lines = [line.split() for line in spellings]
        self._sets = [_folded(line) for line in lines]
        self._standing = ["".join(words(line[0])) for line in lines]
        for number, same in enumerate(self._sets):
            for name in same:
                self._spellings[name] = self._spellings.get(name, frozenset()) | {number}
        common = self.same_spelling(folded["common_first"])
        for line in short_forms:
            full, _, shorts = line.partition(":")
            whole = self.same_spelling(_folded([full]))
            for name in _folded(shorts.split()) | whole:
                self._fulls[name] = self._fulls.get(name, frozenset()) | whole
        self.names = self._spellings.keys() | self._fulls.keys() | _folded(" ".join(names).split())
        # Mo is what brothers share as much as Mohammed
        self.common_first = common | {name for name, fulls in self._fulls.items() if not fulls.isdisjoint(common)}
        self.shared_by_twins = self.common_first | self.same_spelling(folded["shared_by_twins"])

    def same_spelling(self, names: Iterable[str]) -> frozenset[str]:
        """These names with all their other spellings."""
        found = set(names)
        for name in tuple(found):
            for number in self._spellings.get(name, ()):
                found |= self._sets[number]
        return frozenset(found)

    def are_spellings(self, one: str, other: str) -> bool:
        """Whether both are spellings of one name."""
        ours = self._spellings.get(one)  # most names are in no set
        return ours is not None and not ours.isdisjoint(self._spellings.get(other, _NONE))

    def are_short_forms(self, one: str, other: str) -> bool:
        """Whether one is short for the other, or both for a third."""
        ours = self._fulls.get(one)
        return ours is not None and not ours.isdisjoint(self._fulls.get(other, _NO_NAMES))

    def are_short_for_a_third(self, one: str, other: str) -> bool:
        """Whether both may be short for some name, and neither for the other."""
        return other not in self._fulls.get(one, _NO_NAMES) and one not in self._fulls.get(other, _NO_NAMES)

    def knows(self, name: str) -> bool:
        """Whether this is a name, in one of the sets or by itself."""
        return name in self.names

    def spelt(self, name: str) -> frozenset[str]:
        """The spelling that stands for all spellings of a name; several, if it is a spelling of several names."""
        return frozenset(self._standing[number] for number in self._spellings.get(name, ()))

    def called(self, name: str) -> frozenset[str]:
        """The full names that somebody of this name may have, each in the spelling that stands for it."""
        fulls = self._fulls.get(name, _NO_NAMES)
        return self.spelt(name).union(*(self.spelt(full) or {full} for full in fulls))


_NONE: frozenset[int] = frozenset()
_NO_NAMES: frozenset[str] = frozenset()


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset("".join(words(name)) for name in names)


@cache
def name_sets() -> NameSets:
    """The sets that ship with the program."""
    data: dict[str, Any] = tomllib.loads(shipped("name_sets.toml").read_text(encoding="utf-8"))
    return NameSets(**data)
