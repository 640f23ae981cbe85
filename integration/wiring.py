"""The only file that names concrete connectors: settings in, ready parts out, top to bottom, by hand."""

from __future__ import annotations

import stat
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import insert, select

from connectors.folder_drop import FolderDrop
from connectors.limits import MIB, Limits
from connectors.local_flag_register import LocalFlagRegister
from connectors.local_patient_index import LocalPatientIndex
from integration.custody.keys import KeyStore
from integration.custody.policy import SignedPolicy, load_policy_file, policy_in_force
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Vault
from integration.domain.audit import Action, Actor, ActorKind, AuditEvent
from integration.domain.flag import FlagRule
from integration.domain.people import Role
from integration.errors import ConfigurationError
from integration.ports import CaseListSource, FlagRegister
from integration.reading import open_untrusted
from integration.reading.layout_files import load_layouts
from integration.settings import FolderSource, ImapSource, Settings, SftpSource, Source
from integration.storage import schema
from integration.storage.database import Database, new_id, open_database
from integration.storage.seats import nobody_seated
from integration.storage.tables import actors
from integration.workflow.deployment import Area, Deployment, FlagRules
from mappings.fhir.codings import Coding
from mappings.fhir.flag import FlagForm

if TYPE_CHECKING:  # kinds that few commands need are imported where they are built: a command must start fast
    from connectors.flag_endpoint import FlagEndpoint
    from connectors.folder_hint import FolderHint

POLICY_FILE = "disposal-policy.toml"
SERVICE = "flagtag service"


def now() -> datetime:
    """The clock of a deployment."""
    return datetime.now(UTC)


@contextmanager
def open_deployment(
    settings: Settings, *, login: str | None = None, clock: Callable[[], datetime] = now, upgrade: bool = False
) -> Iterator[Deployment]:
    """A deployment ready for use, in the name of a person (`login`) or of the service. Raises `ConfigurationError`."""
    layouts = load_layouts(settings.layouts())
    with ExitStack() as closing:
        database = open_database(settings.database_url(), clock)
        closing.callback(database.close)
        if upgrade:  # the service alone: whoever only tries a newer version must find the way back
            schema.upgrade(database, lambda: nobody_seated(engine_url(settings)))
        schema.check_schema(database)
        keys = KeyStore.open(settings.path(settings.storage.keys))
        secrets = InstallationSecrets.open(settings.path(settings.storage.secrets))
        actor = _actor(database, ActorKind.PERSON if login else ActorKind.PROCESS, login or SERVICE)
        policy_file = settings.base / POLICY_FILE
        yield Deployment(
            trust=settings.trust.ods_code,
            database=database,
            vault=Vault(settings.path(settings.storage.vault), keys),
            keys=keys,
            secrets=secrets,
            index=LocalPatientIndex(
                database,
                actor=actor,
                stale_after=timedelta(hours=settings.patient_index.stale_after_hours),
                clock=clock,
            ),
            register=_register(settings, database, actor),
            register_name=settings.flags.kind,
            areas={a.name: Area(a.name, frozenset(a.senders), a.notice_working_days) for a in settings.areas},
            rules=FlagRules(
                FlagRule(settings.flags.victim),
                FlagRule(settings.flags.perpetrator),
                settings.flags.review_after_months,
            ),
            reader=open_untrusted,
            policy=lambda: _policy(database, secrets, policy_file),
            clock=clock,
            bank_holidays=_BankHolidays(),
            actor=actor,
            sources={source.name: _source(settings, source) for source in settings.sources},
            layouts=layouts,
            kept_sources=frozenset(s.name for s in settings.sources if s.after == "keep"),
            passwords={s.name: tuple(p.read(settings.base) for p in s.passwords) for s in settings.sources},
            backup_retention_days=settings.storage.backup_retention_days,
            max_document_bytes=settings.storage.max_document_mib * MIB,
            version=version("flagtag"),
        )


class _BankHolidays:
    """England's; asked of the library at the first question, for it takes longer to load than many a command to end."""

    def __contains__(self, day: object) -> bool:
        return day in _bank_holidays()


@cache
def _bank_holidays() -> Container[object]:
    import holidays

    return holidays.country_holidays("GB", subdiv="ENG")


def _policy(database: Database, secrets: InstallationSecrets, file: Path) -> SignedPolicy | None:
    """The policy in force. A file at fault puts none in force and stops nothing else; `check` names the fault."""
    try:
        return policy_in_force(database, secrets, load_policy_file(file))
    except ConfigurationError:
        return None


