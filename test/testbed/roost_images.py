# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Roost's own images: the Dockerfile, built by a real engine that reaches no network."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
import hashlib
import io
from pathlib import Path
import tarfile

from docker.utils import exclude_paths

from testbed.engine import Engine
from testbed.images import add, busybox, cached
from testbed.ros_base import ros_base
from testbed.site import copy_disk, Site, stored

ROOT = Path(__file__).parents[2]
NAMES = ('executor', 'manager', 'examples')
VERSION = '0.1.0'
# What the Dockerfile's slow first stage is made of; naming too little or too much costs time only.
EARLY = ('requirements/', 'scripts/', 'src/roost_interfaces/', 'src/roost_example_interfaces/')


def reference(name: str) -> str:
    """Return how engines call an image of NAMES."""
    return f'roost/{name}:{VERSION}'


def roost_disk() -> Path:
    """
    Return the disk of an engine that has busybox and built Roost's images, for `Site(disk=)`.

    The Dockerfile is built when a file that goes into it has changed: half a minute, two minutes
    if that was a message, three if nothing is in the cache.
    """
    messages = cached(
        f'engine-messages-{_digest(_context(EARLY))}',
        lambda target: _build(stored((busybox(), ros_base())), target, ['messages']),
    )
    return cached(
        f'engine-roost-{_digest(_context())}', lambda target: _build(messages, target, NAMES)
    )


def build(engine: Engine, name: str) -> str:
    """Have the engine build one stage of the Dockerfile, as `docker build` does; return its id."""
    base = ros_base()
    engine.load(base)
    output = engine.client.api.build(
        fileobj=io.BytesIO(_context()),
        custom_context=True,
        target=name,
        tag=reference(name),
        buildargs={'BASE': base.tag, 'VERSION': VERSION},
        network_mode='none',
        rm=True,
        forcerm=True,
        decode=True,
        timeout=900,
    )
    lines = []
    for each in output:
        lines.append(each.get('stream', ''))
        if 'error' in each:
            raise RuntimeError(f'{name}: {each["error"]}\n{"".join(lines)[-5000:]}')
    return str(engine.client.images.get(reference(name)).id)


@cache
def _context(only: tuple[str, ...] = ('',)) -> bytes:
    """Return a tar of what goes to the engine; in one process, all is built from one state."""
    ignored = (ROOT / '.dockerignore').read_text().splitlines()
    patterns = [line for line in ignored if line and not line.startswith('#')]
    found = exclude_paths(str(ROOT), patterns, dockerfile='Dockerfile')
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode='w') as tar:
        for path in (ROOT / name for name in sorted(found) if name.startswith(only)):
            if path.is_file():
                mode = path.stat().st_mode & 0o755
                add(tar, str(path.relative_to(ROOT)), path.read_bytes(), mode)
    return content.getvalue()


def _digest(context: bytes) -> str:
    return hashlib.sha256(ros_base().id.encode() + context).hexdigest()[:16]


def _build(disk: Path, target: Path, names: Iterable[str]) -> None:
    with Site(disk=disk) as site:
        device = site.device('builder')
        for name in names:
            build(device.engine, name)
        device.engine.stop()
        device.power_off()
        copy_disk(device.engine.data, target)
