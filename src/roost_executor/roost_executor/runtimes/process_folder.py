# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of one native process: a folder with its record, run, end and output."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
import json
import logging
import os
from pathlib import Path
import select
import shutil
import signal
import time

from roost_core.document import from_document, MalformedDocument, to_document
from roost_core.instance import DesiredInstance, Identity, InstanceSpec
from roost_core.observed import InstanceState, ObservedInstance
from roost_executor.runtimes.shim import files, kernel

logger = logging.getLogger(__name__)

RECORD = 'instance.json'

# In the environment of everything that descends from an instance.
MARK = 'ROOST_INSTANCE'

# How long the kernel may take to end what was sent SIGKILL.
KILL_SEC = 5.0

TAIL_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written of an instance when it is created."""

    identity: Identity
    deployment_name: str
    spec: InstanceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The newest run of an instance, as its shim wrote it down."""

    run: str
    boot_id: str
    pid: int
    start: int
    shim_pid: int
    shim_start: int
    started_at: float

    @property
    def alive(self) -> bool:
        """Tell whether its shim lives: that very process, in this boot."""
        return (
            self.boot_id == kernel.boot_id()
            and kernel.start_time(self.shim_pid) == self.shim_start
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended, as its shim wrote it down."""

    run: str
    exit_code: int
    ended_at: float
    by_hand: bool
    command_missing: bool


class Folder:
    """The folder of one instance. May be used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def token(self) -> str:
        """Token of the instance's identity."""
        return self.path.name

    def write(self, desired: DesiredInstance) -> None:
        """Make the folder, durably."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = Record(
            identity=desired.identity,
            deployment_name=desired.deployment_name,
            spec=desired.spec,
        )
        content = json.dumps(to_document(record))
        files.replace_file(str(self.path / RECORD), content, durable=True)
        files.sync_folder(str(self.path.parent))

    def remove(self) -> None:
        """Remove the folder: at once from sight, then with all that is in it."""
        gone = self.path.with_name(f'.{self.token}.removed')
        try:
            self.path.rename(gone)
        except FileNotFoundError:
            return
        shutil.rmtree(gone)

    def record(self) -> Record | None:
        """Read the record; None if there is none, or not a whole one."""
        try:
            return from_document(Record, self._json(RECORD))
        except MalformedDocument:
            return None

    def run(self) -> Run | None:
        """Read the newest run; None if it never started."""
        try:
            return from_document(Run, self._json(files.RUN))
        except MalformedDocument:
            return None

    def observe(self) -> ObservedInstance | None:
        """Tell what is; None if there is no instance. Buries a run whose shim was killed."""
        record = self.record()
        if record is None:
            return None
        created = ObservedInstance(
            identity=record.identity,
            deployment_name=record.deployment_name,
            instance_id='',
            state=InstanceState.CREATED,
            stop_timeout_sec=record.spec.stop_timeout_sec,
        )
        run = self.run()
        if run is None:
            return created
        instance = replace(created, instance_id=run.run, started_at=run.started_at)
        end = self._end_of(run)
        if end is None and run.alive:
            return replace(instance, state=InstanceState.RUNNING, pid=run.pid)
        # The shim may have written it since.
        end = end or self._end_of(run)
        if end is None and run.boot_id == kernel.boot_id():
            try:
                end = self.bury(run)
            except FileNotFoundError:  # it was removed meanwhile
                return None
        instance = replace(instance, state=InstanceState.ENDED)
        if end is None:
            return instance
        return replace(
            instance,
            exit_code=end.exit_code,
            ended_at=end.ended_at,
            by_hand=end.by_hand,
            command_missing=end.command_missing,
        )

    def writes(self) -> bool:
        """Tell whether more output may come: without looking closer, and burying nobody."""
        run = self.run()
        return run is not None and run.alive and self._end_of(run) is None

    def order_stop(self, run: Run, patience_sec: float) -> bool:
        """Have the shim end everything, and wait for it; tell whether it has ended."""
        descriptor = kernel.open_process(run.shim_pid, run.shim_start)
        if descriptor is None:
            return True
        try:
            is_told = self._write_order(patience_sec)
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            if is_told:
                return _ends(descriptor, patience_sec + KILL_SEC)
            if _ends(descriptor, patience_sec):
                return True
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            self.kill_left_behind(run)
            return _ends(descriptor, KILL_SEC)
        except ProcessLookupError:
            return True
        finally:
            os.close(descriptor)

    def _write_order(self, patience_sec: float) -> bool:
        """Tell the shim how patient to be; False if the disk does not take it.

        Without an order the shim takes SIGTERM for a person's: it asks everyone to end too.
        """
        try:
            files.replace_file(str(self.path / files.STOP), f'{patience_sec:g}', durable=False)
        except OSError:
            return False
        return True

    def wait_for_shim(self, run: Run, timeout_sec: float) -> None:
        """Wait until a shim that is done is gone."""
        descriptor = kernel.open_process(run.shim_pid, run.shim_start)
        if descriptor is not None:
            _ends(descriptor, timeout_sec)
            os.close(descriptor)

    def forget_order(self) -> None:
        """Drop the order to stop that an earlier run was given."""
        (self.path / files.STOP).unlink(missing_ok=True)

    def bury(self, run: Run) -> End:
        """End what a killed shim left behind, and write down the end it could not write.

        It has ended all the same when the disk does not take it.

        Raises:
            FileNotFoundError: the folder is gone.
        """
        self.kill_left_behind(run)
        end = End(
            run=run.run,
            exit_code=128 + signal.SIGKILL,
            ended_at=time.time(),
            by_hand=False,
            command_missing=False,
        )
        content = json.dumps(asdict(end))
        try:
            files.replace_file(str(self.path / files.EXIT), content, durable=True)
        except FileNotFoundError:
            raise
        except OSError as error:
            logger.warning("the end of '%s' is not written down: %s", self.token, error)
        return end

    def kill_left_behind(self, run: Run) -> None:
        """Send SIGKILL to what carries the mark of the instance and is not older than the run."""
        deadline = time.monotonic() + KILL_SEC
        while time.monotonic() < deadline:
            left = self._marked(since=run.shim_start)
            if not left:
                return
            for pid, started in left.items():
                descriptor = kernel.open_process(pid, started)
                if descriptor is not None:
                    try:
                        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                        _ends(descriptor, deadline - time.monotonic())
                    except ProcessLookupError:
                        pass
                    finally:
                        os.close(descriptor)

    def last_output(self, max_bytes: int) -> str:
        """Give the last lines of the newest run: of standard error, else of standard output."""
        run = self.run()
        try:
            with open(self.path / files.OUTPUT, 'rb') as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
                lines = file.read().decode(errors='replace').splitlines()
        except FileNotFoundError:
            return ''
        at = run.started_at if run else 0.0
        since = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at)) + f'{at % 1:.6f}'[1:]
        streams: dict[str, list[str]] = {'stderr': [], 'stdout': []}
        for line in lines:
            when, _, rest = line.partition(' ')
            stream, _, rest = rest.partition(' ')
            if stream in streams and when >= since:
                streams[stream].append(rest[2:])
        text = '\n'.join(streams['stderr'] or streams['stdout'])
        return last_lines(text, max_bytes)

    def _end_of(self, run: Run) -> End | None:
        try:
            end = from_document(End, self._json(files.EXIT))
        except MalformedDocument:
            return None
        return end if end.run == run.run else None

    def _json(self, name: str) -> object:
        try:
            return json.loads((self.path / name).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
            return None

    def _marked(self, *, since: int) -> dict[int, int]:
        mark = f'{MARK}={self.token}'.encode()
        found = {}
        for pid, (_, started) in kernel.processes().items():
            if started >= since and mark in _environment(pid):
                found[pid] = started
        return found


def last_lines(text: str, max_bytes: int) -> str:
    """Give the last whole lines that fit, or the end of the last one if not even that fits."""
    data = text.strip().encode()
    if len(data) <= max_bytes:
        return data.decode()
    cut = data[-max_bytes:].decode(errors='ignore')
    return cut.partition('\n')[2] or cut


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f'/proc/{pid}/environ').read_bytes().split(b'\0')
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def _ends(descriptor: int, timeout_sec: float) -> bool:
    """Wait for the end of an opened process; tell whether it came in time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, 1000.0 * timeout_sec)))
