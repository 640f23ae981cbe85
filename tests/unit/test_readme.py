"""The README's pictures and commands are what the code says they are."""

from __future__ import annotations

from readme_states import README, SECTION, section


def test_the_state_diagrams_are_drawn_from_the_tables() -> None:
    found = SECTION.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group(0).strip() == section().strip(), "run: python tests/readme_states.py"


def test_every_command_that_the_readme_names_exists() -> None:
    from typer.main import get_command

    from integration.cli.app import app

    root = get_command(app)
    text = README.read_text(encoding="utf-8")
    named = {"init", "check", "run", "status", "review", "held", "index", "policy", "documents", "deletions", "audit"}
    named |= {"meetings", "outcomes", "actions"}
    assert named <= set(root.commands)  # type: ignore[attr-defined]
    assert all(name in text for name in named)
