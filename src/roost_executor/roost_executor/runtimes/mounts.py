# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Where on the device what a container mounts is."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path, PurePosixPath

from roost_core import error_codes
from roost_core.instance import InstanceSpec, Mount, MountKind
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import RuntimeFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A folder or file of the device that a container sees at a path of its own."""

    source: str
    target: str
    read_only: bool


def binds(spec: InstanceSpec, state_dir: Path) -> tuple[Bind, ...]:
    """Find everything that an instance mounts; a sub_path that is missing is made.

    Args:
        state_dir: the executor's own, with the folders of managed volumes and of configs.

    Raises:
        RuntimeFault: something is not there, or leads out of its volume.
    """
    return tuple(_bind(mount, state_dir) for mount in spec.mounts)


def _bind(mount: Mount, state_dir: Path) -> Bind:
    root = _root(mount, state_dir)
    try:
        if not root.is_dir():
            raise _failed(mount, f'folder {root} is not there')
        source = _inside(mount, root)
    except OSError as error:
        raise _failed(
            mount, f'{error.filename or root} cannot be used: {error.strerror}'
        ) from error
    return Bind(
        source=str(source),
        target=mount.target,
        read_only=mount.read_only or mount.kind is MountKind.CONFIG,
    )


def _root(mount: Mount, state_dir: Path) -> Path:
    if mount.kind is MountKind.HOST:
        if not os.path.isabs(mount.source):
            raise _failed(mount, f'{mount.source!r:.80} is no absolute path')
        return Path(os.path.realpath(mount.source))
    if mount.source.startswith('.') or '/' in mount.source or not mount.source:
        raise _failed(mount, f'{mount.source!r:.80} names nothing that Roost keeps')
    folder = 'configs' if mount.kind is MountKind.CONFIG else 'volumes'
    return Path(os.path.realpath(state_dir / folder / mount.source))


def _inside(mount: Mount, root: Path) -> Path:
    """Follow the sub_path, making folders that are missing, and never leave the root."""
    parts = PurePosixPath(mount.sub_path).parts
    if '..' in parts or mount.sub_path.startswith('/'):
        raise _failed(mount, f'subPath {mount.sub_path!r:.80} is no path inside it')
    place = root
    for part in parts:
        place = place / part
        if not os.path.lexists(place):
            if mount.kind is MountKind.CONFIG:
                raise _failed(mount, f'there is no {mount.sub_path} in it')
            _make_like_its_parent(place)
        place = Path(os.path.realpath(place, strict=True))
        if place != root and root not in place.parents:
            raise _failed(mount, f'subPath {mount.sub_path} leads out of it, to {place}')
    if not place.is_dir() and mount.kind is not MountKind.CONFIG:
        raise _failed(mount, f'{place} is no folder')
    return place


def _make_like_its_parent(place: Path) -> None:
    """Make a folder that is for whoever may use its parent."""
    place.mkdir(exist_ok=True)
    parent = place.parent.stat()
    if os.geteuid() == 0:
        os.chown(place, parent.st_uid, parent.st_gid)
    place.chmod(parent.st_mode & 0o7777)


def _failed(mount: Mount, why: str) -> RuntimeFault:
    what = 'config' if mount.kind is MountKind.CONFIG else 'volume'
    return RuntimeFault(
        ReasonKind.MOUNT_FAILED,
        error_codes.MOUNT_FAILED,
        f'{what} {mount.name} cannot be mounted at {mount.target}: {why}',
    )
