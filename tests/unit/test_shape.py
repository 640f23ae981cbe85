"""The shape of the project itself: folders, names, sizes, locks; what a reader relies on and no compiler checks."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("integration", "mappings", "connectors")
FOLDERS = {*PACKAGES, "config", "tests"}
NAME_NOTHING = {
    *("manager", "handler", "helper", "helpers", "util", "utils", "processor", "service", "base"),
    *("common", "core", "misc"),
}
# the unattended loop is what an operating system calls a service, and its settings are named after it
ALLOWED_NAMES = {
    "integration/service.py",
    "integration/settings.py:Service",
    "tests/unit/test_service.py",
    "tests/system/test_service.py",
    "tests/system/test_service.py:Service",
}
# What each version of these files says, comments apart. A change needs a new version, and its line here: never another
# digest in an old line, for decisions name the version by which they were made, and keys the names by which.
VERSIONS = {
    "matching.toml": {
        "2026-11-22.8": "8e330d5f60b1facb",
        "2026-11-22.9": "6ffe095fd52b0954",
        "2026-11-22.10": "ee93f86d1e7a557a",
        "2026-11-22.11": "e7a83f01a53cab15",
    },
    "name_sets.toml": {"2": "d7073a1cc6124490", "3": "f6c22b45471a2a8c", "4": "a6766c42fd485c3b"},
}


def files(*suffixes: str) -> Iterator[Path]:
    """Our own files of these kinds, in the five folders and beside them."""
    for folder in sorted(FOLDERS):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and not {"node_modules", "__pycache__"} & set(path.parts):
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.suffix in suffixes)


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


PYTHON = {place(path): path for path in files(".py")}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def last_word(name: str) -> str:
    """`cache_manager` and `CacheManager` both end in the word manager; `database` and `Database` in database."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return words[-1].lower() if words else ""


def test_the_top_level_folders_are_exactly_the_five() -> None:
    ignored = {"dist", "node_modules", "__pycache__"}
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert found - ignored == FOLDERS


def test_config_is_data_only() -> None:
    assert [name for name in PYTHON if name.startswith("config/")] == []


def test_configs_readme_names_all_that_is_there() -> None:
    readme = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(.+?)` \|", readme, re.MULTILINE))
    assert named == {
        path.name + "/" * path.is_dir() for path in (ROOT / "config").iterdir() if path.name != "README.md"
    }


def test_every_module_opens_with_what_it_is() -> None:
    assert [name for name, path in PYTHON.items() if not ast.get_docstring(tree(path))] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {place(path): path.read_text(encoding="utf-8").count("\n") for path in files(".py", ".sh", ".mjs", ".md")}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_name_names_nothing() -> None:
    found = set()
    for name, path in PYTHON.items():
        for part in Path(name).with_suffix("").parts:
            if last_word(part) in NAME_NOTHING:
                found.add(name)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and last_word(node.name) in NAME_NOTHING:
                found.add(f"{name}:{node.name}")
    assert found - ALLOWED_NAMES == set()


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("cache_manager", "manager"),
        ("_URLHelper", "helper"),
        ("database", "database"),
        ("HTTPBase", "base"),
        ("__init__", "init"),
    ],
)
def test_names_are_judged_by_their_last_word(name: str, word: str) -> None:
    assert last_word(name) == word


def test_nothing_is_left_for_later() -> None:
    backwards = ("ODOT", "EMXIF", "KCAH")  # so that this file does not hold what it looks for
    words = re.compile(r"\b(" + "|".join(word[::-1] for word in backwards) + r")\b")
    kinds = (".py", ".sh", ".mjs", ".md", ".toml")
    assert [place(path) for path in files(*kinds) if words.search(path.read_text(encoding="utf-8"))] == []


def is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether nothing but `pass` or `...` stands in the body; what is abstract or overloaded may have none."""
    last = function.body[-1]
    dots = isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is ...
    marks = {ast.unparse(mark).rpartition(".")[2] for mark in function.decorator_list}
    return (dots or isinstance(last, ast.Pass)) and not marks & {"abstractmethod", "overload"}


def is_protocol(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)


def test_nothing_is_a_stub() -> None:
    found = []
    for name, path in PYTHON.items():
        nodes = [] if name.startswith("tests/") else list(ast.walk(tree(path)))
        shapes = {id(method) for node in nodes if is_protocol(node) for method in ast.walk(node)}
        for node in nodes:
            if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc):
                found.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_empty(node) and id(node) not in shapes:
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_tests_wait_for_what_happens_and_never_for_time() -> None:
    found = []
    for name, path in PYTHON.items():
        for node in ast.walk(tree(path)) if name.startswith("tests/") else ():
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep":
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_importing_the_package_imports_nothing() -> None:
    imports = (ast.Import, ast.ImportFrom)
    assert not any(isinstance(node, imports) for node in ast.walk(tree(ROOT / "integration" / "__init__.py")))


def test_imports_point_inwards() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_brings_a_package_of_our_name(package: str) -> None:
    """Two wheels with one folder overwrite each other without a warning. An editable install lists no packages."""
    assert set(packages_distributions().get(package, [])) <= {"flagtag"}


def normalised(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def locked(lock: str) -> dict[str, str]:
    """The versions in a lock; every one of them must come with a hash."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.findall(r"^([a-z0-9._-]+)==(\S+)(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert all("--hash=sha256:" in rest for _, _, rest in entries)
    return {normalised(name): version for name, version, _ in entries}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    run, build, dev = locked("requirements.lock"), locked("requirements-build.lock"), locked("requirements-dev.lock")
    assert {normalised(need) for need in project["project"]["dependencies"]} <= set(run)
    assert {normalised(need) for need in groups["build"]} <= set(build)
    assert {normalised(need) for need in groups["dev"] if isinstance(need, str)} <= set(dev)
    assert {normalised(need) for need in groups["fuzz"]} == set(locked("requirements-fuzz.lock"))
    assert {normalised(need) for need in groups["bench"]} <= set(locked("requirements-bench.lock"))


def test_the_locks_agree_with_each_other() -> None:
    assert (locked("requirements.lock") | locked("requirements-build.lock")).items() <= locked(
        "requirements-dev.lock"
    ).items()


def test_the_readme_gives_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^\s*make demo\b", readme, re.MULTILINE)
    assert re.search(r"^\s*make test\b", readme, re.MULTILINE)


@pytest.mark.parametrize("name", VERSIONS)
def test_what_a_version_says_never_changes(name: str) -> None:
    said = tomllib.loads((ROOT / "config" / name).read_text(encoding="utf-8"))
    version = said.pop("version")
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
    pinned = VERSIONS[name].get(version)
    assert pinned == digest, f"config/{name}: give the file a new version, and VERSIONS a line: {digest}"
