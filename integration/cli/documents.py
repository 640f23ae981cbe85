"""`documents` and `deletions`: custody, and the proof of what is gone."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.named_files import write_file
from integration.cli.paging import shown_to_the_end
from integration.cli.printing import SHORT, Format, FormatOption, emit_json, emit_rows, out, say, short
from integration.cli.session import session_of
from integration.custody.certificates import certificate_of, issued_certificates
from integration.custody.destruction import live_check
from integration.custody.evidence import evidence_bundle
from integration.domain.audit import Action
from integration.domain.progress import DocumentState
from integration.errors import ExitCode, UsageError
from integration.storage.records import get, resolve_id
from integration.storage.tables import documents
from integration.workflow import keep_documents
from integration.workflow.deployment import Deployment
from integration.workflow.destroy_documents import certify, destroy_epoch
from integration.workflow.may_go import custody_list
from integration.workflow.sealed import plaintext_of

group = typer.Typer(help="Documents in custody.", no_args_is_help=True)
deletions_group = typer.Typer(help="Certificates of destruction.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The document's id, or its beginning.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why. No names.")]


@group.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Every document that we ever held, and what becomes of it next."""
    with session_of(context).deployment() as deployment:
        rows = [
            asdict(row) | {"id": short(row.document_id), "container": short(row.part_of)}
            for row in custody_list(deployment)
        ]
    columns = {"id": "Id", "container": "Part of", "kind": "Kind", "state": "State", "meeting": "Meeting"}
    columns |= {"received_at": "Received"}
    emit_rows(rows, columns | {"preserved": "Hold", "next_step": "Next"}, form, "nothing is in custody")


@group.command("read")
def read(context: typer.Context, document_id: IdArgument) -> None:
    """Show a document page by page; at its end, confirm that you have read it. Minutes go from then on.

    A display that is interrupted before the end leaves it unread.
    """
    from integration.reading import text_of

    with session_of(context).deployment() as deployment:
        whole = _whole(deployment, document_id)
        with deployment.database.reading() as connection:
            row = get(connection, documents, whole)
        if row["key_slot"] is None or row["state"] == DocumentState.DESTROYING.value:
            raise UsageError("that document is destroyed")
        if row["state"] == DocumentState.TAKEN_APART.value:
            raise UsageError("it was taken apart: read its parts, see `flagtag documents list`")
        text = text_of(plaintext_of(deployment, row), deployment.passwords.get(row["source"], ()))
        with deployment.database.change(deployment.event(Action.DOCUMENT_DISPLAYED, "document", whole)):
            pass  # the display itself is the act
        if not shown_to_the_end(text):
            say("the display was interrupted: the document stays unread")
            raise typer.Exit(ExitCode.HELD)
        if not typer.confirm("That was all of it. Do you confirm that you have read it?", err=True):
            say("not confirmed: the document stays unread")
            raise typer.Exit(ExitCode.HELD)
        keep_documents.confirm_read(deployment, whole)
    say("it is on record that the document was read")


@group.command("confirm-kind")
def confirm_kind(context: typer.Context, document_id: IdArgument) -> None:
    """Say that a research form or minutes are what they were taken for, so that they may go when their time comes."""
    with session_of(context).deployment() as deployment:
        keep_documents.confirm_kind(deployment, _whole(deployment, document_id))
    say("its kind is confirmed")


@group.command("preserve")
def preserve(context: typer.Context, document_id: IdArgument, reason: ReasonOption = "") -> None:
    """Put a legal hold on a document: nothing destroys it until the hold is released."""
    with session_of(context).deployment() as deployment:
        keep_documents.preserve(deployment, _whole(deployment, document_id), reason)
    say("it is preserved")


@group.command("release")
def release(context: typer.Context, document_id: IdArgument, reason: ReasonOption = "") -> None:
    """Lift a legal hold."""
    with session_of(context).deployment() as deployment:
        keep_documents.release(deployment, _whole(deployment, document_id), reason)
    say("the hold is lifted")


@group.command("destroy")
def destroy(
    context: typer.Context,
    document_id: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy a document now, before its day. The policy must be signed."""
    with session_of(context).deployment() as deployment:
        if len(document_id.strip()) < SHORT:
            raise UsageError("what cannot be undone needs at least the 8 characters that the list shows")
        whole = _whole(deployment, document_id)
        if not yes and not typer.confirm(f"Destroy document {short(whole)} for good?", err=True):
            raise typer.Exit(ExitCode.USAGE)
        keep_documents.destroy_now(deployment, whole)
        destroy_epoch(deployment)
        certify(deployment, whole)
    say("it is destroyed; see `flagtag deletions show`")


@deletions_group.command("list")
def list_deletions(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Every certificate, by document id."""
    with session_of(context).deployment() as deployment, deployment.database.reading() as connection:
        issued = issued_certificates(connection)
    rows = [
        {
            "id": short(c.document_id),
            "document_id": c.document_id,
            "certificate_id": c.certificate_id,
            "kind": c.says["doc_class"],
            "trigger": c.says["trigger"],
            "state": c.state.value,
            "irrecoverable_not_before": c.says["irrecoverable_not_before"],
        }
        for c in issued
    ]
    columns = {"id": "Document", "kind": "Kind", "trigger": "Trigger", "state": "State"}
    columns |= {"irrecoverable_not_before": "Beyond recovery from"}
    emit_rows(rows, columns, form, "nothing was destroyed yet")


@deletions_group.command("show")
def show_deletion(
    context: typer.Context,
    document_id: IdArgument,
    evidence: Annotated[
        Path | None, typer.Option("--evidence", help="Write the one file that `flagtag-verify` checks offline.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """A certificate as it was signed, which is JSON either way; or the file with which anybody verifies it offline."""
    with session_of(context).deployment() as deployment:
        whole = _whole(deployment, document_id)
        if evidence is not None:
            bundle = evidence_bundle(deployment.database, deployment.secrets, whole)
            write_file(evidence, json.dumps(bundle, indent=1))
            return say(f"{evidence} is written; verify it by `flagtag-verify {evidence}`")
        with deployment.database.reading() as connection:
            certificate = certificate_of(connection, whole)
    if certificate is None:
        raise UsageError("that document has no certificate")
    del form  # what was signed is shown to the byte
    return out(certificate.body)


@deletions_group.command("verify")
def verify(
    context: typer.Context,
    document_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One document; default: all.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """The live check behind each certificate: key slot, ciphertext, signature and log, looked at now."""
    with session_of(context).deployment() as deployment:
        wanted = _whole(deployment, document_id) if document_id else None
        with deployment.database.reading() as connection:
            issued = [c for c in issued_certificates(connection) if wanted in (None, c.document_id)]
        rows = [
            {
                "id": short(c.document_id),
                "document_id": c.document_id,
                "state": c.state.value,
                "findings": live_check(deployment.database, deployment.vault, deployment.keys, deployment.secrets, c),
            }
            for c in issued
        ]
    if form is Format.JSON:
        emit_json(rows)
    else:
        shown = [row | {"findings": "; ".join(row["findings"]) or "holds"} for row in rows]
        columns = {"id": "Document", "state": "Certificate says", "findings": "Checked now"}
        emit_rows(shown, columns, form, "nothing was destroyed yet")
    if any(row["findings"] for row in rows):
        raise typer.Exit(ExitCode.FAILED)


def _whole(deployment: Deployment, prefix: str) -> str:
    with deployment.database.reading() as connection:
        return resolve_id(connection, documents, prefix)
