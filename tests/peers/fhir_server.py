"""Starts the real FHIR server that the tests talk to, and speaks to its back door: faults, options, its log.

It stands on Medplum's router and memory repository, in `fhir/`. Its node modules are looked for beside it, else
installed once into a cache folder from the lock file there.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from peers.presence import missing, program

HERE = Path(__file__).parent / "fhir"
PEER = "FHIR server (Medplum)"
READY_SECONDS, INSTALL_SECONDS = 60, 300


class FhirServer:
    """One running server; stop it with `stop`. It also ends by itself when this process does."""

    def __init__(self) -> None:
        node = program("node", peer=PEER, remedy="install nodejs 18 or later, and npm")
        environment = {"PATH": os.environ["PATH"], "FHIR_MODULES": str(_modules())}
        self._process = subprocess.Popen(
            [node, str(HERE / "server.mjs")],
            stdin=subprocess.PIPE,  # its end of file is what tells the server that we are gone
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.port = self._port()
        self.base_url = f"http://127.0.0.1:{self.port}/fhir"
        self._door = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=30)

    def stop(self) -> None:
        self._door.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    # the back door

    def reset(self) -> None:
        """Forget everything: resources, faults, options and log."""
        self._control("reset", {})

    def set(self, **options: Any) -> None:
        """Change what the server says or does; the names are those of DEFAULTS in server.mjs."""
        self._control("options", options)

    def fail(self, mode: str, match: str = "", *, method: str = "", times: int = 1, **more: Any) -> None:
        """Make the next requests that fit fail: reset-before, reset-after, hang, hang-after, status, delay.

        `match` is a regular expression on the URL; `after` is one that must have been asked first, and `skip`
        lets so many that fit through first.
        """
        self._control("faults", [{"mode": mode, "match": match, "method": method, "times": times, **more}])

    def clear_faults(self) -> None:
        """Let everything work again; what is stored stays."""
        self._control("well", {})

    def log(self) -> list[dict[str, str]]:
        """Every request since the last reset: method, url, ifNoneExist, ifMatch, type."""
        found: list[dict[str, str]] = self._door.get("/_control/log").json()
        return found

    def asked(self, method: str, path: str) -> int:
        """How often exactly this was asked."""
        return sum(1 for entry in self.log() if entry["method"] == method and entry["url"] == f"/fhir/{path}")

    # the front door, as another client of the record system uses it

    def add(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Put a resource there, under its own id if it has one."""
        kind, own_id = resource["resourceType"], resource.get("id")
        if own_id is None:
            return self._ok(self._door.post(f"/fhir/{kind}", json=dict(resource)))
        return self._ok(self._door.put(f"/fhir/{kind}/{own_id}", json=dict(resource)))

    def get(self, kind: str, resource_id: str) -> dict[str, Any]:
        return self._ok(self._door.get(f"/fhir/{kind}/{resource_id}"))

    def remove(self, kind: str, resource_id: str) -> None:
        self._door.delete(f"/fhir/{kind}/{resource_id}").raise_for_status()

    def flags(self) -> list[dict[str, Any]]:
        """Every flag that the server holds."""
        bundle = self._ok(self._door.get("/fhir/Flag?_count=1000"))
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def _ok(self, response: httpx.Response) -> dict[str, Any]:
        response.raise_for_status()
        resource: dict[str, Any] = response.json()
        return resource

    def _control(self, verb: str, body: Mapping[str, Any] | Sequence[Any]) -> None:
        self._door.post(f"/_control/{verb}", json=body).raise_for_status()

    def _port(self) -> int:
        lines: queue.Queue[str] = queue.Queue()
        out = self._process.stdout
        assert out is not None
        threading.Thread(target=lambda: lines.put(out.readline()), daemon=True).start()
        try:
            return int(json.loads(lines.get(timeout=READY_SECONDS))["port"])
        except (queue.Empty, ValueError):
            self._process.kill()
            raise RuntimeError(
                "the FHIR server did not start; run node tests/peers/fhir/server.mjs to see why"
            ) from None


def _modules() -> Path:
    """The folder whose node_modules has the server's packages, installed first if need be."""
    if (HERE / "node_modules" / ".package-lock.json").is_file():
        return HERE
    lock = (HERE / "package-lock.json").read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flagtag-tests"
    folder = root / f"fhir-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "node_modules" / ".package-lock.json").is_file():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    npm = program("npm", peer=PEER, remedy="install npm")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        missing(PEER, "its packages cannot be installed; run `npm ci` in tests/peers/fhir to see why")
