# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The contract that every runtime keeps.

A runtime does what it is told and tells what is. It decides nothing: whether an instance is to
run, to be restarted or to be removed, and when an image is pulled, is the caller's business.

Calls block; they may be made from any thread, for different instances at the same time. Every call
ends within the runtime's own deadline for one call, `stop` within its timeout more, `pull` when
nothing moves any more. What cannot be done is raised as a RuntimeFault and never as anything else.

An instance is named by its Identity: the same intent twice is free, before and after a restart of
the executor, and a call whose answer was lost can simply be made again.

Calls return nothing of the state of an instance: who starts one may learn of its end before the
call returns. The picture of what is comes from `watch` alone, in order; `list` is for one look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from roost_core.instance import DesiredInstance, Identity, InstanceSpec
from roost_core.observed import ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.status import Reason, ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes.interactive import Program, Window


class RuntimeFault(Exception):
    """A runtime could not do what it was told; its text says what, where, why and what next.

    Attributes:
        reason_kind: stable word for it.
        code: of the catalogue (roost_core.error_codes), which also says of what kind it is.
    """

    def __init__(self, reason_kind: ReasonKind, code: str, text: str) -> None:
        super().__init__(text)
        self.reason_kind = reason_kind
        self.code = code
        self.text = text

    @property
    def reason(self) -> Reason:
        """The fault as the reason of a status."""
        return Reason(kind=self.reason_kind, text=self.text)


class FinalFault(RuntimeFault):
    """A fault that comes again whenever the same is tried."""


class Cancelled(Exception):
    """A call ended because its Cancellation was requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAuth:
    """Who pulls."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeFacts:
    """What a runtime says about itself.

    Attributes:
        version: of the engine; empty for native processes.
        disk_free_bytes: where it keeps images and instances; None when that cannot be told.
    """

    version: str = ''
    disk_free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """An instance was created, started or ended, or more became known about its end."""

    instance: ObservedInstance


@dataclass(frozen=True, slots=True)
class Gone:
    """An instance was removed, by whomever."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class Resync:
    """The runtime is reachable, and this is all there is; what was told before may be forgotten.

    From here on no change is missed. One that happened while the list was made can be told twice.
    """

    instances: tuple[ObservedInstance, ...]


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The runtime does not answer; a Resync follows when it does again."""

    fault: RuntimeFault


@dataclass(frozen=True, slots=True)
class Orphans:
    """All that an executor of this device once created here, under a key that it lost since.

    It is in no list: it is told, and never touched. A Resync says that there is none, until this
    says otherwise.
    """

    instances: tuple[ObservedInstance, ...]


RuntimeEvent = Changed | Gone | Resync | Unreachable | Orphans


# Gives the variables of an instance that are secret; raises RuntimeFault when one is not here.
SecretEnvironment = Callable[[InstanceSpec], Mapping[str, str]]


def without_secrets(spec: InstanceSpec) -> Mapping[str, str]:
    """Give no secret variables."""
    return {}


@dataclass(frozen=True, slots=True)
class Output:
    """What an instance wrote.

    Attributes:
        entries: lines as CRI writes them, `2026-11-20T19:15:38.123456789Z stdout F text` each with
            an end of line: time (UTC), stream, F or P (the line goes on in the next entry of the
            stream, for it is very long, or nothing ends it yet), text, byte for byte. The stream
            `roost` tells what is missing here.
        position: where to go on after them; for the runtime that gave it.
    """

    entries: bytes
    position: str


class OutputReader(Protocol):
    """Output of one instance being read; see `Runtime.logs`. For one thread, but `close`."""

    def read(self) -> Output | None:
        """Give what comes next, as soon as there is something; None when that was all.

        It was all when the instance has ended or is gone, and all that it wrote was given.

        Raises:
            RuntimeFault: the runtime does not answer.
        """

    def close(self) -> None:
        """Have `read` return None, soon; callable from any thread."""


class NoOutput:
    """Output of what writes none."""

    def read(self) -> Output | None:
        """See OutputReader."""
        return None

    def close(self) -> None:
        """See OutputReader."""


