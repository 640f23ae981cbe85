"""Sections for the sources of a deployment on the real peers, and mails as the police send them."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from peers.dovecot import Dovecot
from peers.openssh import OpenSSH

POLICE = "MARAC Admin <Marac.Admin@POLICE.example>"


def folder_source(path: str | Path, *, name: str = "drop", area: str = "Testshire", more: str = "") -> str:
    return f"""
[[sources]]
name = "{name}"
kind = "folder"
path = "{path}"
area = "{area}"
settle_seconds = 0
{more}
"""


def sftp_source(
    server: OpenSSH,
    path: str | Path,
    *,
    name: str = "sftp",
    host: str = "127.0.0.1",
    port: int | None = None,
    private_key: Path | None = None,
    fingerprint: str | None = None,
) -> str:
    """`server`, unless something else is said."""
    return f"""
[[sources]]
name = "{name}"
kind = "sftp"
host = "{host}"
port = {port or server.port}
username = "{server.username}"
private_key = "{private_key or server.private_key}"
host_keys = ["{fingerprint or server.fingerprint}"]
path = "{path}"
area = "Testshire"
settle_seconds = 0
timeout_seconds = 10
"""


def mail_source(
    server: Dovecot,
    username: str,
    sign_in: str,
    *,
    name: str = "inbox",
    areas: tuple[str, ...] = ("Testshire",),
    port: int | None = None,
    ca_file: Path | None = None,
    more: str = "",
) -> str:
    """`sign_in` is the line with password or oauth."""
    listed = ", ".join(f'"{area}"' for area in areas)
    return f"""
[[sources]]
name = "{name}"
kind = "imap"
host = "{server.host}"
port = {port or server.port}
username = "{username}"
{sign_in}
ca_file = "{ca_file or server.ca_file}"
areas = [{listed}]
timeout_seconds = 10
{more}
"""


def mail(sender: str, *attachments: tuple[str, bytes]) -> bytes:
    """A mail with these files attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "safeguarding@trust.example", "MARAC"
    message.set_content("Please find attached.")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def post(server: Dovecot, username: str, content: bytes) -> None:
    """Put a mail into somebody's inbox."""
    with server.client(username) as client:
        client.append("INBOX", content)


def mails_in(server: Dovecot, username: str, folder: str = "") -> int:
    """How many mails lie in the inbox, or in the folders under `folder`."""
    count = 0
    with server.client(username) as client:
        for _flags, _delimiter, name in client.list_folders():
            if name.startswith(f"{folder}/") if folder else name == "INBOX":
                client.select_folder(name, readonly=True)
                count += len(client.search("ALL"))
    return count
