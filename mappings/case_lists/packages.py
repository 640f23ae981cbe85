"""ZIP packages (Office files) opened with care: limits while inflating, no document types, no surprises."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from mappings.case_lists.refusals import Refusal, Refused

MOST_MEMBERS = 2_000
MOST_INFLATED = 100 * 1024 * 1024
MOST_RATIO = 100
DEEPEST = 250  # elements within elements; a table in a table in a text box needs some forty
RATIO_COUNTS_FROM = 4 * 1024 * 1024  # small files of blank space shrink more than that, and harm nobody
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Package:
    """The members of a ZIP package, inflated on demand and counted against one allowance."""

    archive: zipfile.ZipFile
    packed_size: int
    spent: list[int] = field(default_factory=lambda: [0])
    kept: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, data: bytes) -> Package:
        """Check the directory before anything is inflated."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused(Refusal.TRUNCATED) from error
        check_directory(archive)
        return cls(archive, len(data))

    def names(self) -> list[str]:
        return self.archive.namelist()

    def has(self, name: str) -> bool:
        return name in self.archive.NameToInfo

    def names_like(self, start: str) -> list[str]:
        return sorted(name for name in self.names() if name.startswith(start) and name.endswith(".xml"))

    def bytes_of(self, name: str) -> bytes:
        """One member, inflated under the allowance of the whole package."""
        if name not in self.kept:
            self.kept[name] = b"".join(self._inflated(name))
        return self.kept[name]

    def _inflated(self, name: str) -> Iterator[bytes]:
        try:
            with self.archive.open(name) as member:
                while chunk := member.read(_CHUNK):
                    self.spent[0] += len(chunk)
                    if self.spent[0] > MOST_INFLATED or (
                        self.spent[0] > RATIO_COUNTS_FROM and self.spent[0] > MOST_RATIO * self.packed_size
                    ):
                        raise Refused(Refusal.INFLATES)
                    yield chunk
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise Refused(Refusal.TRUNCATED) from error
        except RuntimeError as error:  # zipfile says so of an encrypted member
            raise Refused(Refusal.PROTECTED) from error

    def xml(self, name: str) -> Element:
        """One member as XML, without document types or entities."""
        return parse_xml(self.bytes_of(name))


def check_directory(archive: zipfile.ZipFile) -> None:
    """What the directory alone shows: too many members, too large, names that are not names, the same name twice."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused(Refusal.TOO_MUCH)
    if sum(member.file_size for member in members) > MOST_INFLATED:
        raise Refused(Refusal.INFLATES)
    names = [member.filename.replace("\\", "/") for member in members]
    if len({name.casefold() for name in names}) != len(names):
        raise Refused(Refusal.BAD_NAMES)
    if any(name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name) for name in names):
        raise Refused(Refusal.BAD_NAMES)


class _Careful:
    """Builds the tree; stops at a document type, before any entity can be declared, and at absurd depth."""

    def __init__(self) -> None:
        builder = TreeBuilder()
        self.depth = 0
        self.begin, self.finish, self.data, self.close = builder.start, builder.end, builder.data, builder.close

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(Refusal.TOO_MUCH)
        self.begin(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.finish(tag)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise Refused(Refusal.DOCTYPE)


def parse_xml(data: bytes) -> Element:
    """XML without document types, and so without entities of its own."""
    parser = XMLParser(target=_Careful())  # noqa: S314 - no document type, so no entity, gets past the target
    try:
        parser.feed(data)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(Refusal.TRUNCATED) from error
    return root


_MACROS = re.compile(r"(?:^|/)vbaProject\.bin$|(?:^|/)vbaData\.xml$", re.IGNORECASE)
_ACTIVE = re.compile(
    r"(?:^|/)(?:oleObject[^/]*|externalLinks?/.*|activeX/.*|attachedTemplate[^/]*|ddeLink[^/]*)", re.IGNORECASE
)
_LINKED = re.compile(
    rb'Type="[^"]*/(?:attachedTemplate|oleObject|externalLink(?:Path)?|frame|subDocument|package)"', re.IGNORECASE
)


def holds_macros(package: Package) -> bool:
    return any(_MACROS.search(name) for name in package.names())


def check_office_package(package: Package, *, macros_declared: bool) -> None:
    """No macros unless the kind declares them (they are never run), no embedded objects, no links to other files."""
    if holds_macros(package) and not macros_declared:
        raise Refused(Refusal.UNDECLARED_MACROS)
    if any(_ACTIVE.search(name) for name in package.names()):
        raise Refused(Refusal.ACTIVE_CONTENT)
    for name in package.names():
        if name.endswith(".rels"):
            data = package.bytes_of(name)
            if _LINKED.search(data):
                raise Refused(Refusal.ACTIVE_CONTENT)
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.bytes_of(name)[:4096].replace(b"\x00", b""):
            raise Refused(Refusal.DOCTYPE)
