"""CaseListSource: a mailbox over IMAP with TLS. A mail is one delivery; its attachments are the files.

What is set aside moves into a folder of its own, `flagtag-aside/ARRIVAL-UIDVALIDITY-UID`: that needs no keywords
(Exchange has none), survives any restart, and tells which mail of the inbox it was. Nothing is marked as read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from connectors._aside import check_arrival_id
from connectors._imap_session import ImapAccount, ImapSession, TokenSupplier, imap_session
from connectors._mail_folders import CannotExpunge, MailFolders, MailRef, ref_in
from connectors._mail_parts import documents_of, sender_of
from connectors._oauth import ClientCredentials, OAuthClient
from connectors._probing import probes
from connectors.limits import MIB, Limits
from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, Probe, UntrustedFile, Waiting

__all__ = ["ClientCredentials", "ImapAccount", "MailInbox", "OAuthClient", "TokenSupplier"]

_BATCH = 200
_FROM = b"BODY[HEADER.FIELDS (FROM)]"
_NO_ASIDE = "aside_folder is missing: is this the right mailbox? If somebody removed it, make it again"
_NOT_MOVED = "the server said that it moved a mail, and did not: the next attempt tries again"
_CANNOT_EXPUNGE = "the server knows neither MOVE nor UIDPLUS: a single mail cannot be set aside safely on it"
_TAKEN = "another client moved or removed the mail after it was seen"


class MailInbox(CaseListSource):
    """A mailbox; `account.secret` is a password, or a callable that gives a token for XOAUTH2."""

    def __init__(
        self,
        name: str,
        areas: tuple[str, ...],
        account: ImapAccount,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self.name, self.areas = name, areas
        self._account, self._limits = account, limits
        # base64 makes a file a third longer, and a mail may carry several
        self._mail_limit = limits.max_bytes * 3

    def waiting(self) -> Iterator[Waiting]:
        found = []
        with self._session() as session, session.phase("list"):
            client = session.client
            uid_validity = client.select_folder(self._account.folder, readonly=True)[b"UIDVALIDITY"]
            uids = sorted(client.search(["NOT", "DELETED"]))
            for start in range(0, len(uids), _BATCH):
                told = client.fetch(uids[start : start + _BATCH], ["RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (FROM)]"])
                for uid, parts in told.items():
                    ref = str(MailRef(uid_validity, uid))
                    found.append(Waiting(ref, sender_of(parts.get(_FROM, b"")), parts.get(b"RFC822.SIZE")))
        return iter(found)

    def download(self, waiting: Waiting) -> Sequence[UntrustedFile]:
        ref, limit = MailRef.parse(waiting.ref), self._mail_limit
        with self._session() as session, session.phase("download"):
            size = self._folders(session).size_in_inbox(ref)
            # the stated size is a guess on some servers, so no more than the limit is ever asked for
            wanted = [f"BODY.PEEK[]<0.{limit + 1}>"] if size is not None and size <= limit else ["RFC822.SIZE"]
            answer = session.client.fetch([ref.uid], wanted) if size is not None else {}
        untrusted_mail = answer.get(ref.uid, {}).get(b"BODY[]<0>")
        if size is not None and (size > limit or (untrusted_mail and len(untrusted_mail) > limit)):
            raise DocumentRefused(f"the mail is larger than the limit of {limit // MIB} MiB")
        if untrusted_mail is None:
            raise Unavailable(self.name, "download", _TAKEN)
        return documents_of(untrusted_mail, self._limits.max_bytes)

    def set_aside(self, waiting: Waiting, arrival_id: str) -> None:
        """(1) a folder for the arrival, (2) move, (3) look: a server's OK to a move proves nothing."""
        check_arrival_id(arrival_id)
        ref = MailRef.parse(waiting.ref)
        with self._session() as session, self._phase(session, "set aside"):
            folders = self._folders(session)
            folders.make_aside()
            if folders.size_in_inbox(ref) is None:  # moved by an earlier attempt, or taken by somebody else
                return
            folder = folders.folder_of(arrival_id) or folders.make_folder(arrival_id, ref)  # (1)
            if folders.count(folder) == 0:
                folders.move(ref, folder)  # (2)
            if folders.size_in_inbox(ref) is None:  # (3)
                return
            if folders.count(folder) == 0:
                raise Unavailable(self.name, "set aside", _NOT_MOVED)
            folders.expunge_from_inbox(ref)  # it was copied, now or by an attempt that broke off

    def is_aside(self, arrival_id: str) -> bool:
        with self._session() as session, session.phase("list"):
            folders = self._folders(session)
            folder = folders.folder_of(arrival_id)
            return folder is not None and folders.count(folder) > 0

    def remove(self, arrival_id: str) -> None:
        """(1) empty the arrival's folder, (2) take that same mail out of the inbox, (3) then the folder goes."""
        check_arrival_id(arrival_id)
        with self._session() as session, self._phase(session, "remove"):
            folders = self._folders(session)
            self._check_aside(folders)
            folder = folders.folder_of(arrival_id)
            if folder is None:
                return
            folders.empty(folder)  # (1)
            if folders.size_in_inbox(ref_in(folder)) is not None:
                folders.expunge_from_inbox(ref_in(folder))  # (2) an interrupted move left both
            if folders.count(folder) == 0 and folders.size_in_inbox(ref_in(folder)) is None:
                session.client.delete_folder(folder)  # (3) last: as long as it stands, the work is not done

    def is_gone(self, arrival_id: str) -> bool:
        with self._session() as session, self._phase(session, "remove"):
            folders = self._folders(session)
            self._check_aside(folders)
            folder = folders.folder_of(arrival_id)
            if folder is None:
                return True
            return folders.count(folder) == 0 and folders.size_in_inbox(ref_in(folder)) is None

    def probe(self) -> Iterator[Probe]:
        return probes(
            self._session,
            ("resolve", "connect", "certificate", "sign in"),
            (("list", self._try_listing), ("set aside", self._try_setting_aside)),
        )

    def recoverable_note(self) -> str:
        return (
            "Expunged by UID from the folder it was set aside in, and seen to be absent there and in the inbox. The"
            " provider may still be able to recover it: Exchange keeps expunged mails in Recoverable Items (14 days by"
            " default, longer under a hold), others in backups. Copies in the sender's own mailbox, in journals and"
            " in gateways are beyond our reach."
        )

    def _session(self) -> AbstractContextManager[ImapSession]:
        return imap_session(self.name, self._account, self._limits)

    def _folders(self, session: ImapSession) -> MailFolders:
        return MailFolders(session.client, self._account.folder, self._account.aside_folder)

    @contextmanager
    def _phase(self, session: ImapSession, phase: str) -> Iterator[None]:
        try:
            with session.phase(phase):
                yield
        except CannotExpunge:
            raise Unavailable(self.name, phase, _CANNOT_EXPUNGE) from None

    def _check_aside(self, folders: MailFolders) -> None:
        """Where the aside folder is missing we have not looked, so nothing may be said about a copy."""
        if not folders.aside_exists():
            raise Unavailable(self.name, "remove", _NO_ASIDE)

    def _try_listing(self, session: ImapSession) -> None:
        session.client.select_folder(self._account.folder, readonly=True)

    def _try_setting_aside(self, session: ImapSession) -> None:
        folders = self._folders(session)
        made = not folders.aside_exists()
        folders.make_aside()
        session.client.delete_folder(folders.make_folder("probe", MailRef(0, 0)))
        if made:
            session.client.delete_folder(self._account.aside_folder)
