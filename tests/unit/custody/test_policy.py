"""The disposal policy: without a signature that covers the file's words there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders_custody import ACTOR, POLICY, Custody
from sqlalchemy import update

from integration.custody.policy import load_policy_file, policy_in_force, policy_text, sign_policy
from integration.custody.secrets import InstallationSecrets
from integration.domain.retention import DisposalPolicy
from integration.errors import ConfigurationError, UsageError
from integration.storage.audit_log import events
from integration.storage.tables import policies

TEMPLATE = Path(__file__).resolve().parents[3] / "config" / "disposal-policy.toml"


def test_the_template_is_a_policy() -> None:
    assert load_policy_file(TEMPLATE) == DisposalPolicy("1", case_list_days=28)


def test_comments_and_layout_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('refused_days=3\ncase_list_days= 2 # closed\nminutes_days=1\nversion="1"\nresearch_form_days=0\n')
    policy = load_policy_file(path)
    assert policy == DisposalPolicy("1", 0, 1, 2, 3)
    path.write_text(policy_text(policy))
    assert load_policy_file(path) == policy


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("minutes_days = -1", "line 3: minutes_days: is a whole number of days"),
        ("minutes_days = true", "line 3: minutes_days: is a whole number"),
        ("minutes_days = 1.5", "line 3: minutes_days: is a whole number"),
        ('minutes_days = "1"', "line 3: minutes_days: is a whole number"),
        ("minutes = 1", "line 3: minutes: is not a setting"),
        ("", "minutes_days: is missing"),
        ("minutes_days = ", "not valid TOML: .*line 3"),
    ],
)
def test_a_fault_is_named_by_its_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f'version = "1"\nresearch_form_days = 0\n{line}\ncase_list_days = 0\nrefused_days = 0\n')
    with pytest.raises(ConfigurationError, match=fault):
        load_policy_file(path)


def test_a_version_is_a_short_name(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    for version in ("1", '""', '"a\\nb"', f'"{"x" * 41}"'):
        path.write_text(
            f"version = {version}\nresearch_form_days = 0\nminutes_days = 0\ncase_list_days = 0\nrefused_days = 0\n"
        )
        with pytest.raises(ConfigurationError, match="line 1: version: is a short name"):
            load_policy_file(path)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="flagtag init"):
        load_policy_file(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_policy_file(tmp_path / "policy.toml")


def test_it_is_in_force_once_signed_and_names_its_approver(custody: Custody) -> None:
    signed = custody.policy()
    assert (signed.policy, signed.approver) == (POLICY, "A. Approver, records manager")
    assert signed.signed_by == ACTOR.actor_id


def test_a_changed_file_is_no_policy_until_it_is_signed_again(custody: Custody) -> None:
    changed = replace(POLICY, minutes_days=7)
    assert policy_in_force(custody.database, custody.secrets, changed) is None
    policy_id = sign_policy(custody.database, custody.secrets, changed, "B. Approver", ACTOR)
    signed = policy_in_force(custody.database, custody.secrets, changed)
    assert signed is not None
    assert signed.policy_id == policy_id
    assert policy_in_force(custody.database, custody.secrets, POLICY) is None  # changed back: sign it again


@pytest.mark.parametrize("column", ["text", "approver", "signed_at", "signed_by", "signature", "sha256", "policy_id"])
def test_a_row_that_was_changed_is_no_signature(custody: Custody, column: str) -> None:
    with custody.database.change() as change:
        if column == "text":
            value = policy_text(replace(POLICY, minutes_days=7))
        else:
            value = "2031-01-01T00:00:00.000000+00:00" if column == "signed_at" else "0" * 32
        change.connection.execute(update(policies).values({column: value}))
    asked = replace(POLICY, minutes_days=7) if column == "text" else POLICY
    assert policy_in_force(custody.database, custody.secrets, asked) is None


def test_another_installation_signs_nothing_for_us(custody: Custody, tmp_path: Path) -> None:
    other = InstallationSecrets.create(tmp_path / "other")
    sign_policy(custody.database, other, POLICY, "C. Approver", ACTOR)
    assert policy_in_force(custody.database, custody.secrets, POLICY) is None


def test_it_needs_an_approver_and_the_log_does_not_name_them(custody: Custody) -> None:
    with pytest.raises(UsageError, match="named approver"):
        sign_policy(custody.database, custody.secrets, POLICY, "  ", ACTOR)
    with custody.database.reading() as connection:
        assert not any(b"Approver" in event.canonical for event in events(connection))
