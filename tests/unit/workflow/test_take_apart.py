"""A mail or an archive is taken apart: its parts are documents of their own, with one origin, and it goes first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from archives import A_FORM, LIST, arrivals_with, content_of, parts_of, send, sent
from builders import case
from deployments import AREA, OTHER_AREA, SENDER, Trust, reading
from disposal import ANNA as QUILLON
from disposal import FORM, MINUTES, NOBODY, hold_meeting, is_gone, says, state, why_not

from integration.domain.audit import Action
from integration.domain.case_list import CameIn, DocumentKind
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused, UsageError
from integration.ports import TakenApart, UntrustedFile
from integration.storage.tables import arrival_documents, audit_events, documents, list_versions
from integration.workflow.keep_documents import confirm_read, destroy_now, preserve, release
from integration.workflow.process_case_list import due_steps
from integration.workflow.read_document import Confirmed
from integration.workflow.receive_document import ArrivalState, collect
from integration.workflow.settle_held import dismiss, held_items, read_again, settle_document, show_held

D = DocumentState
OTHER_LIST = reading(case("9", NOBODY), area=OTHER_AREA)
SOME_MINUTES = reading(case("1", NOBODY), kind=MINUTES)
UNSIGNED: Any = {"policy": lambda: None}


def test_each_part_is_a_document_with_a_key_a_kind_and_a_list_of_its_own(trust: Trust) -> None:
    trust.source.areas = (AREA, OTHER_AREA)
    container, (one, other, form) = sent(trust, LIST, OTHER_LIST, A_FORM)
    rows = [trust.document(document_id) for document_id in (one, other, form)]
    assert [row["state"] for row in rows] == [D.READ] * 3
    assert [row["kind"] for row in rows] == [DocumentKind.CASE_LIST, DocumentKind.CASE_LIST, FORM]
    assert len({row["key_slot"] for row in rows}) == 3
    assert len({row["list_id"] for row in trust.rows(list_versions)}) == 2
    assert {row["received_at"] for row in rows} == {trust.document(container)["received_at"]}


def test_the_container_goes_at_once_and_its_certificate_says_what_it_held(trust: Trust) -> None:
    container, parts = sent(trust, LIST, A_FORM)
    assert is_gone(trust, container)
    said = says(trust, container)
    assert (said["doc_class"], said["trigger"], said["parts"]) == ("container", "taken_apart", parts)
    assert "each of its parts" in said["covers"]
    assert [copy["action"] for copy in said["copies"]] == ["pending"]  # the sender's copy waits for the parts
    assert len(trust.source.aside) == 1


def test_the_senders_copy_goes_once_all_parts_are_gone_and_every_certificate_says_so(trust: Trust) -> None:
    container, (listed, minutes) = sent(trust, LIST, SOME_MINUTES)
    confirm_read(trust.as_reviewer(), minutes)
    trust.work()
    assert is_gone(trust, minutes) and not is_gone(trust, listed)
    assert says(trust, minutes)["state"] == "epoch_key_destroyed"
    assert trust.arrival_states() == [ArrivalState.SET_ASIDE]
    hold_meeting(trust)
    assert is_gone(trust, listed)
    assert trust.source.aside == {}
    for document_id in (container, listed, minutes):
        said = says(trust, document_id)
        assert (said["state"], len(said["copies"])) == ("source_copies_confirmed", 1)
    assert says(trust, minutes)["part_of"] == [container]
    assert due_steps(trust.deployment) == []


def test_one_bad_part_stops_no_other_and_is_shown_with_its_place(trust: Trust) -> None:
    nested = DocumentRefused("the archive holds another archive")
    unknown = reading(kind=DocumentKind.UNRECOGNISED)
    _, (first, second, third) = sent(trust, nested, LIST, unknown)
    assert [state(trust, one) for one in (first, second, third)] == [D.REFUSED, D.READ, D.HELD]
    assert [(item.object_id, item.where) for item in held_items(trust.deployment)] == [
        (first, "drop, part 1 of 3"),
        (third, "drop, part 3 of 3"),
    ]
    assert show_held(trust.deployment, third).item.where == "drop, part 3 of 3"


def test_a_container_that_cannot_be_opened_waits_whole_and_is_taken_apart_later(trust: Trust) -> None:
    content = trust.deliver(DocumentRefused("the file is protected"))
    trust.run()
    container = trust.document_of(content)
    assert [(item.object_id, item.where) for item in held_items(trust.deployment)] == [(container, "drop")]
    trust.reader.by_content[content] = trust.archive(LIST)
    trust.change_deployment(passwords={"drop": ("one",)})
    read_again(trust.as_reviewer(), container)
    trust.work()
    assert is_gone(trust, container)
    assert [state(trust, part) for part in parts_of(trust, container)] == [D.READ]
    assert trust.reader.asked[-1] == ("one",)  # the source's passwords open parts too


def test_the_reader_is_told_how_a_part_came_and_what_its_mail_was_about(trust: Trust) -> None:
    asked: list[UntrustedFile] = []
    known = trust.reader

    def reader(file: UntrustedFile, passwords: Any, layouts: Any) -> Any:
        asked.append(file)
        return known(file, passwords, layouts)

    trust.change_deployment(reader=reader)
    part = UntrustedFile("list.csv", trust.content(LIST), "MARAC 3 December", CameIn.MAIL)
    trust.deliver(TakenApart((part,)))
    trust.run()
    assert asked[1] == part
    (_, row) = sorted(trust.rows(arrival_documents), key=lambda row: row["sealed_subject"] is not None)
    assert b"December" not in row["sealed_subject"]


def test_an_archive_on_a_mail_is_taken_apart_in_its_turn(trust: Trust) -> None:
    inner = trust.content(trust.archive(A_FORM, reading(kind=DocumentKind.UNRECOGNISED)))
    mail, (listed, archive) = sent(trust, LIST, inner)
    form, unknown = parts_of(trust, archive)
    assert is_gone(trust, mail) and is_gone(trust, archive)
    assert [state(trust, one) for one in (listed, form, unknown)] == [D.READ, D.READ, D.HELD]
    assert [item.where for item in held_items(trust.deployment)] == ["drop, part 2 of 2, part 2 of 2"]
    assert len({*map(frozenset, (arrivals_with(trust, one) for one in (mail, listed, archive, form, unknown)))}) == 1
    trust.source.deliver("again.zip", b"never read")  # and by itself, later
    again = trust.source.deliver("again.eml", inner)
    collect(trust.deployment, trust.source)
    assert again not in trust.source.inbox
    assert len(arrivals_with(trust, form)) == 2


def test_the_same_archive_by_another_way_is_known_with_all_its_parts(trust: Trust) -> None:
    content = send(trust, LIST, SOME_MINUTES)
    container = trust.document_of(content)
    listed, minutes = parts_of(trust, container)
    trust.source.deliver("again.zip", content)
    trust.run()
    assert len(trust.rows(documents)) == 3
    assert all(len(arrivals_with(trust, one)) == 2 for one in (container, listed, minutes))
    assert len(trust.source.aside) == 2
    confirm_read(trust.as_reviewer(), minutes)
    hold_meeting(trust)
    assert trust.source.aside == {}
    assert {len(says(trust, one)["copies"]) for one in (container, listed, minutes)} == {2}


@pytest.mark.parametrize("alone_first", [True, False])
def test_a_list_alone_and_in_an_archive_is_one_document(trust: Trust, alone_first: bool) -> None:
    alone = trust.content(LIST)
    if alone_first:
        trust.source.deliver("alone.csv", alone)
        trust.run()
    _, (listed, form) = sent(trust, alone, A_FORM)
    if not alone_first:
        trust.source.deliver("alone.csv", alone)
        trust.run()
    assert listed == trust.document_of(alone)
    assert len(trust.rows(list_versions)) == 1
    assert (len(arrivals_with(trust, listed)), len(arrivals_with(trust, form))) == (2, 1)
    assert len(trust.rows(audit_events, audit_events.c.action == Action.DOCUMENT_ARRIVED_AGAIN.value)) == 1


def test_a_list_that_lived_its_life_is_known_in_an_archive_and_its_certificate_names_the_new_copy(trust: Trust) -> None:
    trust.change_deployment(backup_retention_days=30)
    alone = trust.content(LIST)
    trust.source.deliver("alone.csv", alone)
    trust.run()
    hold_meeting(trust)
    listed = trust.document_of(alone)
    before = says(trust, listed)
    content = trust.deliver(DocumentRefused("the file is protected"))
    trust.run()
    trust.clock.forward(days=1)
    trust.reader.by_content[content] = trust.archive(alone)
    preserve(trust.as_reviewer(), trust.document_of(content), "asked for by a court")
    read_again(trust.as_reviewer(), trust.document_of(content))
    trust.work()
    meanwhile = says(trust, listed)
    assert meanwhile["part_of"] == [trust.document_of(content)]
    assert (len(meanwhile["copies"]), meanwhile["irrecoverable_not_before"]) == (2, "unknown")
    release(trust.as_reviewer(), trust.document_of(content), "the court is satisfied")
    trust.work()
    after = says(trust, listed)
    assert (after["state"], len(after["copies"])) == ("source_copies_confirmed", 2)
    assert after["irrecoverable_not_before"] > before["irrecoverable_not_before"]
    assert trust.people() and len(trust.rows(list_versions)) == 1
    assert due_steps(trust.deployment) == []


def test_of_an_archive_that_comes_again_only_a_part_that_was_turned_away_is_new(trust: Trust) -> None:
    content = send(trust, LIST, reading(kind=DocumentKind.UNRECOGNISED))
    listed, unknown = parts_of(trust, trust.document_of(content))
    dismiss(trust.as_reviewer(), unknown)
    trust.work()
    for _ in range(2):  # the second time it waits in sight, and nothing is new
        trust.source.deliver("again.zip", content)
        trust.run()
        assert len(trust.rows(documents)) == 5
        (waiting,) = held_items(trust.deployment)
        assert waiting.object_id not in (listed, unknown)
    assert len(arrivals_with(trust, listed)) == 3
    assert len(arrivals_with(trust, waiting.object_id)) == 2
    assert len(trust.rows(list_versions)) == 1


def test_two_halves_of_one_list_in_one_archive_lose_nobody(trust: Trust) -> None:
    _, parts = sent(trust, reading(case("1", NOBODY)), reading(case("2", QUILLON)))
    assert len(trust.rows(list_versions)) == 1 and len(trust.people()) == 1
    (waiting,) = held_items(trust.deployment)
    assert waiting.object_id in parts and "another list of its meeting came with it" in waiting.reason
    settle_document(trust.as_reviewer(), waiting.object_id, Confirmed(kind=DocumentKind.CASE_LIST))
    assert len(trust.rows(list_versions)) == 2  # a person's word is enough


def test_two_lists_in_one_archive_that_agree_or_only_add_need_nobody(trust: Trust) -> None:
    both = (case("1", NOBODY), case("2", QUILLON))
    one, other = trust.content(reading(both[0])), trust.content(reading(*both))
    trust.deliver(trust.archive(one))
    trust.run()
    sent(trust, one, other, reading(*reversed(both)))
    assert held_items(trust.deployment) == []
    assert len(trust.people()) == 2


def test_a_list_that_comes_later_replaces_the_one_of_an_archive_as_ever(trust: Trust) -> None:
    sent(trust, reading(case("1", NOBODY), case("2", QUILLON)))
    trust.issue(case("2", QUILLON))
    assert held_items(trust.deployment) == []
    assert len(trust.cases()) == 1


def test_the_same_part_twice_is_one_document(trust: Trust) -> None:
    same = trust.content(LIST)
    _, (one, other) = sent(trust, same, same)
    assert one == other
    assert len(trust.rows(documents)) == 2
    assert len(list(trust.deployment.vault.folder.glob("*.document"))) == 1


def test_an_archive_of_a_stranger_stays_closed_until_its_rightful_sender_sends_it(trust: Trust) -> None:
    stranger = "colleague@elsewhere.example"
    content = send(trust, LIST, sender=stranger)
    container = trust.document_of(content)
    assert (state(trust, container), parts_of(trust, container)) == (D.REFUSED, [])
    shown = show_held(trust.deployment, container)
    assert shown.sender == stranger and stranger not in repr(shown)
    assert stranger.encode() not in trust.only(arrival_documents)["sealed_sender"]
    trust.source.deliver("list.zip", content, sender=SENDER)
    trust.run()
    assert [state(trust, part) for part in parts_of(trust, container)] == [D.READ]


def test_a_part_that_was_refused_where_it_lay_is_read_once_it_comes_by_itself(trust: Trust) -> None:
    inner = trust.content(DocumentRefused("the archive holds another archive"))
    _, (nested,) = sent(trust, inner)
    assert state(trust, nested) is D.REFUSED
    trust.reader.by_content[inner] = trust.archive(LIST)
    trust.source.deliver("inner.zip", inner)
    trust.run()
    assert is_gone(trust, nested)
    assert [state(trust, part) for part in parts_of(trust, nested)] == [D.READ]


def test_without_a_signed_policy_the_container_stays_and_so_do_its_parts(trust: Trust) -> None:
    signed = trust.deployment.policy
    trust.change_deployment(**UNSIGNED)
    container, (_, minutes) = sent(trust, LIST, SOME_MINUTES)
    assert state(trust, container) is D.TAKEN_APART
    trust.change_deployment(policy=signed)
    confirm_read(trust.as_reviewer(), minutes)
    trust.work()
    assert is_gone(trust, container) and is_gone(trust, minutes)


def test_a_legal_hold_on_the_container_keeps_all_that_it_holds(trust: Trust) -> None:
    signed = trust.deployment.policy
    trust.change_deployment(**UNSIGNED)
    container, (_, minutes) = sent(trust, LIST, SOME_MINUTES)
    preserve(trust.as_reviewer(), container, "asked for by a court")
    trust.change_deployment(policy=signed)
    confirm_read(trust.as_reviewer(), minutes)
    trust.work()
    assert state(trust, minutes) is D.READ
    assert "goes first" in why_not(trust, minutes)
    with pytest.raises(UsageError, match="goes first"):
        destroy_now(trust.as_reviewer(), minutes)
    release(trust.as_reviewer(), container, "the court is satisfied")
    trust.work()
    assert is_gone(trust, container) and is_gone(trust, minutes)


def test_a_legal_hold_on_a_part_lets_the_container_go(trust: Trust) -> None:
    signed = trust.deployment.policy
    trust.change_deployment(**UNSIGNED)
    container, (minutes, listed) = sent(trust, SOME_MINUTES, LIST)
    preserve(trust.as_reviewer(), minutes, "asked for by a court")
    trust.change_deployment(policy=signed)
    trust.work()
    assert is_gone(trust, container)
    assert content_of(trust, minutes)
    assert len(trust.source.aside) == 1 and state(trust, listed) is D.READ


def test_nothing_that_a_sender_wrote_is_in_the_log(trust: Trust) -> None:
    part = UntrustedFile("ZZTESTER.csv", trust.content(LIST), "about ZZTESTER", CameIn.MAIL)
    trust.deliver(TakenApart((part,)))
    trust.run()
    assert all(b"ZZTESTER" not in row["canonical"] for row in trust.rows(audit_events))
    (event,) = trust.rows(audit_events, audit_events.c.action == Action.DOCUMENT_TAKEN_APART.value)
    assert json.loads(event["canonical"])["details"] == {"parts": 1}
