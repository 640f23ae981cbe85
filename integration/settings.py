"""Every setting, typed and frozen, read once from one TOML file; unsafe values are refused with the reason.

Paths are relative to the file. Secrets stand in files of their own, which only their owner may read.
"""

from __future__ import annotations

import re
import stat
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from integration.errors import ConfigurationError

_SOURCE_NAME = r"^[a-z0-9][a-z0-9-]*$"
_LOOPBACK_NAMES = {"localhost"}
_ACCEPTED = re.compile(r"accepted: \S.*, \d{4}-\d{2}-\d{2}")  # who accepted the risk, and when


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Secret(_Section):
    """A secret in a file; the file must be readable by its owner alone."""

    file: Path

    def read(self, base: Path) -> str:
        """The secret without its line end; raises `ConfigurationError` for a missing or world-readable file."""
        path = base / self.file
        try:
            mode = path.stat().st_mode
            text = path.read_text().rstrip("\r\n")
        except OSError as error:
            raise ConfigurationError(f"secret file {self.file}: cannot be read ({error.strerror})") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"secret file {self.file}: others can read or change it; run chmod 600 on it")
        return text


class Trust(_Section):
    name: str
    ods_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,10}$")]


class Storage(_Section):
    database: str = "sqlite:///state/flagtag.db"
    vault: Path = Path("state/vault")
    keys: Path = Path("state/keys")  # document keys: never in a backup
    secrets: Path = Path("state/secrets")  # flag keys and signing key: must be in the backup
    backup_retention_days: Annotated[int, Field(ge=0)] | None = None
    max_document_mib: Annotated[int, Field(ge=1, le=1024)] = 25

    @model_validator(mode="after")
    def _keys_apart(self) -> Self:
        places = {"vault": self.vault, "keys": self.keys, "secrets": self.secrets}
        for one, other in (("keys", "vault"), ("keys", "secrets"), ("vault", "keys"), ("secrets", "keys")):
            if places[one] == places[other] or places[other] in places[one].parents:
                raise ValueError(f"{one} lies in {other}: keys are never in a backup, the others are; keep them apart")
        return self


class Area(_Section):
    name: str
    senders: tuple[str, ...] = ()
    notice_working_days: Annotated[int, Field(ge=0, le=60)] = 8
    layout: Path | None = None  # of its lists; without it their headings are recognised

    @field_validator("senders")
    @classmethod
    def _lower(cls, senders: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sender.strip().casefold() for sender in senders)


class _Source(_Section):
    name: Annotated[str, Field(pattern=_SOURCE_NAME)]
    area: str | None = None
    areas: tuple[str, ...] = ()
    after: Literal["remove", "keep"] = "remove"
    passwords: tuple[Secret, ...] = ()  # of protected documents

    @model_validator(mode="after")
    def _one_way_to_say_the_area(self) -> Self:
        if bool(self.area) == bool(self.areas):
            raise ValueError("give either area = … or areas = […]")
        return self

    @property
    def area_names(self) -> tuple[str, ...]:
        return (self.area,) if self.area else self.areas


class FolderSource(_Source):
    kind: Literal["folder"]
    path: Path
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0


