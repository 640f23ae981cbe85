"""Names in the ways that people write them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reading_room import vocabulary

from integration.domain.people import PersonName
from mappings.case_lists.names import is_caps, is_plainly_a_name, looks_like_a_name, read_alias, read_name

JANE = [("SMITH", "Jane")]


def read(text: str) -> list[tuple[str, str]]:
    found = read_name(text, vocabulary())
    assert found is not None
    return [(name.family, name.given) for name in found.names]


@pytest.mark.parametrize(
    "text",
    [
        "SMITH, Jane",
        "SMITH Jane",
        "Jane SMITH",
        "Mrs Jane SMITH",
        "SMITH, Mrs Jane",
        "SMITH, Jane (Mrs)",
        "Ms. Jane SMITH",
        " SMITH ,  Jane ",
        "Dr SMITH, Jane",
        "Jane, SMITH",
        "Jane SMITH (sister)",
        "SMITH, Jane (late addition)",
    ],
)
def test_the_same_name_in_many_writings(text: str) -> None:
    assert read(text) == JANE


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jane Ann Smith", [("Smith", "Jane Ann")]),
        ("JANE SMITH", [("SMITH", "JANE")]),
        ("SMITH J", [("SMITH", "J")]),
        ("J. K. SMITH", [("SMITH", "J K")]),
        ("O'BRIEN, Siobhán", [("O'BRIEN", "Siobhán")]),
        ("Jane O\u2019Neill", [("O'Neill", "Jane")]),
        ("McDONALD Ian", [("McDONALD", "Ian")]),
        ("AL-RASHID, Yasmin", [("AL-RASHID", "Yasmin")]),
        ("Yasmin Al Rashid", [("Al Rashid", "Yasmin")]),
        ("Jan van der BERG", [("van der BERG", "Jan")]),
        ("Maria de la Cruz", [("de la Cruz", "Maria")]),
        ("DE LA CRUZ, Maria", [("DE LA CRUZ", "Maria")]),
        ("ELIZABETH, Hart", [("ELIZABETH", "Hart")]),
        ("Panchal AMIT", [("AMIT", "Panchal")]),
        ("Mr Smith", [("Smith", "")]),
        ("Nee, Paul", [("Nee", "Paul")]),
        ("ALIAS, John", [("ALIAS", "John")]),
        ("Paul NEE", [("NEE", "Paul")]),
        ("ŻÓŁĆ, Łukasz", [("ŻÓŁĆ", "Łukasz")]),
    ],
)
def test_names_of_every_kind(text: str, names: list[tuple[str, str]]) -> None:
    assert read(text) == names


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("SMITH, Jane (née JONES)", ("JONES", "Jane")),
        ("SMITH, Jane nee JONES", ("JONES", "Jane")),
        ("SMITH, Jane (maiden name Jones)", ("Jones", "Jane")),
        ("SMITH, Jane formerly known as JONES", ("JONES", "Jane")),
        ("SMITH, Jane formerly JONES", ("JONES", "Jane")),
        ("SMITH, Jane aka JONES, Janet", ("JONES", "Janet")),
        ("SMITH, Jane also known as Janet JONES", ("JONES", "Janet")),
        ("SMITH, Jane a.k.a. JONES", ("JONES", "Jane")),
        ("SMITH, Jane alias JONES", ("JONES", "Jane")),
        ("SMITH, Jane aka Janey", ("SMITH", "Janey")),
        ("SMITH, Jane (Janey)", ("SMITH", "Janey")),
        ('Jane "Janey" SMITH', ("SMITH", "Janey")),
        ("SMITH, Jane known as Janey", ("SMITH", "Janey")),
        ("SMITH/JONES, Jane", ("JONES", "Jane")),
        ("SMITH (JONES), Jane", ("JONES", "Jane")),
        ("SMITH, Jane/Janet", ("SMITH", "Janet")),
    ],
)
def test_other_names_follow_the_primary_one(text: str, second: tuple[str, str]) -> None:
    assert read(text) == [*JANE, second]


@pytest.mark.parametrize(
    "text",
    [
        *("Jane SMITH ?", "?SMITH, Jane", "SMITH? Jane", "SMITH, Jane (unconfirmed)", "Jane SMITH (to be confirmed)"),
        *("Jane SMITH (possibly false name)", "Jane SMITH (ID TBC)", "Jane SMITH (not verified)", "Jane SMITH (poss)"),
    ],
)
def test_a_doubt_stays_with_the_name_as_a_question_mark(text: str) -> None:
    assert read(text)[0] == ("SMITH", "Jane ?")
    assert read(f"Mr {text.replace('Jane', '')}")[0] == ("SMITH ?", "")


@pytest.mark.parametrize("text", ["Jane SMITH Jr", "SMITH Jr, Jane", "SMITH, Jane Jr.", "Jane, SMITH Jr"])
def test_junior_stays_with_the_given_name(text: str) -> None:
    assert read(text) == [("SMITH", "Jane Jr")]


@pytest.mark.parametrize("text", ["Jane SMITH / Joan JONES", "Smith", "Jane sister of Bob", "SMITH, Jane, Ann, Beth"])
def test_what_may_mean_otherwise_is_not_certain(text: str) -> None:
    found = read_name(text, vocabulary())
    assert found is not None
    assert not found.certain


@pytest.mark.parametrize("text", ["", "  ", "-", "()", "123", "?"])
def test_what_is_no_name(text: str) -> None:
    assert read_name(text, vocabulary()) is None


@pytest.mark.parametrize(
    "text", ["12 High Street", "not known", "None", "S60 1AA", "jane@example", "see the other list", "NFA"]
)
def test_what_does_not_look_like_a_name(text: str) -> None:
    assert not looks_like_a_name(text, vocabulary())


@pytest.mark.parametrize("text", ["Housing", "Adult Social Care", "FLAT", "High Street", "OFFICIAL", "POLICE"])
def test_what_is_not_plainly_a_name(text: str) -> None:
    assert not is_plainly_a_name(text, vocabulary())


def test_an_alias_under_its_own_heading_is_completed_from_the_primary_name() -> None:
    primary = PersonName("Al", "Jamie")
    assert read_alias("Al-Rashid", primary, vocabulary()).names == (PersonName("Al-Rashid", "Jamie"),)
    assert read_alias("JONES, Jim; Bob", PersonName("AL", "J"), vocabulary()).names == (
        PersonName("JONES", "Jim"),
        PersonName("AL", "Bob"),
    )


LETTERS = "abcdefghijklmnopqrstuvwxyzáéíóúñç"
words = st.text(LETTERS, min_size=2, max_size=10).map(str.title)
_STOPS = ("aka", "nee", "née", "alias", "also", "maiden", "known", "formerly", "or", "and")


@given(family=words, given=st.lists(words, min_size=1, max_size=3).map(" ".join))
def test_surname_in_capitals_and_surname_first_agree(family: str, given: str) -> None:
    used = [word.casefold() for word in (family, *given.split())]
    known = vocabulary()
    assume(not any(word in known.cells["titles"] | known.cells["particles"] | set(_STOPS) for word in used))
    assume(not any((word,) in known.nothing | known.remarks for word in used) and used[-1] not in ("jr", "ii", "snr"))
    assume(
        is_caps(family.upper())
        and len(given.split(maxsplit=1)[0]) > 1
        and not any(is_caps(word) for word in given.split())
    )
    expected = [(family.upper(), given)]
    assert read(f"{family.upper()}, {given}") == expected
    assert read(f"{given} {family.upper()}") == expected
    assert read(f"{family.upper()} {given}") == expected


@given(st.text(max_size=80))
def test_any_text_at_all_is_survived(text: str) -> None:
    found = read_name(text, vocabulary())
    assert found is None or all(name.family or name.given for name in found.names)
