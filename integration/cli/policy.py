"""`policy`: the disposal policy, and who approved it."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, emit_json, out, say
from integration.cli.session import session_of

group = typer.Typer(help="The disposal policy.", no_args_is_help=True)


@group.command("show")
def show(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """The policy in its file, and whether it is in force."""
    from integration.custody.policy import load_policy_file, policy_text
    from integration.wiring import POLICY_FILE

    session = session_of(context)
    policy = load_policy_file(session.settings().base / POLICY_FILE)
    with session.deployment() as deployment:
        signed = deployment.policy()
    if form is Format.JSON:
        signature = {"approver": signed.approver, "signed_at": signed.signed_at} if signed else None
        return emit_json({"text": policy_text(policy), "in_force": signature})
    out(policy_text(policy).rstrip())
    if signed is None:
        return out("Not in force: nobody has signed it as it stands. Nothing is destroyed.")
    return out(f"In force: approved by {signed.approver}, signed {signed.signed_at.isoformat(timespec='minutes')}.")


@group.command("sign")
def sign(
    context: typer.Context,
    approver: Annotated[str, typer.Option("--approver", help="Name and post of whoever approves it.")],
) -> None:
    """Put the policy into force as its file says it now."""
    from integration.custody.policy import load_policy_file, sign_policy
    from integration.wiring import POLICY_FILE

    session = session_of(context)
    policy = load_policy_file(session.settings().base / POLICY_FILE)
    with session.deployment() as deployment:
        sign_policy(deployment.database, deployment.secrets, policy, approver, deployment.actor)
    say(f"policy version {policy.version} is in force")
