"""The README's pictures and commands are what the code says they are."""

from __future__ import annotations

import re

from readme_states import README, SECTION, section


def test_the_state_diagrams_are_drawn_from_the_tables() -> None:
    found = SECTION.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group(0).strip() == section().strip(), "run: python tests/readme_states.py"


def test_every_command_that_the_readme_names_exists() -> None:
    from integration.cli.app import COMMANDS

    text = README.read_text(encoding="utf-8")
    named = {word for line in re.findall(r"`([^`\n]+)`", text) for word in line.removeprefix("flagtag ").split()[:1]}
    known = {"init", "check", "run", "status", "review", "held", "index", "policy", "documents", "deletions", "audit"}
    assert known & named <= set(COMMANDS)
    assert len(known & named) >= 6


def test_every_command_can_say_what_it_does() -> None:
    from typer.testing import CliRunner

    from integration.cli.app import COMMANDS, app

    for name in COMMANDS:
        said = CliRunner().invoke(app, [name, "--help"])
        assert said.exit_code == 0, name
        assert "Usage" in said.output


def test_every_column_of_an_extract_is_explained_and_none_that_is_not_read() -> None:
    from integration.shipped import shipped
    from mappings.patient_csv import COLUMNS, ENDS

    told = re.findall(r"^- (`.+?`):", shipped("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = [name for line in told for name in re.findall(r"`(\w+)`", line)]
    assert sorted(named) == sorted([*COLUMNS, *ENDS])
