# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of configs on the device: fetched once, by digest, and kept while they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
import errno
import logging
import os
from pathlib import Path, PurePosixPath
import re
import shutil
import threading
import time

from roost_core import error_codes
from roost_core.config import digest_of, MAX_CONFIG_BYTES, unpack
from roost_core.document import MalformedDocument
from roost_core.status import Reason, ReasonKind
from roost_executor import durable
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes.contract import Cancelled, RuntimeFault

logger = logging.getLogger(__name__)

# How long files are kept that nobody names any more: an update may be taken back.
GRACE_SEC = 600.0

# As they travel: base64, with paths and punctuation.
_MAX_PACKED_BYTES = 2 * MAX_CONFIG_BYTES

_DIGEST = re.compile('[0-9a-f]{64}')
_LOOK_SEC = 0.1

# (digest, offset) -> (bytes from there on, size of the whole). Raises ConfigUnavailable.
Read = Callable[[str, int], tuple[bytes, int]]


class ConfigUnavailable(Exception):
    """The manager did not give a part of a config; the text says why."""


class Configs:
    """A folder with a folder for each config, named by its digest. May be used from any thread."""

    def __init__(
        self,
        folder: Path,
        *,
        read: Read,
        mounted: Callable[[Path], bool] = lambda path: False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the folder, and remove what a power cut left unfinished.

        Args:
            read: gives a part of a config.
            mounted: tells whether a container has something of a folder mounted; may raise
                RuntimeFault when that cannot be told.

        Raises:
            OSError: the folder cannot be made or read.
        """
        self._folder = folder
        self._read = read
        self._mounted = mounted
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}
        self._unused_since: dict[str, float] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob('.*'):
            _remove(left)

    def path(self, digest: str) -> Path:
        """Give the folder of a config."""
        return self._folder / digest

    def has(self, digest: str) -> bool:
        """Tell whether a config is here: whole, as it is never there otherwise."""
        return bool(_DIGEST.fullmatch(digest)) and self.path(digest).is_dir()

    def ensure(
        self,
        digest: str,
        *,
        name: str,
        cancellation: Cancellation,
        tell: Callable[[Reason], None],
    ) -> None:
        """See to it that a config is here; of several who want it, one fetches it.

        Raises:
            RuntimeFault: it cannot be fetched or kept now.
            Cancelled: it was requested.
        """
        with self._turn(digest, cancellation):
            if self.has(digest):
                return
            packed = self._fetch(digest, name, cancellation, tell)
            try:
                self._keep(digest, unpack(packed))
            except MalformedDocument as error:
                raise _missing(f'config {name} is malformed ({error}): apply it again') from error
            except OSError as error:
                with suppress(OSError):
                    _remove(self.path(f'.{digest}.new'))
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                raise RuntimeFault(
                    ReasonKind.DISK_FULL if full else ReasonKind.CONFIG_MISSING,
                    error_codes.DISK_FULL if full else error_codes.CONFIG_MISSING,
                    f'config {name} cannot be kept in {self._folder}: {error.strerror}',
                ) from error

    def keep_only(self, digests: Iterable[str]) -> None:
        """Note which configs are asked for; `sweep` removes others, after a while."""
        wanted = set(digests)
        now = self._monotonic()
        # A folder that somebody removed is no reason not to obey.
        here = {path.name for path in self._folder.glob('[!.]*')}
        with self._lock:
            self._unused_since = {
                digest: self._unused_since.get(digest, now) for digest in here - wanted
            }

    @property
    def sweep_is_due(self) -> bool:
        """Tell whether there may be something to remove."""
        now = self._monotonic()
        with self._lock:
            return any(now - at > GRACE_SEC for at in self._unused_since.values())

    def sweep(self) -> None:
        """Remove what has not been asked for in a while and no container has mounted."""
        now = self._monotonic()
        with self._lock:
            due = [each for each, at in self._unused_since.items() if now - at > GRACE_SEC]
        for digest in due:
            try:
                if self._mounted(self.path(digest)):
                    self._look_later(digest)
                    continue
                self._discard(digest)
            except (RuntimeFault, OSError) as error:
                logger.warning("config '%s' cannot be removed now: %s", digest, error)
                self._look_later(digest)

    def _look_later(self, digest: str) -> None:
        with self._lock:
            if digest in self._unused_since:
                self._unused_since[digest] = self._monotonic()

    def _discard(self, digest: str) -> None:
        with self._lock:
            if self._unused_since.pop(digest, None) is None:
                return  # it is asked for again
            gone = self.path(f'.{digest}.removed')
            self.path(digest).rename(gone)
        _remove(gone)

    @contextmanager
    def _turn(self, digest: str, cancellation: Cancellation) -> Iterator[None]:
        with self._lock:
            self._unused_since.pop(digest, None)
            turn = self._fetching.setdefault(digest, threading.Lock())
        while not turn.acquire(timeout=_LOOK_SEC):
            if cancellation.requested:
                raise Cancelled
        try:
            yield
        finally:
            turn.release()

    def _fetch(
        self,
        digest: str,
        name: str,
        cancellation: Cancellation,
        tell: Callable[[Reason], None],
    ) -> bytes:
        if not _DIGEST.fullmatch(digest):
            raise _missing(f'config {name} has the digest {digest!r:.80}, which is none')
        packed = bytearray()
        while True:
            if cancellation.requested:
                raise Cancelled
            total = self._take(digest, name, packed)
            done = 100.0 * len(packed) / total if total else 100.0
            tell(
                Reason(
                    kind=ReasonKind.FETCHING_CONFIG, text=f'fetching config {name}', progress=done
                )
            )
            if len(packed) >= total:
                break
        if digest_of(bytes(packed)) != digest:
            raise _missing(f'config {name} came altered from the manager: it is fetched again')
        return bytes(packed)

    def _take(self, digest: str, name: str, packed: bytearray) -> int:
        """Fetch the next part; give the size of the whole."""
        try:
            data, total = self._read(digest, len(packed))
        except ConfigUnavailable as error:
            raise _missing(f'config {name} cannot be fetched: {error}') from error
        if total > _MAX_PACKED_BYTES or (not data and len(packed) < total):
            raise _missing(f'config {name} cannot be fetched: the manager gives no sense')
        packed += data
        return total

    def _keep(self, digest: str, files: dict[str, bytes]) -> None:
        unfinished = self.path(f'.{digest}.new')
        _remove(unfinished)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o755)
        for path, content in files.items():
            _write(unfinished, path, content)
        for folder, _, _ in os.walk(unfinished, topdown=False):
            os.chmod(folder, 0o555)
            durable.sync_folder(Path(folder))
        unfinished.rename(self.path(digest))
        durable.sync_folder(self._folder)


def _write(root: Path, path: str, content: bytes) -> None:
    relative = PurePosixPath(path)
    if relative.is_absolute() or not relative.parts or '..' in relative.parts or '\0' in path:
        raise MalformedDocument(f'{path!r:.80} is no path inside it')
    file = root / relative
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Whoever a container runs as may read it: the folder above all of it is the executor's alone.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(descriptor, 'wb') as stream:
        os.fchmod(stream.fileno(), 0o444)
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    """Remove a folder whose folders may not be written to; one that is not there is an outcome."""
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    if path.exists():
        shutil.rmtree(path)


def _missing(text: str) -> RuntimeFault:
    return RuntimeFault(ReasonKind.CONFIG_MISSING, error_codes.CONFIG_MISSING, text)
