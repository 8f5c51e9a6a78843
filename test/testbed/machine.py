# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A computer of the fleet, made of namespaces, and the switch that joins such computers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import ctypes
import os
from pathlib import Path
import shlex
import subprocess
import threading
import uuid

CLONE_NEWNET = 0x40000000
NAMESPACES = ('--mount', '--uts', '--ipc', '--net', '--pid')

# Process 1 of a machine. It ends when its standard input does, which is a pipe held by the
# process that made the machine: the kernel then kills everything else in the machine.
# docker-init buries the orphans: dockerd takes a dead containerd that nobody buried for alive.
INIT = """
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir /run/lock
mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id
mount --bind "$1/machine-id" /etc/machine-id
mount --bind "$3" /etc/hosts
hostname "$2"
ip link set lo up
echo up
exec docker-init -- cat > /dev/null
"""


def child_of(pid: int) -> int | None:
    """Return the first child of a process, as this process numbers them."""
    try:
        children = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(children[0]) if children else None


class Machine:
    """
    Behave like a computer with a power switch and one network port.

    It has its own processes, network, shared memory, host name, /run, boot id and machine id;
    it shares the file system otherwise. `power_off` kills all its processes in an instant, and
    `power_on` gives a new boot id. It dies with the process that made it. `hosts` is a file of
    host names that may grow while the machine runs.
    """

    def __init__(self, name: str, state: Path, hosts: Path, address: str = '') -> None:
        self.name = name
        self.address = address
        self._state = state
        self._hosts = hosts
        self._unshare: subprocess.Popen[str] | None = None
        self._pid: int | None = None
        self._port: tuple[Machine, str] | None = None
        for file, content in (('machine-id', f'{uuid.uuid4().hex}\n'), ('boot_id', '')):
            (state / file).write_text(content)

    @property
    def powered(self) -> bool:
        """Tell whether the machine runs."""
        return self._unshare is not None and self._unshare.poll() is None

    @property
    def pid(self) -> int:
        """Return the pid of the machine's process 1, seen from outside; it must be powered."""
        if self._pid is None or not self.powered:
            raise RuntimeError(f'{self.name} is switched off')
        return self._pid

    def power_on(self) -> None:
        """Start the machine and plug it in where it was; nothing happens if it runs."""
        if self.powered:
            return
        (self._state / 'boot_id').write_text(f'{uuid.uuid4()}\n')
        self._unshare = subprocess.Popen(
            [
                'unshare',
                '--fork',
                '--pid',
                '--mount-proc',
                '--mount',
                '--uts',
                '--ipc',
                '--net',
                'sh',
                '-c',
                INIT,
                'init',
                str(self._state),
                self.name,
                str(self._hosts),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._unshare.stdout is not None
        if self._unshare.stdout.readline() != 'up\n':
            raise RuntimeError(f'{self.name}: its namespaces could not be made, see stderr')
        self._pid = child_of(self._unshare.pid)
        if self._port:
            self._port[0].plug_in(self)

    def power_off(self) -> None:
        """Kill everything on the machine at once, as a power cut does; can be repeated."""
        if self._unshare is None:
            return
        assert self._unshare.stdin is not None and self._unshare.stdout is not None
        self._unshare.stdin.close()
        self._unshare.wait(10)
        self._unshare.stdout.close()
        self._unshare = self._pid = None

    def command(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> list[str]:
        """Return the command line that runs `argv` on this machine, `env` on top of its own."""
        chdir = [f'--chdir={cwd}'] if cwd else []
        variables = [f'{name}={value}' for name, value in (env or {}).items()]
        return [
            'nsenter',
            f'--target={self.pid}',
            *NAMESPACES,
            '--',
            'env',
            *chdir,
            *variables,
            *argv,
        ]

    def run(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_sec: float = 30.0,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on this machine to its end; with `check`, a failure shows its output."""
        done = subprocess.run(
            self.command(argv, env, cwd),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_sec,
        )
        if check and done.returncode:
            raise AssertionError(
                f'{shlex.join(argv)} on {self.name} ended with '
                f'{done.returncode}:\n{done.stdout}{done.stderr}'
            )
        return done

    @contextmanager
    def entered(self) -> Iterator[None]:
        """
        Put the calling thread into this machine's network, and take it out at the end.

        Sockets and threads made inside belong to that network for good. Only the network is
        entered: shared memory, files and processes stay those of the caller.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        with (
            open(f'/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net') as home,
            open(f'/proc/{self.pid}/ns/net') as there,
        ):
            if libc.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f'cannot enter the network of {self.name}')
            try:
                yield
            finally:
                if libc.setns(home.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), 'cannot return to the own network')

    def remember_port(self, switch: Machine, port: str) -> None:
        """Note where the machine is plugged in; called by the switch."""
        self._port = (switch, port)

    def cut_link(self) -> None:
        """Drop all traffic of this machine, without its noticing any change of its port."""
        self._on_switch('nomaster')

    def heal_link(self) -> None:
        """Undo `cut_link`."""
        self._on_switch('master', 'bridge')

    def limit_link(self, rate: str | None) -> None:
        """Slow what the machine receives to a rate such as '1mbit', or None for no limit."""
        switch, port = self._plugged()
        switch.run('tc', 'qdisc', 'del', 'dev', port, 'root', check=False)
        if rate:
            switch.run(
                'tc',
                'qdisc',
                'add',
                'dev',
                port,
                'root',
                'tbf',
                'rate',
                rate,
                'burst',
                '32k',
                'latency',
                '400ms',
            )

    def _on_switch(self, *state: str) -> None:
        switch, port = self._plugged()
        switch.run('ip', 'link', 'set', port, *state)

    def _plugged(self) -> tuple[Machine, str]:
        if self._port is None:
            raise RuntimeError(f'{self.name} is not plugged in')
        return self._port


class Switch(Machine):
    """
    Join machines by one bridge that exists in no network but its own.

    The computer that runs the tests has no interface on it: nothing gets out, addresses of
    parallel runs cannot collide, and no firewall rule of the host matters.
    """

    def power_on(self) -> None:
        """Start the switch with an empty bridge, multicast flooded to all ports."""
        super().power_on()
        self.run(
            'sh',
            '-ec',
            'ip link add bridge type bridge forward_delay 0 mcast_snooping 0;'
            'ip link set bridge up',
        )

    def plug_in(self, machine: Machine) -> None:
        """Join a powered machine by a link of its own; it keeps its port over a reboot."""
        port = f'to-{machine.name}'[:15]
        mac = '02:00:' + ':'.join(f'{int(part):02x}' for part in machine.address.split('.'))
        self.run('sh', '-ec', f'ip link del {port} 2>/dev/null || true')
        link = f'ip link add {port} type veth peer name eth0 address {mac} netns {machine.pid}'
        subprocess.run(['nsenter', f'--target={self.pid}', '--net', *link.split()], check=True)
        self.run('sh', '-ec', f'ip link set {port} master bridge; ip link set {port} up')
        machine.run(
            'sh',
            '-ec',
            f'ip address add {machine.address}/16 dev eth0;'
            'ip link set eth0 up; ip route add default dev eth0',
        )
        machine.remember_port(self, port)
