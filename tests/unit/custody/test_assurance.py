"""What we claim about an overwrite gets weaker with the file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.custody.assurance import Mount, assurance_of, mount_of, wording

MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
23 22 0:21 / /srv rw - btrfs /dev/vdb rw,space_cache
24 22 0:22 / /srv/two\\040words rw - ext4 /dev/vdc rw,data=journal
25 22 0:23 / /srv rw - xfs /dev/vdd rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home/x", "ext4"), ("/srv/x", "xfs"), ("/srv/two words/x", "ext4"), ("/srvx", "ext4")],
)
def test_the_mount_is_the_last_of_the_longest(tmp_path: Path, path: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTINFO)
    assert mount_of(Path(path), table).kind == kind
    assert ("data=journal" in mount_of(Path(path), table).options) == ("two words" in path)


def test_an_unknown_mount_claims_nothing(tmp_path: Path) -> None:
    assert "not known to overwrite in place" in wording(
        mount_of(Path("/"), tmp_path / "none"), direct=False, swap=False
    )


@pytest.mark.parametrize(
    ("kind", "options", "downgraded"),
    [
        ("ext4", {"rw"}, False),
        ("xfs", {"rw"}, False),
        ("ext4", {"rw", "data=journal"}, True),
        *((kind, {"rw"}, True) for kind in ("btrfs", "zfs", "overlay", "nfs4", "cifs", "fuse.sshfs", "f2fs", "9p")),
    ],
)
def test_only_file_systems_that_overwrite_in_place_are_trusted(kind: str, options: set[str], downgraded: bool) -> None:
    said = wording(Mount(kind, frozenset(options)), direct=True, swap=False)
    assert ("downgraded" in said) == downgraded
    assert ("overwritten in place" in said) != downgraded


def test_how_it_was_read_back_and_swap_are_said() -> None:
    mount = Mount("ext4", frozenset())
    assert "from the disk" in wording(mount, direct=True, swap=False)
    assert "through the cache" in wording(mount, direct=False, swap=False)
    assert "swap" in wording(mount, direct=True, swap=True)
    assert "swap" not in wording(mount, direct=True, swap=False)


def test_it_speaks_of_the_real_machine(tmp_path: Path) -> None:
    path = tmp_path / "slots"
    path.write_bytes(bytes(64))
    assert assurance_of(path).startswith(mount_of(path).kind.removeprefix("fuse."))
