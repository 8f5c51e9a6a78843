# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances as folders: volumes, which have no program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
import errno
import logging
import os
from pathlib import Path
import shutil
import threading
import time

from roost_core import error_codes
from roost_core.document import (
    canonical_json,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_core.instance import DesiredInstance, Identity
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.status import ReasonKind
from roost_executor import durable
from roost_executor.runtimes import directory_removal
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    NoOutput,
    Resync,
    RuntimeEvent,
    RuntimeFacts,
    RuntimeFault,
)
from roost_executor.runtimes.directory_watch import DirectoryWatch
from roost_executor.runtimes.interactive import Program, Window
from roost_executor.runtimes.no_images import NoImages

logger = logging.getLogger(__name__)

# Containers of any user write to a volume; the folder above all volumes is the executor's alone.
OPEN_TO_ALL = 0o777

VANISHED = 1

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of an instance.

    Attributes:
        directory: path of the folder.
        managed: Roost made it, and removes it.
        why: it ended, in plain words.
    """

    identity: Identity
    deployment_name: str
    directory: str
    managed: bool
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    why: str = ''

    @property
    def observed(self) -> ObservedInstance:
        """The instance as it is told."""
        state = InstanceState.RUNNING
        if self.ended_at is not None:
            state = InstanceState.ENDED
        elif self.started_at is None:
            state = InstanceState.CREATED
        return ObservedInstance(
            identity=self.identity,
            deployment_name=self.deployment_name,
            instance_id=self.directory,
            state=state,
            exit_code=self.exit_code,
            started_at=self.started_at,
            ended_at=self.ended_at,
            stop_timeout_sec=0.0,
        )


class DirectoryRuntime(NoImages):
    """Keep folders; keeps `contract.Runtime` as far as there is no program.

    An instance runs while its folder is there and can be used. It ends with exit code 0 when it is
    stopped, and with 1 when its folder is gone: that is found out by looking now and then.
    """

    kind = DeviceRuntime.DIRECTORY
    what_it_runs = 'a volume'

    def __init__(
        self,
        state_dir: Path,
        *,
        is_removed: Callable[[DeploymentId], bool],
        look_sec: float = 2.0,
    ) -> None:
        """Prepare, and remove what a power cut left of managed folders.

        Args:
            state_dir: the executor's own; nobody else may use it.
            is_removed: tells whether a deployment is named for removal. Of any other, the folder
                is kept when an instance is removed: it is for the one that replaces it.
            look_sec: time between two looks.

        Raises:
            OSError: what is kept cannot be read.
        """
        self._records_dir = state_dir / 'directories'
        self._volumes = state_dir / 'volumes'
        for folder in (self._records_dir, self._volumes):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._is_removed = is_removed
        self._look_sec = look_sec
        self._lock = threading.RLock()
        self._watches: list[DirectoryWatch] = []
        self._records = self._read_records()
        for left in directory_removal.left(self._volumes):
            try:
                directory_removal.finish(left)
            except OSError as error:  # of one volume: no reason not to care for the rest
                logger.warning("'%s' of a removed volume cannot be removed: %s", left, error)

    def facts(self) -> RuntimeFacts:
        """See the contract."""
        return RuntimeFacts(disk_free_bytes=shutil.disk_usage(self._volumes).free)

    def list(self) -> tuple[ObservedInstance, ...]:
        """See the contract."""
        self.look()
        with self._lock:
            return tuple(record.observed for record in self._records.values())

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        """See the contract."""
        volume = desired.slot.deployment_id
        managed = not desired.spec.directory
        if managed and (volume in ('', '.', '..') or volume.startswith('.') or '/' in volume):
            raise failed(f'volume {desired.deployment_name} has the id {volume!r:.80}')
        with self._lock:
            if desired.identity in self._records:
                return
            record = Record(
                identity=desired.identity,
                deployment_name=desired.deployment_name,
                directory=str(self._volumes / volume) if managed else desired.spec.directory,
                managed=managed,
            )
            self._put(record)

    def start(self, identity: Identity) -> None:
        """See the contract."""
        self.look()  # one whose folder is gone has ended
        with self._lock:
            record = self._records.get(identity)
        if record is None:
            raise failed('it was not created, or was removed meanwhile')
        if record.observed.state is InstanceState.RUNNING:
            return
        if record.managed:
            self._make(Path(record.directory))
        why = why_unusable(record.directory)
        if why:
            raise failed(why)
        with self._lock:
            if self._records.get(identity) == record:
                self._put(
                    replace(record, started_at=time.time(), ended_at=None, exit_code=None, why='')
                )

    def stop(self, identity: Identity, *, timeout_sec: float) -> None:
        """See the contract."""
        with self._lock:
            record = self._records.get(identity)
            if record is not None and record.observed.state is InstanceState.RUNNING:
                self._end(record, exit_code=0, why='')

    def remove(self, identity: Identity) -> None:
        """See the contract; a folder that Roost manages goes with all that is in it.

        It goes once its deployment is named for removal, and not before.
        """
        self.stop(identity, timeout_sec=0.0)
        with self._lock:
            record = self._records.get(identity)
            others = {each.directory for each in self._records.values() if each != record}
        if record is None:
            return
        try:
            if (
                record.managed
                and record.directory not in others
                and self._is_removed(identity.slot.deployment_id)
            ):
                directory_removal.discard(Path(record.directory))
            self._path(identity).unlink(missing_ok=True)
        except OSError as error:
            raise RuntimeFault(
                ReasonKind.STOPPING,
                error_codes.REMOVE_FAILED,
                f'volume {record.deployment_name} could not be removed from {record.directory} '
                f'({error.strerror}): look at it on the device',
            ) from error
        with self._lock:
            if self._records.pop(identity, None) is not None:
                self._tell(Gone(identity))

    def last_output(self, identity: Identity, *, max_bytes: int = 1000) -> str:
        """See the contract: why the folder cannot be used."""
        with self._lock:
            record = self._records.get(identity)
        return record.why[-max_bytes:] if record is not None else ''

    def exec(
        self, identity: Identity, command: Sequence[str], *, timeout_sec: float
    ) -> int | None:
        """See the contract: refused, there is no program."""
        raise failed('a volume runs no commands')

    def open_terminal(self, identity: Identity, command: Sequence[str], window: Window) -> Program:
        """See the contract: refused, there is no program."""
        raise failed('a volume runs no programs')

    def open_exec(self, identity: Identity, command: Sequence[str], *, stdin: bool) -> Program:
        """See the contract: refused, there is no program."""
        raise failed('a volume runs no programs')

    def address(self, identity: Identity) -> str:
        """See the contract: refused, there is no program."""
        raise failed('a volume has no address')

    def logs(self, identity: Identity, *, after: str = '') -> NoOutput:
        """See the contract: folders write nothing."""
        return NoOutput()

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> DirectoryWatch:
        """See the contract."""
        watch = DirectoryWatch(
            on_event, look=self.look, on_close=self._forget, look_sec=self._look_sec
        )
        with self._lock:
            self._watches.append(watch)
            watch.put(Resync(tuple(record.observed for record in self._records.values())))
        return watch

    def close(self) -> None:
        """See the contract."""

    def look(self) -> None:
        """Find out which folders are gone."""
        with self._lock:
            running = [
                record
                for record in self._records.values()
                if record.observed.state is InstanceState.RUNNING
            ]
        for record in running:
            why = why_unusable(record.directory)
            if why:
                with self._lock:
                    if self._records.get(record.identity) == record:
                        self._end(record, exit_code=VANISHED, why=why)

    def _end(self, record: Record, *, exit_code: int, why: str) -> None:
        ended = replace(record, ended_at=time.time(), exit_code=exit_code, why=why)
        try:
            self._put(ended)
        except RuntimeFault as fault:  # it has ended all the same
            logger.warning("the end of '%s' is not written down: %s", record.identity.slot, fault)
            self._show(ended)

    def _put(self, record: Record) -> None:
        """Keep a record, durably, and tell of it."""
        try:
            self._records_dir.mkdir(mode=0o700, exist_ok=True)  # somebody may have removed it
            durable.replace(self._path(record.identity), canonical_json(to_document(record)))
        except OSError as error:
            raise RuntimeFault(
                ReasonKind.DISK_FULL if error.errno in _FULL else ReasonKind.MOUNT_FAILED,
                error_codes.DISK_FULL if error.errno in _FULL else error_codes.MOUNT_FAILED,
                f'volume {record.deployment_name} cannot be written down in {self._records_dir} '
                f'({error.strerror}): look at the disk of the device',
            ) from error
        self._show(record)

    def _show(self, record: Record) -> None:
        self._records[record.identity] = record
        self._tell(Changed(record.observed))

    def _make(self, folder: Path) -> None:
        try:
            if not folder.is_dir():
                self._volumes.mkdir(mode=0o700, exist_ok=True)  # somebody may have removed it
                folder.mkdir(exist_ok=True)  # two may make it at once
                durable.sync_folder(folder.parent)
            if folder.stat().st_mode & 0o777 != OPEN_TO_ALL:
                folder.chmod(OPEN_TO_ALL)
        except OSError as error:
            raise failed(f'{folder} cannot be made: {error.strerror}') from error

    def _read_records(self) -> dict[Identity, Record]:
        records = {}
        for path in self._records_dir.glob('*.json'):
            try:
                record = from_document(Record, parse_json(path.read_bytes()))
            except MalformedDocument as error:
                aside = durable.set_aside(path)
                logger.warning("what is kept of a volume is set aside as '%s': %s", aside, error)
            else:
                records[record.identity] = record
        return records

    def _path(self, identity: Identity) -> Path:
        return self._records_dir / f'{identity.token}.json'

    def _tell(self, event: RuntimeEvent) -> None:
        for watch in self._watches:
            watch.put(event)

    def _forget(self, watch: DirectoryWatch) -> None:
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)


def why_unusable(directory: str) -> str:
    """Say why a folder cannot be used; empty when it can."""
    try:
        with os.scandir(directory):
            return ''
    except FileNotFoundError:
        return f'folder {directory} does not exist on the device: make it, or mount what has it'
    except NotADirectoryError:
        return f'{directory} is no folder'
    except OSError as error:
        return f'folder {directory} cannot be used: {error.strerror}'


def failed(text: str) -> RuntimeFault:
    """Say why a volume cannot be used."""
    return RuntimeFault(ReasonKind.MOUNT_FAILED, error_codes.MOUNT_FAILED, text)
