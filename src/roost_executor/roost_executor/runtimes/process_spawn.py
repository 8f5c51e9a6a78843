# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Starting a shim with what a spec asks for: user, groups, limits, environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import errno
import grp
import os
import pwd
import resource
import signal
import subprocess
import sys

from roost_core import error_codes
from roost_core.instance import InstanceSpec
from roost_core.status import ReasonKind
from roost_executor.runtimes import shim
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.process_folder import Folder, MARK

PROGRAM = os.path.join(os.path.dirname(shim.__file__), '__main__.py')

# What the executor itself is configured by; a native process starts without it.
OWN_PREFIXES = ('ROOST_',)
OWN_VARIABLES = frozenset(
    {
        # The network of the control plane.
        'ROS_AUTOMATIC_DISCOVERY_RANGE',
        'ROS_DISCOVERY_SERVER',
        'ROS_DOMAIN_ID',
        'ROS_LOCALHOST_ONLY',
        'ROS_STATIC_PEERS',
        'ROS_SUPER_CLIENT',
        # What systemd says to the executor alone.
        'INVOCATION_ID',
        'JOURNAL_STREAM',
        'LISTEN_FDS',
        'LISTEN_PID',
        'MAINPID',
        'NOTIFY_SOCKET',
        'WATCHDOG_PID',
        'WATCHDOG_USEC',
    }
)

STAGES = {
    'prepare': 'it could not be prepared',
    'limit': 'its ulimits could not be set',
    'user': 'its user or groups could not be taken',
    'cwd': 'its working directory could not be entered',
    'exec': 'its command could not be executed',
    'record': 'its state could not be written',
}


def spawn_failed(text: str) -> RuntimeFault:
    """Say why a process cannot be started."""
    return RuntimeFault(ReasonKind.CREATE_FAILED, error_codes.SPAWN_FAILED, text)


