"""What lies outside a case list source, as its tests see and move it: one class for each kind of source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path

from fakes.case_list_source import FakeSource

from connectors.folder_drop import FolderDrop
from connectors.limits import Limits
from connectors.mail_inbox import ImapAccount, MailInbox
from connectors.sftp_drop import SftpAccount, SftpDrop
from integration.ports import CaseListSource
from peers.dovecot import Dovecot
from peers.openssh import OpenSSH
from peers.ports import free_port

AT_ONCE = Limits(settle_seconds=0, timeout_seconds=10, max_bytes=64 * 1024)


class Clock:
    """Monotonic seconds that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Outside(ABC):
    """The other side of a source: the sender, a colleague with access, and the server itself."""

    @abstractmethod
    def source(self, limits: Limits = AT_ONCE) -> CaseListSource:
        """A connector built anew, as after a restart."""

    @abstractmethod
    def unreachable(self) -> CaseListSource:
        """A connector whose other side does not answer."""

    @abstractmethod
    def deliver(self, name: str, content: bytes) -> None:
        """Put one file there, whole."""

    @abstractmethod
    def take_all_away(self) -> None:
        """A colleague empties the inbox."""

    @abstractmethod
    def in_inbox(self) -> list[bytes]:
        """What lies in the inbox, seen without the connector."""

    @abstractmethod
    def set_aside(self) -> list[bytes]:
        """What is set aside, seen without the connector."""


class Drop(Outside):
    """A folder in which the test, being on the same machine, can do what any sender could."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, Clock()

    def deliver(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)

    def take_all_away(self) -> None:
        for path in self._files(self.path):
            path.unlink()

    def in_inbox(self) -> list[bytes]:
        return [path.read_bytes() for path in self._files(self.path)]

    def set_aside(self) -> list[bytes]:
        aside = self.path / ".flagtag-aside"
        return [path.read_bytes() for path in self._files(aside)] if aside.is_dir() else []

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


class FolderOutside(Drop):
    def source(self, limits: Limits = AT_ONCE) -> FolderDrop:
        return FolderDrop("drop", ("Rotherham",), self.path, limits, self.clock)

    def unreachable(self) -> FolderDrop:
        return FolderDrop("drop", ("Rotherham",), self.path / "not mounted", AT_ONCE)


class SftpOutside(Drop):
    def __init__(self, server: OpenSSH) -> None:
        super().__init__(server.drop())
        self.account = SftpAccount("127.0.0.1", server.username, server.private_key, (server.fingerprint,), server.port)

    def source(self, limits: Limits = AT_ONCE, account: SftpAccount | None = None) -> SftpDrop:
        return SftpDrop("sftp", ("Doncaster",), account or self.account, str(self.path), limits, monotonic=self.clock)

    def unreachable(self) -> SftpDrop:
        return self.source(account=replace(self.account, port=free_port()))


class MailOutside(Outside):
    def __init__(self, server: Dovecot) -> None:
        self._server, self.username = server, server.mailbox()
        self.account = ImapAccount(server.host, self.username, server.password, server.port, server.ca_file)

    def source(self, limits: Limits = AT_ONCE, account: ImapAccount | None = None) -> MailInbox:
        return MailInbox("inbox", ("Doncaster",), account or self.account, limits)

    def unreachable(self) -> MailInbox:
        return self.source(account=replace(self.account, port=free_port()))

    def deliver(self, name: str, content: bytes) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = "MARAC <marac.admin@police.example>", "safeguarding@trust.example"
        mail.set_content("Please find the list attached.")
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        self.append(mail.as_bytes())

    def append(self, mail: bytes, folder: str = "INBOX") -> None:
        with self._server.client(self.username) as client:
            client.append(folder, mail)

    def take_all_away(self) -> None:
        with self._server.client(self.username) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search("ALL"))
            client.expunge()

    def in_inbox(self) -> list[bytes]:
        return self._mails(lambda folder: folder == "INBOX")

    def set_aside(self) -> list[bytes]:
        return self._mails(lambda folder: folder.startswith("flagtag-aside"))

    def flags(self) -> list[tuple[bytes, ...]]:
        """The flags of the inbox's mails."""
        with self._server.client(self.username) as client:
            client.select_folder("INBOX", readonly=True)
            return [told[b"FLAGS"] for told in client.fetch(client.search("ALL"), ["FLAGS"]).values()]

    def _mails(self, wanted: Callable[[str], bool]) -> list[bytes]:
        found = []
        with self._server.client(self.username) as client:
            for _flags, _delimiter, folder in client.list_folders():
                if wanted(folder):
                    client.select_folder(folder, readonly=True)
                    found += [told[b"BODY[]"] for told in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()]
        return found


@dataclass
class FakeOutside(Outside):
    fake: FakeSource = field(default_factory=lambda: FakeSource(max_bytes=AT_ONCE.max_bytes))

    def source(self, limits: Limits = AT_ONCE) -> FakeSource:
        return self.fake  # the fake is its own outside: what it holds survives a restart

    def unreachable(self) -> FakeSource:
        return FakeSource(failing={"list", "download", "set aside", "remove"})

    def deliver(self, name: str, content: bytes) -> None:
        self.fake.deliver(name, content)

    def take_all_away(self) -> None:
        for ref in list(self.fake.inbox):
            self.fake.take_away(ref)

    def in_inbox(self) -> list[bytes]:
        return [one.files[0].untrusted_bytes for one in self.fake.inbox.values()]

    def set_aside(self) -> list[bytes]:
        return [one.files[0].untrusted_bytes for _, one in self.fake.aside.values()]
