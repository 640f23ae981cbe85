"""The settings: what is refused, and why; and that the example documents every one of them, truthfully."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from integration.errors import ConfigurationError, ExitCode
from integration.settings import Secret, Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "example.toml"

SMALLEST = """
[trust]
name = "Example Trust"
ods_code = "RXX"
[[areas]]
name = "Rotherham"
"""
FOLDER = SMALLEST + '[[sources]]\nname = "drop"\nkind = "folder"\npath = "drop"\narea = "Rotherham"\n'
FINGERPRINT = "SHA256:" + "A" * 43
SFTP = (
    SMALLEST + '[[sources]]\nname = "sftp"\nkind = "sftp"\nhost = "h"\nusername = "u"\nprivate_key = "k"\n'
    f'area = "Rotherham"\nhost_keys = ["{FINGERPRINT}"]\n'
)
IMAP = (
    SMALLEST + 'senders = ["marac.admin@police.example"]\n[[sources]]\nname = "mail"\nkind = "imap"\nhost = "h"\n'
    'username = "u"\narea = "Rotherham"\n'
    'password = { file = "secret" }\n'
)


def load(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "flagtag.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return str(caught.value)


# The smallest configuration, and its defaults: the safe ones.


def test_the_smallest_configuration_is_valid(tmp_path: Path) -> None:
    settings = load(tmp_path, SMALLEST)
    assert settings.sources == ()
    assert settings.areas[0].notice_working_days == 8
    assert settings.storage.backup_retention_days is None


def test_what_nobody_decided_is_decided_safely(tmp_path: Path) -> None:
    flags = load(tmp_path, SMALLEST).flags
    assert (flags.perpetrator, flags.visibility) == ("confirm", "unproven")
    assert not flags.endpoint.enabled


def test_settings_cannot_be_changed_after_they_are_read(tmp_path: Path) -> None:
    settings = load(tmp_path, SMALLEST)
    with pytest.raises(ValueError, match="frozen"):
        settings.flags.perpetrator = "automatic"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, FOLDER)
    assert settings.base == tmp_path
    assert settings.path(settings.storage.vault) == tmp_path / "state/vault"
    assert settings.database_url() == f"sqlite:///{tmp_path}/state/flagtag.db"


@pytest.mark.parametrize("url", ["sqlite:////srv/flagtag.db", "postgresql+psycopg://flagtag@localhost/flagtag"])
def test_absolute_database_urls_stay_as_they_are(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, SMALLEST + f'[storage]\ndatabase = "{url}"\n').database_url() == url


@pytest.mark.parametrize("written", ["Rotherham", "ROTHERHAM", "  rotherham "])
def test_areas_are_found_however_a_list_writes_them(tmp_path: Path, written: str) -> None:
    found = load(tmp_path, SMALLEST).area(written)
    assert found is not None
    assert found.name == "Rotherham"


def test_an_area_that_is_not_configured_is_not_found(tmp_path: Path) -> None:
    assert load(tmp_path, SMALLEST).area("Rother") is None


def test_senders_are_compared_without_case(tmp_path: Path) -> None:
    settings = load(tmp_path, SMALLEST + 'senders = [" Marac.Admin@Police.Example "]\n')
    assert settings.areas[0].senders == ("marac.admin@police.example",)


# What is refused; the words are what the administrator sees.

REFUSALS = {
    "an unknown setting": (SMALLEST + "[servise]\n", "servise: Extra inputs are not permitted"),
    "no trust": ('[[areas]]\nname = "A"\n', "trust: Field required"),
    "an ODS code in small letters": (SMALLEST.replace("RXX", "rxx"), "trust.ods_code:"),
    "no area": ('areas = []\n[trust]\nname = "T"\nods_code = "RXX"\n', "at least one of [[areas]]"),
    "two areas of one name": (SMALLEST + '[[areas]]\nname = "Rotherham"\n', "two areas have the same name"),
    "two sources of one name": (FOLDER + FOLDER.removeprefix(SMALLEST), "two sources have the same name"),
    "a source for an unknown area": (
        FOLDER.replace('area = "Rotherham"', 'area = "Barnsley"'),
        "area 'Barnsley' is not among [[areas]]",
    ),
    "a source without an area": (FOLDER.replace('area = "Rotherham"', ""), "give either area = … or areas = […]"),
    "a source with an area said twice": (FOLDER + 'areas = ["Rotherham"]\n', "give either area = … or areas = […]"),
    "an unknown kind of source": (FOLDER.replace('"folder"', '"ftp"'), "sources.0"),
    "a source's name with a blank": (FOLDER.replace('"drop"', '"the drop"', 1), ": sources.0.folder.name:"),
    "a source that is none": (SMALLEST.replace("[trust]", "sources = [7]\n[trust]"), ": sources.0"),
    "SFTP without a pinned host key": (SFTP.replace(f'"{FINGERPRINT}"', ""), "sources.0.sftp.host_keys:"),
    "three host keys": (
        SFTP.replace(f'"{FINGERPRINT}"', f'"{FINGERPRINT}",' * 3),
        "source sftp: sources.0.sftp.host_keys:",
    ),
    "an MD5 fingerprint": (SFTP.replace(FINGERPRINT, "MD5:00:11"), "each is a fingerprint as `ssh-keygen -lf` prints"),
    "a mailbox without a way to sign in": (
        IMAP.replace('password = { file = "secret" }', ""),
        "give password = … or oauth = …",
    ),
    "a mailbox with two": (IMAP + 'oauth = { token = { file = "t" } }\n', "give password = … or oauth = …"),
    "half an OAuth client": (
        IMAP.replace('password = { file = "secret" }', 'oauth = { client_id = "c" }'),
        "give token, or token_url with client_id and client_secret",
    ),
    "a token asked for in the clear": (
        IMAP.replace(
            'password = { file = "secret" }',
            'oauth = { token_url = "http://login.example/t", client_id = "c", client_secret = { file = "s" } }',
        ),
        "token_url must be https",
    ),
    "a secret as a value": (IMAP.replace('{ file = "secret" }', '"CANARY"'), "sources.0.imap.password:"),
    "a FHIR register without its address": (SMALLEST + '[flags]\nkind = "fhir"\n', "base_url is needed"),
    "FHIR in the clear to another host": (
        SMALLEST + '[flags]\nkind = "fhir"\nbase_url = "http://fhir.example/r4"\n',
        "base_url must be https: http is only for this machine",
    ),
    "credentials in an address": (
        SMALLEST + '[flags]\nkind = "fhir"\nbase_url = "https://u:p@fhir.example/r4"\n',
        "base_url must carry no credentials, query or fragment",
    ),
    "an address that is none": (SMALLEST + '[flags]\nkind = "fhir"\nbase_url = "fhir.example"\n', "not a web address"),
    "patients by an identifier without its system": (
        SMALLEST + '[flags]\npatient_by = "identifier"\n',
        "patient_system is needed",
    ),
    "automatic perpetrator flags, visibility unproven": (
        SMALLEST + '[flags]\nperpetrator = "automatic"\n',
        "automatic perpetrator flags are refused while visibility is unproven",
    ),
    "visibility in other words": (SMALLEST + '[flags]\nvisibility = "yes"\n', "visibility is"),
    "visibility accepted by nobody": (
        SMALLEST + '[flags]\nperpetrator = "automatic"\nvisibility = "accepted: "\n',
        "visibility is",
    ),
    "a mailbox whose areas name no sender": (
        IMAP.replace('senders = ["marac.admin@police.example"]\n', ""),
        "none of its areas names a sender",
    ),
    "two areas that only capitals tell apart": (
        SMALLEST + '[[areas]]\nname = "ROTHERHAM"\n',
        "differ by spaces or capitals only",
    ),
    "one folder for two sources": (
        FOLDER + '[[sources]]\nname = "drop-2"\nkind = "folder"\npath = "drop"\narea = "Rotherham"\n',
        "watch the same folder",
    ),
    "keys beneath the vault": (
        SMALLEST + '[storage]\nkeys = "state/vault/keys"\n',
        "keys lies in vault",
    ),
    "an endpoint without a token": (SMALLEST + "[flags.endpoint]\nenabled = true\n", "give token"),
    "not TOML": ("[trust", "not valid TOML"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(tmp_path: Path, case: str) -> None:
    text, words = REFUSALS[case]
    message = refusal(tmp_path, text)
    assert words in message
    assert "flagtag.toml" in message
    assert "CANARY" not in message


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, SMALLEST.replace("RXX", "rxx") + "notice_working_days = -1\n")
    assert message.count("flagtag.toml: ") == 2


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"No such file.*`flagtag init DIR`"):
        load_settings(tmp_path / "flagtag.toml")


@pytest.mark.parametrize("decided", ["proven", "accepted: A Guardian, 2026-11-01"])
def test_automatic_perpetrator_flags_need_a_decision_on_visibility(tmp_path: Path, decided: str) -> None:
    text = SMALLEST + f'[flags]\nperpetrator = "automatic"\nvisibility = "{decided}"\n'
    assert load(tmp_path, text).flags.perpetrator == "automatic"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_is_allowed_to_this_machine(tmp_path: Path, host: str) -> None:
    text = SMALLEST + f'[flags]\nkind = "fhir"\nbase_url = "http://{host}:8080/fhir"\n'
    assert load(tmp_path, text).flags.kind == "fhir"


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]"])
def test_http_is_refused_to_names_that_only_look_like_this_machine(tmp_path: Path, host: str) -> None:
    text = SMALLEST + f'[flags]\nkind = "fhir"\nbase_url = "http://{host}:8080/fhir"\n'
    assert "base_url must be https" in refusal(tmp_path, text)


# Secrets.


def test_a_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a b \n")
    (tmp_path / "secret").chmod(0o600)
    source = load(tmp_path, IMAP).sources[0]
    assert source.kind == "imap"
    assert source.password is not None
    assert source.password.read(tmp_path) == "a b "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_can_read_is_refused_unquoted(tmp_path: Path, mode: int) -> None:
    (tmp_path / "secret").write_text("CANARY")
    (tmp_path / "secret").chmod(mode)
    source = load(tmp_path, IMAP).sources[0]
    assert source.kind == "imap"
    assert source.password is not None
    with pytest.raises(
        ConfigurationError, match="secret file secret: others can read or change it; run chmod 600"
    ) as caught:
        source.password.read(tmp_path)
    assert "CANARY" not in str(caught.value)


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    source = load(tmp_path, IMAP).sources[0]
    assert source.kind == "imap"
    assert source.password is not None
    with pytest.raises(ConfigurationError, match=r"secret file secret: cannot be read \(No such file"):
        source.password.read(tmp_path)


# The example: it loads, it holds every setting, and what its comments say is so.

PROMISE = re.compile(r"(?:Default: (?P<default>.+?)|(?P<required>Required))\. Decided by: [A-Za-z ]+\.$")


def test_the_example_loads(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert {source.kind for source in settings.sources} == {"folder", "sftp", "imap"}


def test_a_new_deployments_configuration_loads(tmp_path: Path) -> None:
    text = EXAMPLE.with_name("new-deployment.toml").read_text(encoding="utf-8")
    assert load(tmp_path, text).flags.kind == "local"


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of, however deep: `tuple[A | B, ...] | None` gives A and B."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in get_args(annotation):
        yield from models_in(part)


def declared(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """A model's settings, each under the name of the class that declares it: what all sources have is said once."""
    for name, field in model.model_fields.items():
        owner = next(c for c in reversed(model.__mro__) if name in vars(c).get("__annotations__", {}))
        yield f"{owner.__name__}.{name}", field


