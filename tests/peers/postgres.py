"""A real PostgreSQL: a fresh cluster on loopback, for one test run, gone with the process that started it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from peers.ports import free_port, wait_until
from peers.presence import program

PEER = "PostgreSQL"
READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """One running server; `url(NAME)` is the SQLAlchemy URL of one of its databases."""

    port: int
    password: str = field(repr=False)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://app:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """A new, empty database; returns its name."""
        name = f"t{secrets.token_hex(6)}"
        with self._maintenance() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        with self._maintenance() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def end_sessions(self, database: str, application: str = "%") -> int:
        """Cut the connections to one database, as a crash of the server would; returns how many."""
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name LIKE %s AND pid <> pg_backend_pid()"
        )
        with self._maintenance() as connection:
            row = connection.execute(query, (database, application)).fetchone()
        return int(row[0]) if row else 0

    def _maintenance(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="app", password=self.password, dbname="postgres", autocommit=True
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster, run it, and leave nothing of it. The server refuses root, so root runs it as `postgres`."""
    initdb, postgres = _binary("initdb"), _binary("postgres")
    folder = Path(tempfile.mkdtemp(prefix="flagtag-postgres-", dir="/var/tmp"))
    try:
        password = secrets.token_urlsafe(12)
        (folder / "password").write_text(password)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for path in (folder, folder / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        _initialise(initdb, folder)
        with _running(postgres, folder, password) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return program(name, peer=PEER, remedy="apt-get install postgresql", extra=tuple(map(str, reversed(versions))))


def _as_server_user(command: list[str]) -> list[str]:
    """The command as `postgres` if we are root; it dies with us, however we end."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "KILL", *command]
    change_user = ["--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    return ["setpriv", *change_user, "--pdeathsig", "KILL", *command]


def _initialise(initdb: str, folder: Path) -> None:
    options = ["-U", "app", f"--pwfile={folder / 'password'}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
    command = _as_server_user([initdb, "-D", str(folder / "data"), *options, "--no-sync", "--no-instructions"])
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=_environment())


@contextmanager
def _running(postgres: str, folder: Path, password: str) -> Iterator[Cluster]:
    running = Cluster(free_port(), password)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": running.port,
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "on",  # off loses the last commits when the server is killed
        "shared_buffers": "32MB",
        "max_connections": 60,
    }
    arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        command = _as_server_user([postgres, "-D", str(folder / "data"), *arguments])
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=_environment())
        try:
            _wait_until_ready(running, server, folder / "log")
            yield running
        finally:
            server.send_signal(2)  # "fast": sessions are ended, the cluster is left whole
            server.wait(20)


def _wait_until_ready(running: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
        try:
            running._maintenance().close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(answers, "PostgreSQL answers", READY_SECONDS)


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