class SftpSource(_Source):
    kind: Literal["sftp"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    username: str
    private_key: Path
    private_key_password: Secret | None = None
    host_keys: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    path: str = "."
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0

    @field_validator("host_keys")
    @classmethod
    def _fingerprints(cls, host_keys: tuple[str, ...]) -> tuple[str, ...]:
        if not all(key.startswith("SHA256:") and len(key) == 50 for key in host_keys):
            raise ValueError("each is a fingerprint as `ssh-keygen -lf` prints it: SHA256: and 43 characters")
        return host_keys


class OAuth(_Section):
    """A token from an OAuth 2.0 client-credentials endpoint, for XOAUTH2; or a token that another program renews."""

    token: Secret | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    scope: str = "https://outlook.office365.com/.default"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_client = (self.token_url, self.client_id, self.client_secret)
        if (self.token is not None) == any(by_client) or (any(by_client) and not all(by_client)):
            raise ValueError("give token, or token_url with client_id and client_secret")
        if self.token_url:
            _check_url(self.token_url, "token_url")
        return self


class ImapSource(_Source):
    kind: Literal["imap"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: str
    password: Secret | None = None
    oauth: OAuth | None = None
    ca_file: Path | None = None
    folder: str = "INBOX"
    aside_folder: str = "flagtag-aside"
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if (self.password is None) == (self.oauth is None):
            raise ValueError("give password = … or oauth = …")
        return self


Source = Annotated[FolderSource | SftpSource | ImapSource, Field(discriminator="kind")]


class PatientIndexSettings(_Section):
    kind: Literal["local"] = "local"
    stale_after_hours: Annotated[int, Field(ge=1)] = 48


class Endpoint(_Section):
    """The local register's own read-only FHIR endpoint."""

    enabled: bool = False
    port: Annotated[int, Field(ge=0, le=65535)] = 8091
    token: Secret | None = None

    @model_validator(mode="after")
    def _token_needed(self) -> Self:
        if self.enabled and self.token is None:
            raise ValueError("an endpoint without a token would show flags to anyone on this machine; give token")
        return self


class Coding(_Section):
    system: str
    code: str
    display: str | None = None


class Flags(_Section):
    kind: Literal["local", "fhir"] = "local"
    base_url: str | None = None
    token: Secret | None = None
    ca_file: Path | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    patient_by: Literal["id", "identifier"] = "id"
    patient_system: str | None = None
    victim: Literal["automatic", "confirm", "off"] = "automatic"
    perpetrator: Literal["automatic", "confirm", "off"] = "confirm"
    visibility: str = "unproven"  # unproven | proven | "accepted: NAME, DATE"
    review_after_months: Annotated[int, Field(ge=1, le=60)] = 12
    key_system: str = "https://flagtag.example/Id/flag"
    victim_coding: tuple[Coding, ...] = ()
    perpetrator_coding: tuple[Coding, ...] = ()
    endpoint: Endpoint = Endpoint()

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.kind == "fhir":
            if not self.base_url:
                raise ValueError('base_url is needed for kind = "fhir"')
            _check_url(self.base_url, "base_url")
        if self.patient_by == "identifier" and not self.patient_system:
            raise ValueError('patient_system is needed for patient_by = "identifier"')
        if self.visibility not in ("unproven", "proven") and not _ACCEPTED.fullmatch(self.visibility):
            raise ValueError('visibility is "unproven", "proven" or "accepted: NAME, DATE", the date as YYYY-MM-DD')
        if self.perpetrator == "automatic" and self.visibility == "unproven":
            raise ValueError("automatic perpetrator flags are refused while visibility is unproven")
        return self


class OutcomeTemplate(_Section):
    """The trust's own fields in the brief outcome, beside the default ones."""

    fields: tuple[str, ...] = ()


class Service(_Section):
    poll_seconds: Annotated[float, Field(gt=0, le=86400)] = 60.0
    once_retry_seconds: Annotated[float, Field(ge=0, le=3600)] = 60.0


class Settings(_Section):
    """The whole configuration; see `config/example.toml` for what each setting means and who decides it."""

    trust: Trust
    storage: Storage = Storage()
    areas: tuple[Area, ...]
    sources: tuple[Source, ...] = ()
    patient_index: PatientIndexSettings = PatientIndexSettings()
    flags: Flags = Flags()
    outcomes: OutcomeTemplate = OutcomeTemplate()
    service: Service = Service()
    _base: Path = PrivateAttr(default=Path())

    @property
    def base(self) -> Path:
        """The folder that relative paths are relative to: the configuration file's own."""
        return self._base

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if not self.areas:
            raise ValueError("at least one of [[areas]] is needed")
        areas = [area.name for area in self.areas]
        names = [source.name for source in self.sources]
        for what, given in (("areas", areas), ("sources", names)):
            if len(set(given)) != len(given):
                raise ValueError(f"two {what} have the same name")
        folded = [" ".join(name.split()).casefold() for name in areas]
        if len(set(folded)) != len(folded) and len(set(areas)) == len(areas):
            raise ValueError("two areas differ by spaces or capitals only; a document could not tell them apart")
        folders = [str(source.path) for source in self.sources if isinstance(source, FolderSource)]
        if len(set(folders)) != len(folders):
            raise ValueError("two sources watch the same folder; what lies in it would be for one area or the other")
        for source in self.sources:
            self._check_senders(source)
        for source in self.sources:
            for area in source.area_names:
                if area not in areas:
                    raise ValueError(f"source {source.name}: area {area!r} is not among [[areas]]")
        return self

    def _check_senders(self, source: Source) -> None:
        """A mailbox takes mail by its sender: without any sender of its areas every mail would be refused."""
        if not isinstance(source, ImapSource):
            return
        if not any(area.senders for area in self.areas if area.name in source.area_names):
            raise ValueError(f"source {source.name}: none of its areas names a sender; every mail would be refused")

    def area(self, name: str) -> Area | None:
        """The area of that name, letters' case and outer spaces apart."""
        wanted = " ".join(name.split()).casefold()
        return next((a for a in self.areas if " ".join(a.name.split()).casefold() == wanted), None)

    def layouts(self) -> dict[str, tuple[Path, str]]:
        """The layout files by area, resolved against the file's folder, and as the file writes them."""
        return {area.name: (self.path(area.layout), str(area.layout)) for area in self.areas if area.layout is not None}

    def database_url(self) -> str:
        """The database's URL, a relative SQLite path resolved against the file's folder."""
        url = self.storage.database
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(self.base / url.removeprefix('sqlite:///')).resolve()}"
        return url

    def path(self, relative: Path) -> Path:
        """A configured path, resolved against the file's folder."""
        return (self.base / relative).resolve()


def load_settings(path: Path) -> Settings:
    """Read and check the configuration; every fault is named by its place. Raises `ConfigurationError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ConfigurationError(f"{path}: {reason}; `flagtag init DIR` makes a new deployment") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    try:
        return settings_from(values, path.resolve().parent)
    except ValidationError as error:
        raise ConfigurationError("\n".join(f"{path}: {fault}" for fault in _faults(error, values))) from None


def settings_from(values: dict[str, Any], base: Path) -> Settings:
    """Settings from plain values, paths relative to `base`. Raises pydantic's `ValidationError`."""
    settings = Settings.model_validate(values)
    settings._base = base
    return settings


def _faults(error: ValidationError, values: dict[str, Any]) -> list[str]:
    faults = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        faults.append(f"{_source_at(fault['loc'], values)}{place}: {fault['msg'].removeprefix('Value error, ')}")
    return faults


def _source_at(place: tuple[int | str, ...], values: dict[str, Any]) -> str:
    """The name of the source that is at fault, for people count none; nothing where it has no proper one."""
    match place:
        case ("sources", int(number), *_):
            source = values["sources"][number]
            name = source.get("name") if isinstance(source, dict) else None
            return f"source {name}: " if isinstance(name, str) and re.fullmatch(_SOURCE_NAME, name) else ""
    return ""


def _check_url(url: str, setting: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{setting} is not a web address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{setting} must carry no credentials, query or fragment")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError(f"{setting} must be https: http is only for this machine")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() in _LOOPBACK_NAMES
