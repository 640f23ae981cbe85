"""The wheel as a trust installs it: three packages, the configuration's data inside, no tests, nothing shadowed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("integration", "mappings", "connectors")

LOOK = """
import importlib.metadata as metadata, importlib.resources as resources, json, sys
import connectors, integration, mappings
print(json.dumps({
    "from": [package.__file__ for package in (integration, mappings, connectors)],
    "owners": {name: sorted(set(metadata.packages_distributions()[name])) for name in sys.argv[1:]},
    "settings": resources.files("integration").joinpath("config", "example.toml").read_text(encoding="utf-8"),
    "commands": sorted(entry.name for entry in metadata.distribution("flagtag").entry_points),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the locked backend, without a network."""
    made = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = made.glob("flagtag-*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_it_holds_our_packages_and_nothing_else(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(OURS)


def test_it_holds_every_file_of_ours(names: set[str]) -> None:
    ours = {str(path.relative_to(ROOT)) for top in OURS for path in (ROOT / top).rglob("*") if path.is_file()}
    assert {name for name in ours if "__pycache__" not in name} - names == set()


def test_it_holds_all_of_the_configurations_data(names: set[str]) -> None:
    data = {f"integration/{path.relative_to(ROOT)}" for path in (ROOT / "config").rglob("*") if path.is_file()}
    assert "integration/config/example.toml" in data
    assert data - names == set()


def test_it_holds_the_licence(names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_installed_it_imports_from_another_directory_and_is_not_shadowed(wheel: Path, tmp_path: Path) -> None:
    """A file in the working directory must never be run in the place of ours: lists are dropped into directories."""
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        "--target",
        str(installed),
    ]
    subprocess.run([sys.executable, "-m", "pip", *install, str(wheel)], check=True, capture_output=True)
    elsewhere.mkdir()
    for name in OURS:
        (elsewhere / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    outer = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    environment = outer | {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK, *OURS],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert all(Path(file).is_relative_to(installed) for file in seen["from"])
    assert seen["owners"] == {name: ["flagtag"] for name in OURS}
    assert seen["settings"] == (ROOT / "config" / "example.toml").read_text(encoding="utf-8")
    assert seen["commands"] == ["flagtag", "flagtag-verify"]
