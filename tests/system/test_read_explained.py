"""`flagtag read --explain`: the cell and the rule of every value, in both formats, and nothing else changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from trust import PATIENTS, Trust, flat_list, person

pytestmark = pytest.mark.system


@pytest.fixture
def bare(tmp_path: Path) -> Trust:
    """No deployment: reading needs none."""
    made = object.__new__(Trust)
    made.folder, made.config = tmp_path, tmp_path / "there-is-none.toml"
    return made


def given(trust: Trust, content: bytes) -> str:
    path = trust.folder / "list.csv"
    path.write_bytes(content)
    return str(path)


def test_json_has_one_more_member_only_if_asked(bare: Trust) -> None:
    path = given(bare, flat_list(person("27/2026/001", "Victim", PATIENTS[0], area="Testshire", day=date(2026, 12, 3))))
    plain = bare.must("read", path, "--format", "json").json
    explained = bare.must("read", path, "--format", "json", "--explain").json
    sources = explained.pop("sources")
    assert explained == plain
    assert "sources" not in plain
    by_field = {one["field"]: one for one in sources}
    assert set(by_field) == {"role", "names", "births", "sex", "nhs_number", "addresses"}
    assert (by_field["role"]["rule"], by_field["role"]["words"]) == ("role cell", "Victim")
    assert by_field["births"]["rule"] == "heading"
    assert all(one["where"] for one in sources)


def test_the_table_shows_each_value_with_its_rule(bare: Trust) -> None:
    path = given(bare, flat_list(person("27/2026/001", "Victim", PATIENTS[0], area="Testshire", day=date(2026, 12, 3))))
    plain, explained = bare.must("read", path), bare.must("read", path, "--explain")
    assert explained.out.startswith(plain.out)
    added = explained.out.removeprefix(plain.out)
    assert "Rule" in added and "role cell" in added and "1984-03-02" in added
    assert [entry.name for entry in bare.folder.iterdir()] == ["list.csv"]


def test_a_refused_document_is_refused_the_same_way(bare: Trust) -> None:
    path = given(bare, b"")
    plain = bare.must("read", path, "--format", "json", codes=(4,))
    explained = bare.must("read", path, "--format", "json", "--explain", codes=(4,))
    assert explained.json == plain.json