def system_fault(what: str, number: int) -> RuntimeFault:
    """Say what the operating system refused."""
    why = os.strerror(number)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return RuntimeFault(
            ReasonKind.DISK_FULL,
            error_codes.DISK_FULL,
            f'the disk is full where Roost keeps its state: free space there ({what})',
        )
    return spawn_failed(f'{what} ({why}): correct the package, or the device')


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a process runs as; None: as the executor does."""

    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] = ()
    environment: Mapping[str, str]


def account(spec: InstanceSpec) -> Account:
    """Look up the user and the groups.

    Raises:
        RuntimeFault: one of them does not exist on this device.
    """
    groups = tuple(_gid(each) for each in spec.groups)
    if not spec.user:
        return Account(groups=groups, environment={})
    name, _, group = spec.user.partition(':')
    try:
        entry = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        if not name.isdigit():
            raise spawn_failed(f'user {name!r} does not exist on this device') from None
        return Account(
            uid=int(name), gid=_gid(group) if group else int(name), groups=groups, environment={}
        )
    gid = _gid(group) if group else entry.pw_gid
    return Account(
        uid=entry.pw_uid,
        gid=gid,
        groups=tuple({*os.getgrouplist(entry.pw_name, gid), *groups}),
        environment={
            'HOME': entry.pw_dir,
            'LOGNAME': entry.pw_name,
            'USER': entry.pw_name,
        },
    )


def _gid(name: str) -> int:
    if name.isdigit():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise spawn_failed(f'group {name!r} does not exist on this device') from None


def limit_of(name: str) -> int:
    """Give the operating system's number of a kind of ulimit.

    Raises:
        RuntimeFault: there is no such kind.
    """
    number = getattr(resource, f'RLIMIT_{name.upper()}', None)
    if number is None:
        raise spawn_failed(f'there is no ulimit {name!r}')
    return int(number)


def environment(
    base: Mapping[str, str], spec: InstanceSpec, who: Account, token: str
) -> dict[str, str]:
    """Give what the program of an instance finds in its environment."""
    return {**environment_beside(base, spec, who), MARK: token}


def environment_beside(
    base: Mapping[str, str], spec: InstanceSpec, who: Account
) -> dict[str, str]:
    """Give what a program beside it finds there, which is not buried with it: later wins."""
    inherited = {
        name: value
        for name, value in base.items()
        if name not in OWN_VARIABLES and not name.startswith(OWN_PREFIXES)
    }
    return {**inherited, **who.environment, **spec.environment}


def working_directory(folder: Folder, spec: InstanceSpec) -> str:
    """Give where a native process begins; a relative path is in a folder of the instance's own.

    Raises:
        RuntimeFault: that folder cannot be made, or the path leads out of it.
    """
    if not spec.working_directory or os.path.isabs(spec.working_directory):
        return spec.working_directory or '/'
    if '..' in spec.working_directory.split('/'):
        raise spawn_failed(
            f'{STAGES["cwd"]}: {spec.working_directory} leads out of its own folder'
        )
    own = folder.path / 'work' / spec.working_directory
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise system_fault(STAGES['cwd'], error.errno or 0) from error
    return str(own)


def standing(folder: Folder, spec: InstanceSpec, who: Account) -> dict[str, object]:
    """Give the options of a shim that say where, as whom and within which limits.

    Raises:
        RuntimeFault: as `working_directory` and `limit_of`.
    """
    return {
        'cwd': working_directory(folder, spec),
        'groups': ','.join(map(str, who.groups)),
        **({'uid': who.uid} if who.uid is not None else {}),
        **({'gid': who.gid} if who.gid is not None else {}),
        **{
            f'limit.{limit_of(name)}': f'{each.soft}:{each.hard}'
            for name, each in spec.ulimits.items()
        },
    }


def options(**values: object) -> list[str]:
    """Write options as a shim reads them."""
    return [f'{name}={value}' for name, value in values.items()]


def packed(variables: Mapping[str, str]) -> bytes:
    """Write an environment as a shim reads it."""
    return os.fsencode('\0'.join(f'{name}={value}' for name, value in variables.items()))


def spawn(
    folder: Folder,
    spec: InstanceSpec,
    *,
    log_bytes: int,
    log_files: int,
    timeout_sec: float,
) -> bool:
    """Start a shim; tell whether it started, or found that one runs.

    Raises:
        RuntimeFault: the command could not be started.
    """
    who = account(spec)
    told = options(
        stop_timeout_sec=spec.stop_timeout_sec,
        log_bytes=log_bytes,
        log_files=log_files,
        **standing(folder, spec, who),
    )
    command = [sys.executable, '-I', '-S', PROGRAM, str(folder.path), *told, '--']
    variables = environment(os.environ, spec, who, folder.token)
    try:
        launcher = subprocess.Popen(
            [*command, *spec.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd='/',
        )
    except OSError as error:
        raise system_fault('a process could not be started', error.errno or 0) from error
    with launcher:
        try:
            answer, complaint = launcher.communicate(packed(variables), timeout_sec)
        except subprocess.TimeoutExpired:
            launcher.kill()
            raise spawn_failed(f'it was not started within {timeout_sec:g} s') from None
    words = answer.decode().split()
    match words:
        case ['started']:
            return True
        case ['running']:
            return False
        case ['failed', stage, number]:
            raise system_fault(STAGES[stage], int(number))
    raise spawn_failed(f'its shim failed: {complaint.decode(errors="replace")[-400:]}')


def run_beside(
    folder: Folder, spec: InstanceSpec, command: Sequence[str], *, timeout_sec: float
) -> int | None:
    """Run a command as the program of an instance would be; see `Runtime.exec`."""
    who = account(spec)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=working_directory(folder, spec),
            env=environment(os.environ, spec, who, folder.token),
            user=who.uid,
            group=who.gid,
            extra_groups=who.groups or None,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError):
        return 127
    except OSError:
        return 126
    try:
        code = process.wait(timeout_sec)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    return code if code >= 0 else 128 - code