def every_setting(model: type[BaseModel] = Settings) -> dict[str, FieldInfo]:
    """Every setting that there is; tables that hold settings of their own, and a secret's `file`, left out."""
    found = {}
    for label, field in declared(model):
        inner = [m for m in models_in(field.annotation) if m is not Secret]
        if not inner or field.default in (None, ()):
            found[label] = field
        for part in inner:
            found |= every_setting(part)
    return found


def comments() -> dict[str, list[str]]:
    """The comment over each setting in the example, under the same names."""
    found: dict[str, list[str]] = {}
    models: list[type[BaseModel]] = []
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if table := re.match(r"\[+([a-z_.]+)\]", line):
            models = [Settings]
            for name in table[1].split("."):
                fields = [(label, f) for m in models for label, f in declared(m) if label.endswith(f".{name}")]
                models = [m for _, field in fields for m in models_in(field.annotation)]
            for label, _ in fields:
                found.setdefault(label, []).append(comment_over(lines, number))
        elif setting := re.match(r"([a-z_]+) = (.*)", line):
            if setting[1] == "kind":  # says which of the models for sources this table is
                models = [m for m in models if setting[2].strip('"') in get_args(m.model_fields["kind"].annotation)]
            for label in {label for m in models for label, _ in declared(m) if label.endswith(f".{setting[1]}")}:
                found.setdefault(label, []).append(comment_over(lines, number))
    return found


def comment_over(lines: list[str], number: int) -> str:
    """The comment's lines that stand directly over a line, joined."""
    start = number
    while start > 0 and lines[start - 1].startswith("# "):
        start -= 1
    return " ".join(line.removeprefix("# ") for line in lines[start:number])


def written(field: FieldInfo) -> str | None:
    """A setting's default as the example's comments write it; None where a value is required."""
    match field.default:
        case value if value is PydanticUndefined:
            return None
        case None | ():
            return "none"
        case bool(value):
            return str(value).lower()
        case int(value) | float(value):
            return f"{value:g}"
        case value:
            return f'"{value}"'


@pytest.mark.parametrize("label", every_setting())
def test_the_example_documents(label: str) -> None:
    promises = [promise for comment in comments().get(label, []) if (promise := PROMISE.search(comment))]
    assert promises, "config/example.toml must show it, with its default (or Required) and who decides it"
    assert {promise["default"] for promise in promises} == {written(every_setting()[label])}
