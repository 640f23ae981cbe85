"""A source in memory that keeps the contract of `CaseListSource`, for tests of what lies behind it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, Probe, UntrustedFile, Waiting

_TAKEN = "it was taken away after it was seen"


@dataclass
class _Delivery:
    files: tuple[UntrustedFile, ...]
    sender: str | None
    whole: bool = True

    @property
    def size(self) -> int:
        return sum(len(file.untrusted_bytes) for file in self.files)


@dataclass
class FakeSource(CaseListSource):
    """`deliver` puts something into its inbox; `failing` names the phases in which it does not answer."""

    name: str = "fake"
    areas: tuple[str, ...] = ("Rotherham",)
    max_bytes: int = 1024 * 1024
    failing: set[str] = field(default_factory=set)
    odd: tuple[str, ...] = ()
    inbox: dict[str, _Delivery] = field(default_factory=dict)
    aside: dict[str, tuple[str, _Delivery]] = field(default_factory=dict)  # by arrival id: ref and delivery
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def deliver(self, name: str, content: bytes, *more: tuple[str, bytes], sender: str | None = None) -> str:
        """A delivery of one file or more; returns its ref."""
        files = tuple(UntrustedFile(one, untrusted) for one, untrusted in ((name, content), *more))
        ref = f"delivery-{next(self._numbers)}"
        self.inbox[ref] = _Delivery(files, sender)
        return ref

    def begin_upload(self, name: str, content: bytes) -> str:
        """A delivery that is not whole yet; returns its ref."""
        ref = self.deliver(name, content)
        self.inbox[ref].whole = False
        return ref

    def finish_upload(self, ref: str) -> None:
        self.inbox[ref].whole = True

    def take_away(self, ref: str) -> None:
        """The sender, or a colleague, removes it."""
        del self.inbox[ref]

    def waiting(self) -> Iterator[Waiting]:
        self._check("list")
        found = [Waiting(ref, one.sender, one.size) for ref, one in self.inbox.items() if one.whole]
        return iter(found)

    def settling(self) -> bool:
        return any(not one.whole for one in self.inbox.values())

    def oddities(self) -> Sequence[str]:
        return self.odd

    def download(self, waiting: Waiting) -> Sequence[UntrustedFile]:
        self._check("download")
        delivery = self.inbox.get(waiting.ref)
        if delivery is None:
            raise Unavailable(self.name, "download", _TAKEN)
        if delivery.size > self.max_bytes:
            raise DocumentRefused("the file is larger than the limit of the fake")
        return delivery.files

    def set_aside(self, waiting: Waiting, arrival_id: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", arrival_id):
            raise ValueError("an arrival id is 1 to 64 letters, digits or underscores")
        self._check("set aside")
        if arrival_id not in self.aside and waiting.ref in self.inbox:
            self.aside[arrival_id] = (waiting.ref, self.inbox.pop(waiting.ref))

    def is_aside(self, arrival_id: str) -> bool:
        self._check("list")
        return arrival_id in self.aside

    def remove(self, arrival_id: str) -> None:
        self._check("remove")
        self.aside.pop(arrival_id, None)

    def is_gone(self, arrival_id: str) -> bool:
        self._check("remove")
        return arrival_id not in self.aside

    def probe(self) -> Iterator[Probe]:
        for phase in ("list", "set aside"):
            if phase in self.failing:
                yield Probe(phase, False, "the fake was told to fail")
                return
            yield Probe(phase, True)

    def recoverable_note(self) -> str:
        return "Removed from memory."

    def _check(self, phase: str) -> None:
        if phase in self.failing:
            raise Unavailable(self.name, phase, "the fake was told to fail")
