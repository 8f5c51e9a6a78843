# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances as native processes, for what is preinstalled on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
import logging
import os
from pathlib import Path
import shutil
import threading

from roost_core import error_codes
from roost_core.instance import DesiredInstance, Identity, InstanceSpec
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime, Limits
from roost_core.status import ReasonKind
from roost_executor.runtimes import process_spawn, process_terminal
from roost_executor.runtimes.contract import (
    RuntimeEvent,
    RuntimeFacts,
    RuntimeFault,
    SecretEnvironment,
    without_secrets,
)
from roost_executor.runtimes.folder_watch import FolderWatch
from roost_executor.runtimes.interactive import Window
from roost_executor.runtimes.no_images import NoImages
from roost_executor.runtimes.process_folder import Folder, KILL_SEC
from roost_executor.runtimes.process_logs import ProcessLogs
from roost_executor.runtimes.process_terminal import NativeProgram
from roost_executor.runtimes.process_watch import ProcessWatch
from roost_executor.runtimes.shim import kernel

logger = logging.getLogger(__name__)

LOW_BITS = 16


class ProcessRuntime(NoImages):
    """Run instances as native processes, each with a shim; keeps `contract.Runtime`.

    Beside the contract it tells which instance a process belongs to, see `identify`.
    """

    kind = DeviceRuntime.PREINSTALLED
    what_it_runs = 'a preinstalled component'

    def __init__(
        self,
        state_dir: Path,
        *,
        secrets: SecretEnvironment = without_secrets,
        log_bytes: int = 10_000_000,
        log_files: int = 3,
        call_timeout_sec: float = 20.0,
    ) -> None:
        """Prepare.

        Args:
            state_dir: the executor's own; nobody else may use it.
            secrets: gives the secret variables of an instance, which are never written down.
            log_bytes, log_files: size at which output is rotated, and how many files are kept.
            call_timeout_sec: for the start of a process.
        """
        self._root = state_dir / 'processes'
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._secrets = secrets
        self._log_bytes = log_bytes
        self._log_files = log_files
        self._call_timeout_sec = call_timeout_sec
        self._lock = threading.Lock()
        self._watches: list[ProcessWatch] = []
        self._outputs = FolderWatch()
        for left in self._root.glob('.*.removed'):  # a removal that was cut short
            shutil.rmtree(left)

    def facts(self) -> RuntimeFacts:
        """See the contract."""
        return RuntimeFacts(disk_free_bytes=shutil.disk_usage(self._root).free)

    def list(self) -> tuple[ObservedInstance, ...]:
        """See the contract."""
        seen = (_observe(folder) for folder in self._folders())
        return tuple(each for each in seen if each is not None)

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        """See the contract."""
        spec = desired.spec
        unsupported = _unsupported(spec)
        if unsupported:
            raise process_spawn.spawn_failed(
                f'a preinstalled component cannot have {", ".join(unsupported)}: '
                'correct the package, or run it in docker'
            )
        process_spawn.account(spec)
        for name in spec.ulimits:
            process_spawn.limit_of(name)
        folder = self._folder(desired.identity)
        try:
            if folder.record() is not None:
                return
            folder.write(desired)
        except OSError as error:
            what = process_spawn.STAGES['record']
            raise process_spawn.system_fault(what, error.errno or 0) from error
        self._notify(desired.identity, folder.observe())

    def start(self, identity: Identity) -> None:
        """See the contract."""
        folder = self._folder(identity)
        record = folder.record()
        if record is None:
            raise process_spawn.spawn_failed('it was not created, or was removed meanwhile')
        run = folder.run()
        if run is not None and run.alive:
            # It may have ended, with the shim about to go.
            instance = folder.observe()
            if instance is None or instance.state is InstanceState.RUNNING:
                return
            folder.wait_for_shim(run, KILL_SEC)
        folder.forget_order()
        try:
            process_spawn.spawn(
                folder,
                self._opened(record.spec),
                log_bytes=self._log_bytes,
                log_files=self._log_files,
                timeout_sec=self._call_timeout_sec,
            )
        finally:
            self._notify(identity)

    def stop(self, identity: Identity, *, timeout_sec: float) -> None:
        """See the contract."""
        folder = self._folder(identity)
        run = folder.run()
        if run is None or not run.alive:
            return
        if not folder.order_stop(run, timeout_sec):
            raise RuntimeFault(
                ReasonKind.STOPPING,
                error_codes.REMOVE_FAILED,
                f'process {run.pid} could not be ended, it lives {KILL_SEC:g} s after SIGKILL: '
                'look at it on the device',
            )

    def remove(self, identity: Identity) -> None:
        """See the contract."""
        self.stop(identity, timeout_sec=0.0)
        folder = self._folder(identity)
        folder.observe()  # buries what a killed shim left behind
        try:
            folder.remove()
        except OSError as error:
            raise RuntimeFault(
                ReasonKind.STOPPING,
                error_codes.REMOVE_FAILED,
                f'its state could not be removed ({error.strerror}): look at it on the device',
            ) from error
        self._notify(identity)

    def exec(
        self, identity: Identity, command: Sequence[str], *, timeout_sec: float
    ) -> int | None:
        """See the contract."""
        folder, spec = self._running(identity)
        return process_spawn.run_beside(folder, spec, command, timeout_sec=timeout_sec)

    def open_terminal(
        self, identity: Identity, command: Sequence[str], window: Window
    ) -> NativeProgram:
        """See the contract. It lives on when the instance ends, which is no parent of it."""
        folder, spec = self._running(identity)
        return process_terminal.open_terminal(folder, spec, command, window)

    def open_exec(
        self, identity: Identity, command: Sequence[str], *, stdin: bool
    ) -> NativeProgram:
        """See the contract. It lives on when the instance ends, which is no parent of it."""
        folder, spec = self._running(identity)
        return process_terminal.open_exec(folder, spec, command, stdin=stdin)

    def address(self, identity: Identity) -> str:
        """See the contract."""
        return '127.0.0.1'

    def last_output(self, identity: Identity, *, max_bytes: int = 1000) -> str:
        """See the contract."""
        try:
            return self._folder(identity).last_output(max_bytes)
        except OSError:
            return ''

    def logs(self, identity: Identity, *, after: str = '') -> ProcessLogs:
        """See the contract."""
        return ProcessLogs(self._folder(identity), self._outputs, after=after)

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> ProcessWatch:
        """See the contract."""
        with self._lock:
            watch = ProcessWatch(
                on_event, listing=self.list, folder_of=self._folder, on_close=self._forget
            )
            self._watches.append(watch)
        return watch

    def close(self) -> None:
        """See the contract."""
        self._outputs.close()

    def identify(self, pids: Iterable[int], *, bits: int = 32) -> dict[int, Identity]:
        """Tell which instances processes belong to, their own or a parent's.

        Args:
            bits: how many low bits of the pids are given; what fits more than one instance is
                left out.
        """
        mask = (1 << bits) - 1
        owners: dict[int, set[Identity]] = {}
        for folder in self._folders():
            run, record = folder.run(), folder.record()
            if run is not None and record is not None and run.alive:
                for pid in kernel.descendants(run.shim_pid):
                    owners.setdefault(pid & mask, set()).add(record.identity)
        found = {pid: owners.get(pid & mask, set()) for pid in pids}
        return {pid: next(iter(who)) for pid, who in found.items() if len(who) == 1}

    def _running(self, identity: Identity) -> tuple[Folder, InstanceSpec]:
        """Give the folder and the opened spec of an instance that runs."""
        folder = self._folder(identity)
        record = folder.record()
        instance = folder.observe()
        if record is None or instance is None or instance.state is not InstanceState.RUNNING:
            raise process_spawn.spawn_failed('it does not run')
        return folder, self._opened(record.spec)

    def _opened(self, spec: InstanceSpec) -> InstanceSpec:
        """Give a spec with its secret variables: for memory only."""
        return replace(spec, environment={**spec.environment, **self._secrets(spec)})

    def _folders(self) -> tuple[Folder, ...]:
        names = sorted(name for name in os.listdir(self._root) if not name.startswith('.'))
        return tuple(Folder(self._root / name) for name in names)

    def _folder(self, identity: Identity) -> Folder:
        return Folder(self._root / identity.token)

    def _notify(self, identity: Identity, created: ObservedInstance | None = None) -> None:
        with self._lock:
            watches = tuple(self._watches)
        for watch in watches:
            watch.notify(identity, created)

    def _forget(self, watch: ProcessWatch) -> None:
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)


def _observe(folder: Folder) -> ObservedInstance | None:
    """Tell what is in a folder; one that cannot be read must not hide all others."""
    try:
        return folder.observe()
    except OSError:
        logger.exception("what is kept of '%s' cannot be read", folder.token)
        return None


def _unsupported(spec: InstanceSpec) -> tuple[str, ...]:
    """Name what a spec asks for and only a container can have."""
    asked = {
        'an empty command': not spec.command,
        'limits': spec.limits != Limits(),
        'capAdd': bool(spec.cap_add),
        'privileged': spec.privileged,
        'tmpfs': bool(spec.tmpfs),
        'an image': bool(spec.image),
        'volumes or configs': bool(spec.mounts),
    }
    return tuple(name for name, is_asked in asked.items() if is_asked)
