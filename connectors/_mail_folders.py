"""Mails and folders of one signed-in mailbox, each looked at afresh: another client may have been there before us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MailRef:
    """One mail for ever: a UID means nothing once the mailbox was made anew, so its UIDVALIDITY goes with it."""

    uid_validity: int
    uid: int

    def __str__(self) -> str:
        return f"{self.uid_validity}-{self.uid}"

    @classmethod
    def parse(cls, ref: str) -> MailRef:
        uid_validity, uid = ref.split("-")
        return cls(int(uid_validity), int(uid))


class CannotExpunge(Exception):
    """The server knows neither MOVE nor UIDPLUS: one mail could not be removed without removing others' too."""


class MailFolders:
    """The inbox, and beneath `aside` a folder for each arrival: `ARRIVAL-UIDVALIDITY-UID`."""

    def __init__(self, client: Any, inbox: str, aside: str) -> None:  # an IMAPClient, whose types are partial
        self.client, self._inbox, self._aside = client, inbox, aside

    def size_in_inbox(self, ref: MailRef) -> int | None:
        """The size of a mail if it lies in the inbox, as its server tells it."""
        if self.client.select_folder(self._inbox, readonly=True)[b"UIDVALIDITY"] != ref.uid_validity:
            return None
        told = self.client.fetch([ref.uid], ["RFC822.SIZE"])
        return int(told[ref.uid].get(b"RFC822.SIZE", 0)) if ref.uid in told else None

    def aside_exists(self) -> bool:
        return bool(self.client.folder_exists(self._aside))

    def make_aside(self) -> None:
        if not self.aside_exists():
            self.client.create_folder(self._aside)

    def folder_of(self, arrival_id: str) -> str | None:
        """The folder of an arrival, if there is one."""
        named = re.compile(re.escape(self._aside) + r".?" + re.escape(arrival_id) + r"-\d+-\d+")
        names = (name for _flags, _delimiter, name in self.client.list_folders(pattern=f"{self._aside}*"))
        return next((name for name in names if named.fullmatch(name)), None)

    def make_folder(self, arrival_id: str, ref: MailRef) -> str:
        """A new folder for an arrival; its name tells which mail it is for."""
        delimiter = next((delimiter for _, delimiter, _ in self.client.list_folders(pattern=self._aside)), None)
        folder = f"{self._aside}{(delimiter or b'-').decode()}{arrival_id}-{ref}"
        self.client.create_folder(folder)
        return folder

    def count(self, folder: str) -> int:
        """How many mails lie in a folder, those marked as deleted included."""
        return int(self.client.select_folder(folder, readonly=True)[b"EXISTS"])

    def move(self, ref: MailRef, folder: str) -> None:
        """Out of the inbox; where the server cannot move, a copy, and the caller sees that the inbox still has it."""
        if not (self.client.has_capability("MOVE") or self.client.has_capability("UIDPLUS")):
            raise CannotExpunge
        self.client.select_folder(self._inbox)
        if self.client.has_capability("MOVE"):
            self.client.move([ref.uid], folder)
        else:
            self.client.copy([ref.uid], folder)

    def expunge_from_inbox(self, ref: MailRef) -> None:
        """That mail and no other: UID EXPUNGE, for a plain one would end what colleagues marked."""
        if not self.client.has_capability("UIDPLUS"):
            raise CannotExpunge
        self.client.select_folder(self._inbox)
        self.client.delete_messages([ref.uid], silent=True)
        self.client.uid_expunge([ref.uid])

    def empty(self, folder: str) -> None:
        """Expunge all that lies in an arrival's own folder."""
        self.client.select_folder(folder)
        uids = self.client.search("ALL")
        if uids:
            self.client.delete_messages(uids, silent=True)
            self.client.expunge()


def ref_in(folder: str) -> MailRef:
    """Which mail of the inbox an arrival's folder is for."""
    uid_validity, uid = folder.rsplit("-", 2)[1:]
    return MailRef(int(uid_validity), int(uid))