class Watch(Protocol):
    """Changes being told; see `Runtime.watch`."""

    def close(self) -> None:
        """End it: after the return nothing is called back any more. Not for use in a callback."""


class Runtime(Protocol):
    """One way of running instances on this device.

    Attributes:
        kind: which instances are for it.
    """

    kind: DeviceRuntime

    def facts(self) -> RuntimeFacts:
        """Tell what can be told about the runtime itself."""

    def list(self) -> tuple[ObservedInstance, ...]:
        """List the instances that this device's executor created, whatever their state.

        What other programs, or another device's executor, run in the same engine is never in it.
        """

    def image(self, reference: str, *, digest: str = '') -> str | None:
        """Give the digest of an image that is here, or None.

        Args:
            digest: of the very image that is meant, whatever its name means by now.
        """

    def pull(
        self,
        reference: str,
        *,
        auth: RegistryAuth | None = None,
        progress: Callable[[float | None], None],
        cancellation: Cancellation,
    ) -> str:
        """Pull an image, whether it is here or not, and return its digest.

        Args:
            progress: called with percent, 0 to 100 and never falling, or None while the size is
                not known; from the thread of this call.
            cancellation: ends the call within a moment.

        Raises:
            Cancelled: it was requested.
        """

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        """Create an instance, which does not run yet; one of the same identity is left as it is.

        Its image must be here.

        Args:
            image_digest: what `image` or `pull` returned: it is made of that very image, whatever
                its name means by now. Empty: of what the name means.
        """

    def start(self, identity: Identity) -> None:
        """Start an instance that was created or has ended; one that runs is left as it is.

        A command that does not exist is no fault of the start: the instance ends at once, with
        exit code 127 (126 if it may not be executed) and `command_missing`.
        """

    def stop(self, identity: Identity, *, timeout_sec: float) -> None:
        """End an instance: SIGTERM, and SIGKILL after the timeout. It has ended at the return.

        An instance that does not run, or does not exist, is an outcome too.
        """

    def remove(self, identity: Identity) -> None:
        """Remove an instance with all that the runtime keeps of it; ended by SIGKILL if it runs.

        One that does not exist is an outcome too.
        """

    def exec(
        self, identity: Identity, command: Sequence[str], *, timeout_sec: float
    ) -> int | None:
        """Run a command beside a running instance, in its environment; give its exit code.

        Codes are as those of instances: 128 + n after signal n, 126 or 127 when there is no such
        command. None when it did not end in time: it is killed, where the runtime can do that.

        Raises:
            RuntimeFault: the instance does not run, or the runtime cannot be asked.
        """

    def open_terminal(self, identity: Identity, command: Sequence[str], window: Window) -> Program:
        """Run a program in a terminal, beside a running instance and as its own program is run.

        A command that does not exist is no fault: the program ends at once with 127 (126 if it may
        not be executed), and says so in the terminal or on its standard error.

        Raises:
            RuntimeFault: the instance does not run, or the runtime cannot be asked.
        """

    def open_exec(self, identity: Identity, command: Sequence[str], *, stdin: bool) -> Program:
        """Run a program likewise without a terminal, its standard error apart.

        Args:
            stdin: whether it gets input; otherwise that is empty.
        """

    def address(self, identity: Identity) -> str:
        """Give the IP address at which this device reaches servers of a running instance.

        Raises:
            RuntimeFault: the instance does not run, or has no network.
        """

    def last_output(self, identity: Identity, *, max_bytes: int = 1000) -> str:
        """Give the last lines of its standard error, or of its standard output if that is empty.

        Empty when there is none or it cannot be read: it explains, and nothing depends on it.
        """

    def logs(self, identity: Identity, *, after: str = '') -> OutputReader:
        """Read what an instance wrote and writes, each entry once; nothing is asked yet.

        Args:
            after: position after what is kept already; empty for all there is.
        """

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> Watch:
        """Call back at each change of an instance, and when the runtime comes and goes.

        The callbacks come one at a time from a thread of the watch, in the order in which things
        happened to an instance; they must return soon. The first is Resync or Unreachable.
        """

    def close(self) -> None:
        """Let go of connections and files. What runs goes on running."""
