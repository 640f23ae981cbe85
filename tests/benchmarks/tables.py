"""The two sides of an evaluation as plain rows of one form, for the methods that we are compared with. Plain Python."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

COLUMNS = (
    *("unique_id", "given", "family", "middle", "other_family", "birth", "age", "sex", "line", "postcode"),
    *("prev_postcode", "phone", "nhs_number"),
)
Row = dict[str, str | None]
_TODAY = date(2026, 11, 22)


def patients(file: Path) -> Iterator[Row]:
    """The index."""
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            address = " ".join(part for part in (row["address1"], row["address2"]) if part)
            yield _row(row, row["local_id"], row["other_names"], row["dob"], address, row["prev_postcode"])


def people(file: Path) -> Iterator[Row]:
    """The list; each person's id is the line in the file, its header being 1."""
    with file.open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            yield _row(row, f"{number}", row["aka"], row["dob"], row["address"], "") | {"age": row["age"] or None}


def _row(row: dict[str, str], number: str, other: str, birth: str, address: str, before: str) -> Row:
    return {
        "unique_id": number,
        "given": _name(row["given"]),
        "family": _name(row["family"]),
        "middle": _name(row["middle"]),
        "other_family": _name(other),
        "birth": iso(birth),
        "age": None,
        "sex": row["sex"] or None,
        "line": re.sub(r"[^a-z0-9 ]", "", address.casefold()) or None,
        "postcode": row["postcode"].replace(" ", "") or None,
        "prev_postcode": before.replace(" ", "") or None,
        "phone": row["phone"] or None,
        "nhs_number": row["nhs_number"] or None,
    }


def _name(name: str) -> str | None:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("\u0142", "l"))
    return re.sub(r"[^a-z ]", "", plain.replace("-", " ")).strip() or None


def iso(text: str) -> str | None:
    """A date as 2026-11-22, 22/11/2026 or 22.11.26, in the first of these forms; None where it is no date."""
    parts = re.split(r"[/.-]", text)
    try:
        if len(parts[0]) == 4:
            return date.fromisoformat(text).isoformat()
        day, month, year = map(int, parts)
        century = 0 if year > 99 else 1900 if year > _TODAY.year % 100 else 2000
        return date(year + century, month, day).isoformat()
    except ValueError:
        return None


def columns(rows: Iterable[Row]) -> dict[str, list[str | None]]:
    """The rows turned into columns."""
    found: dict[str, list[str | None]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name in COLUMNS:
            found[name].append(row[name])
    return found


def truth(file: Path) -> dict[str, set[str]]:
    """Who is truly whom: a list's line, and all of that person's records."""
    with file.open(newline="") as lines:
        return {f"{n}": set(row["all_ids"].split(";")) - {""} for n, row in enumerate(csv.DictReader(lines), 2)}
