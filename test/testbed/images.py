# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Container images made without a hub: tar files and a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
import fcntl
import gzip
import hashlib
import io
import json
import os
from pathlib import Path
import shutil
import subprocess
import tarfile

CHUNK = 1 << 20
BUSYBOX = Path('/bin/busybox')  # Debian's busybox-static


def cache() -> Path:
    """Return the folder where layers are kept between runs; it may be deleted at any time."""
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    path = Path(base) / 'roost-testbed'
    path.mkdir(parents=True, exist_ok=True)
    return path


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """Return a file of the cache, made by one process at a time and complete or not there."""
    path = cache() / name
    if not path.exists():
        with (cache() / f'{name}.lock').open('w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                unfinished = cache() / f'{name}.unfinished'
                make(unfinished)
                unfinished.rename(path)
    return path


def digest_of(path: Path) -> str:
    """Return the digest of a file as registries write it, kept beside the file."""
    beside = path.with_name(f'{path.name}.digest')
    if not beside.exists():
        with path.open('rb') as file:
            digest = hashlib.file_digest(file, 'sha256').hexdigest()
        unfinished = beside.with_name(f'{beside.name}.{os.getpid()}')
        unfinished.write_text(f'sha256:{digest}')
        unfinished.rename(beside)
    return beside.read_text()


@dataclass(frozen=True, slots=True)
class Layer:
    """One tar file of an image."""

    tar: Path

    @property
    def diff_id(self) -> str:
        """Return the digest of the tar."""
        return digest_of(self.tar)

    def compressed(self) -> Path:
        """Return the tar as it travels to and from a registry, compressed at first use."""

        def compress(target: Path) -> None:
            with (
                self.tar.open('rb') as source,
                target.open('wb') as raw,
                gzip.GzipFile('', 'wb', 1, raw, mtime=0) as sink,
            ):
                shutil.copyfileobj(source, sink, CHUNK)

        return cached(f'{self.diff_id.removeprefix("sha256:")}.gz', compress)


@dataclass(frozen=True, slots=True)
class Image:
    """An image as layers and configuration; equal content has an equal id everywhere."""

    layers: tuple[Layer, ...]
    command: tuple[str, ...] = ('sh',)
    environment: tuple[str, ...] = ('PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',)
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def config(self) -> bytes:
        """Return the image's configuration, whose digest is the image's id."""
        return json.dumps(
            {
                'architecture': 'amd64',
                'os': 'linux',
                'config': {
                    'Cmd': self.command,
                    'Env': self.environment,
                    'Labels': dict(self.labels),
                },
                'rootfs': {'type': 'layers', 'diff_ids': [layer.diff_id for layer in self.layers]},
                'history': [{'created_by': 'testbed'} for _ in self.layers],
            },
            sort_keys=True,
        ).encode()

    @property
    def id(self) -> str:
        """Return the id that engines give to this image."""
        return f'sha256:{hashlib.sha256(self.config).hexdigest()}'

    @property
    def tag(self) -> str:
        """Return the reference under which the testbed itself keeps the image in engines."""
        return f'testbed:{self.id[7:19]}'

    def running(self, *command: str) -> Image:
        """Return an image with another default command."""
        return replace(self, command=command)

    def labelled(self, **labels: str) -> Image:
        """Return an image with more labels: the cheapest way to another id."""
        return replace(self, labels=(*self.labels, *sorted(labels.items())))

    def with_env(self, **variables: str) -> Image:
        """Return an image with more environment variables."""
        added = tuple(f'{name}={value}' for name, value in variables.items())
        return replace(self, environment=(*self.environment, *added))

    def with_files(self, files: Mapping[str, str | bytes]) -> Image:
        """Return an image with a further layer of files, executable for all."""
        key = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:32]

        def make(target: Path) -> None:
            with tarfile.open(target, 'w') as tar:
                for path, content in sorted(files.items()):
                    data = content.encode() if isinstance(content, str) else content
                    add(tar, path, data, mode=0o755)

        return self.on_top(Layer(cached(f'files-{key}.tar', make)))

    def on_top(self, *layers: Layer) -> Image:
        """Return an image with further layers."""
        return replace(self, layers=(*self.layers, *layers))

    def archive(self) -> Iterator[bytes]:
        """Stream what `docker load` takes."""
        config_name = f'{self.id[7:]}.json'
        names = [f'{layer.diff_id[7:]}/layer.tar' for layer in self.layers]
        manifest = [{'Config': config_name, 'RepoTags': [self.tag], 'Layers': names}]
        for name, data in (
            (config_name, self.config),
            ('manifest.json', json.dumps(manifest).encode()),
        ):
            yield from _member(name, len(data), io.BytesIO(data))
        for name, layer in zip(names, self.layers, strict=True):
            with layer.tar.open('rb') as file:
                yield from _member(name, layer.tar.stat().st_size, file)
        yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, size: int, content: io.BufferedIOBase) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = size
    yield info.tobuf(tarfile.GNU_FORMAT)
    while chunk := content.read(CHUNK):
        yield chunk
    yield bytes(-size % tarfile.BLOCKSIZE)


def add(tar: tarfile.TarFile, path: str, data: bytes, mode: int = 0o644) -> None:
    """Add a file to a tar with neither owner nor time, so that equal content is an equal tar."""
    info = tarfile.TarInfo(path.lstrip('/'))
    info.size, info.mode = len(data), mode
    tar.addfile(info, io.BytesIO(data))


def busybox() -> Image:
    """Return an image of 2 MB with a shell and the usual commands."""
    binary = BUSYBOX.read_bytes()
    applets = subprocess.run([BUSYBOX, '--list'], check=True, capture_output=True, text=True)
    key = hashlib.sha256(binary).hexdigest()[:32]

    def make(target: Path) -> None:
        with tarfile.open(target, 'w') as tar:
            for name, mode in (('bin', 0o755), ('etc', 0o755), ('tmp', 0o1777), ('root', 0o700)):
                info = tarfile.TarInfo(name)
                info.type, info.mode = tarfile.DIRTYPE, mode
                tar.addfile(info)
            add(tar, 'etc/passwd', b'root:x:0:0::/root:/bin/sh\nrobot:x:1000:1000::/:/bin/sh\n')
            add(tar, 'etc/group', b'root:x:0:\nrobot:x:1000:\n')
            add(tar, 'bin/busybox', binary, 0o755)
            for name in sorted(set(applets.stdout.split()) - {'busybox'}):
                link = tarfile.TarInfo(f'bin/{name}')
                link.type, link.linkname = tarfile.SYMTYPE, 'busybox'
                tar.addfile(link)

    return Image((Layer(cached(f'busybox-{key}.tar', make)),))