def complete_deployment(settings: Settings, *, login: str) -> list[str]:
    """Make what a deployment lacks of folders, keys, secrets and tables; what is there is left alone.

    Returns what was made. So a new database URL is put to use, a new deployment is begun, and an older one's database
    upgraded.
    """
    made = []
    vault, keys, secrets = (settings.path(p) for p in _folders(settings))
    _check_nothing_is_lost(settings, (vault, keys, secrets))
    for folder in (vault, keys, secrets, _sqlite_folder(settings)):
        if folder is not None:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _has_content(keys):
        KeyStore.create(keys)
        made.append("keys")
    if not vault.is_dir():
        Vault.create(vault, KeyStore.open(keys))
        made.append("vault")
    if not _has_content(secrets):
        InstallationSecrets.create(secrets)
        made.append("secrets")
    return made + _make_tables(settings, login)


def _check_nothing_is_lost(settings: Settings, folders: tuple[Path, ...]) -> None:
    """Refuse to make new keys or secrets for a database that has records: theirs are to be restored, not replaced."""
    lacking = [
        folder for folder in folders if not folder.is_dir() or (folder != folders[0] and not _has_content(folder))
    ]
    sqlite = settings.database_url().startswith("sqlite:///")
    if not lacking or (sqlite and not Path(settings.database_url().removeprefix("sqlite:///")).exists()):
        return
    database = open_database(settings.database_url(), now)
    try:
        if not schema.is_empty(database):
            names = ", ".join(str(folder) for folder in lacking)
            raise ConfigurationError(f"the database has records, but {names} is missing: mount it, or restore it")
    finally:
        database.close()


def _folders(settings: Settings) -> tuple[Path, Path, Path]:
    return settings.storage.vault, settings.storage.keys, settings.storage.secrets


def _has_content(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _make_tables(settings: Settings, login: str) -> list[str]:
    sqlite = _sqlite_folder(settings)
    if sqlite is not None:
        sqlite.mkdir(exist_ok=True, mode=0o700)
    database = open_database(settings.database_url(), now)
    try:
        if not schema.is_empty(database):
            older = schema.upgrade(database, lambda: nobody_seated(engine_url(settings)))
            return ["the database as this version needs it"] if older else []
        schema.create_or_upgrade(database)
        actor = _actor(database, ActorKind.PERSON, login)
        with database.change(AuditEvent(Action.DEPLOYMENT_CREATED, actor, "deployment", settings.trust.ods_code)):
            pass  # the first event of the log
        return ["database"]
    finally:
        database.close()


def hints(settings: Settings, wake: Callable[[], None]) -> list[FolderHint]:
    """Hints that a folder has changed; the scan stays the truth."""
    from connectors.folder_hint import FolderHint

    return [FolderHint(settings.path(s.path), wake) for s in settings.sources if isinstance(s, FolderSource)]


def endpoint(settings: Settings, deployment: Deployment) -> FlagEndpoint | None:
    """The local register's read-only FHIR endpoint, if it is switched on."""
    if settings.flags.kind != "local" or not settings.flags.endpoint.enabled:
        return None
    from connectors.flag_endpoint import FlagEndpoint

    token = settings.flags.endpoint.token
    assert token is not None  # the settings refuse an endpoint without one
    return FlagEndpoint(
        deployment.database,
        actor=deployment.actor,
        port=settings.flags.endpoint.port,
        token=token.read(settings.base),
        key_system=settings.flags.key_system,
    )


def engine_url(settings: Settings) -> str:
    """Where the engine keeps what it needs to carry on: beside our SQLite file, or in the same PostgreSQL database."""
    folder = _sqlite_folder(settings)
    return settings.database_url() if folder is None else f"sqlite:///{folder / 'engine.db'}"


def _sqlite_folder(settings: Settings) -> Path | None:
    url = settings.database_url()
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else None


def _actor(database: Database, kind: ActorKind, login: str) -> Actor:
    known = select(actors.c.actor_id).where(actors.c.kind == kind.value, actors.c.login == login)
    with database.reading() as connection:  # a command that only looks must not wait for whoever writes
        found = connection.execute(known).scalar_one_or_none()
    if found is None:
        with database.change() as change:  # who we are is no act; the acts follow
            found = change.connection.execute(known).scalar_one_or_none()  # another process may have been quicker
            if found is None:
                found = new_id()
                change.connection.execute(insert(actors).values(actor_id=found, kind=kind.value, login=login))
    return Actor(found, kind)


def _index(settings: Settings, database: Database, clock: Callable[[], datetime], actor: Actor) -> LocalPatientIndex:
    stale_after = timedelta(hours=settings.patient_index.stale_after_hours)
    return LocalPatientIndex(database, actor=actor, stale_after=stale_after, clock=clock)


def _register(settings: Settings, database: Database, actor: Actor) -> FlagRegister:
    flags = settings.flags
    form = FlagForm(flags.key_system, settings.trust.ods_code, _codings(settings))
    if flags.kind == "local":
        return LocalFlagRegister(database, form, actor)
    from connectors.fhir_flag_register import FhirFlagRegister, FhirServer, PatientLookup

    assert flags.base_url is not None  # the settings refuse a FHIR register without one
    server = FhirServer(
        base_url=flags.base_url,
        token=flags.token.read(settings.base) if flags.token else None,
        ca_file=settings.path(flags.ca_file) if flags.ca_file else None,
        timeout=flags.timeout_seconds,
    )
    return FhirFlagRegister(server, PatientLookup(flags.patient_by, flags.patient_system), form)


def _codings(settings: Settings) -> dict[Role, tuple[Coding, ...]]:
    given = {Role.VICTIM: settings.flags.victim_coding, Role.PERPETRATOR: settings.flags.perpetrator_coding}
    try:
        return {role: tuple(Coding(c.system, c.code, c.display) for c in codings) for role, codings in given.items()}
    except ValueError as error:
        raise ConfigurationError(f"flags: a coding is wrong: {error}") from None


def _source(settings: Settings, source: Source) -> CaseListSource:
    match source:
        case FolderSource():
            limits = Limits(settle_seconds=source.settle_seconds, max_bytes=_max_bytes(settings))
            return FolderDrop(source.name, source.area_names, settings.path(source.path), limits)
        case SftpSource():
            return _sftp_drop(settings, source)
        case ImapSource():
            return _mail_inbox(settings, source)
        case _:
            assert_never(source)


def _sftp_drop(settings: Settings, source: SftpSource) -> CaseListSource:
    from connectors.sftp_drop import SftpAccount, SftpDrop

    password = source.private_key_password
    _check_private(settings.path(source.private_key), f"source {source.name}: private_key")
    account = SftpAccount(
        host=source.host,
        username=source.username,
        private_key=settings.path(source.private_key),
        host_keys=source.host_keys,
        port=source.port,
        private_key_password=password.read(settings.base) if password else None,
    )
    limits = Limits(source.settle_seconds, source.timeout_seconds, max_bytes=_max_bytes(settings))
    return SftpDrop(source.name, source.area_names, account, source.path, limits)


def _check_private(path: Path, setting: str) -> None:
    """Refuse a key that others can read; one that is missing is the connection's own failure."""
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{setting}: others can read it; run chmod 600 on it")


def _mail_inbox(settings: Settings, source: ImapSource) -> CaseListSource:
    from connectors.mail_inbox import ImapAccount, MailInbox

    account = ImapAccount(
        host=source.host,
        username=source.username,
        secret=_imap_secret(settings, source),
        port=source.port,
        ca_file=settings.path(source.ca_file) if source.ca_file else None,
        folder=source.folder,
        aside_folder=source.aside_folder,
    )
    limits = Limits(timeout_seconds=source.timeout_seconds, max_bytes=_max_bytes(settings))
    return MailInbox(source.name, source.area_names, account, limits)


def _imap_secret(settings: Settings, source: ImapSource) -> str | Callable[[], str]:
    from connectors.mail_inbox import ClientCredentials, OAuthClient

    if source.password is not None:
        return source.password.read(settings.base)
    oauth = source.oauth
    assert oauth is not None  # the settings ask for one of the two
    if oauth.token is not None:
        token = oauth.token
        return lambda: token.read(settings.base)  # read at each sign-in: another program renews it
    assert oauth.token_url and oauth.client_id and oauth.client_secret
    client = OAuthClient(oauth.token_url, oauth.client_id, oauth.client_secret.read(settings.base), oauth.scope)
    return ClientCredentials(source.name, client, source.timeout_seconds)


def _max_bytes(settings: Settings) -> int:
    return settings.storage.max_document_mib * MIB
