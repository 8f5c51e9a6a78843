# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets reach those who need them, and are to be found nowhere else."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import socket
import threading

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import component, container, deployment, executable, FOREVER, package
from system.operator import containers, Refused
from system.resources import Command, delete, login, secret, text_of
from testbed import busybox, eventually
from testbed.registry import PASSWORD, PORT, USERNAME

IMAGE = busybox().tag
FIRST, SECOND, OTHER = 'v7-first-hush-tSmZ', 'v7-second-hush-Q9xL', 'v7-native-hush-Lr2K'
ALL = (FIRST, SECOND, OTHER, PASSWORD)
ETH_P_ALL = 3


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None)


@pytest.fixture(scope='module', autouse=True)
def guarded(fleet):
    """Give a registry with a login, from the start: engines read names of hosts every 5 s."""
    registry = fleet.site.registry('registry2', authenticated=True)
    registry.push(busybox().labelled(private='yes'), 'private:1.0')
    return registry


@pytest.fixture(scope='module')
def command(fleet, tmp_path_factory):
    return Command(fleet, tmp_path_factory.mktemp('manifests'))


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    names = list(operator.deployments())
    operator.until_stopped(*operator.deprovision(*names, force=True) if names else ())


def taking(name, image=IMAGE, *, key='token', of='uplink', **keys):
    """Describe a package of a container with a secret in its environment."""
    entry = {'name': 'TOKEN', 'valueFrom': {'secret': {'name': of, 'key': key}}}
    return container(
        name,
        image,
        *FOREVER,
        component_keys={'environment': [entry]},
        **{'imagePullPolicy': 'Never', **keys},
    )


def native(name, dump):
    """Describe a package of a process that writes down a secret, where only a test looks."""
    script = 'umask 077; printenv TOKEN > "$0"; exec sleep 100000'
    entry = {'name': 'TOKEN', 'valueFrom': {'secret': {'name': 'native', 'key': 'token'}}}
    return package(
        name,
        component(
            'main',
            executable('main', 'sh', '-c', script, str(dump)),
            runtime='preinstalled',
            environment=[entry],
        ),
    )


def token(fleet, operator, name):
    (found,) = containers(fleet, operator.see(name).id).values()
    return found.exec_run(['sh', '-c', 'echo $TOKEN']).output.decode().strip()


@contextmanager
def captured(*machines) -> Iterator[list[bytes]]:
    """Hear every packet that machines send and get meanwhile, on every interface."""
    packets: list[bytes] = []
    sockets = []
    for machine in machines:
        with machine.entered():
            ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        ear.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
        ear.settimeout(0.1)
        sockets.append(ear)
    ended = threading.Event()

    def hear(ear):
        while not ended.is_set():
            try:
                packets.append(ear.recv(1 << 16))
            except TimeoutError:
                continue

    threads = [threading.Thread(target=hear, args=(ear,)) for ear in sockets]
    for thread in threads:
        thread.start()
    try:
        yield packets
    finally:
        ended.set()
        for thread, ear in zip(threads, sockets, strict=True):
            thread.join()
            ear.close()


def is_of_registry(packet):
    """Tell whether a packet is between an engine and a registry: those talk plainly here."""
    header = packet[14:]
    if packet[12:14] != b'\x08\x00' or header[9] != socket.IPPROTO_TCP:
        return False
    ports = header[4 * (header[0] & 15) :][:4]
    return PORT in (int.from_bytes(ports[:2]), int.from_bytes(ports[2:]))


def disguises(value):
    """Give what a value looks like plainly and in base64, wherever it begins there."""
    yield value.encode()
    for before in range(3):
        coded = base64.b64encode(b'x' * before + value.encode())
        yield coded[(0, 2, 3)[before] :].rstrip(b'=')[:-1]


def found_in(content):
    return [value for value in ALL if any(each in content for each in disguises(value))]


def content_of(path):
    """Read a file of programs that run: one that they removed meanwhile has nothing in it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b''


def leaks(fleet):
    """List the places on manager and device where a secret is to be seen."""
    places = {}
    for machine in (fleet.manager_machine, fleet.devices['rover1'].machine):
        memory = Path(f'/proc/{machine.pid}/root/dev/shm')
        for root in (fleet.site.directory(machine.name), memory):
            for path in root.rglob('*'):
                engine = 'engine' in path.relative_to(root).parts[:1]
                if path.is_file() and not engine and (found := found_in(content_of(path))):
                    places[str(path)] = found
    return places


def test_values_are_where_they_are_needed_and_nowhere_else(
    fleet, operator, command, guarded, tmp_path
):
    dump = tmp_path / 'dump'
    image = guarded.reference('private:1.0')
    rover = fleet.devices['rover1']
    with captured(fleet.manager_machine, rover.machine) as packets:
        command.apply(
            secret('uplink', token=FIRST),
            secret('native', token=OTHER),
            login('site', guarded.host, USERNAME, PASSWORD),
            taking('boxed', image, imagePullPolicy='Always', pullSecret='site'),
            native('bare', dump),
            deployment('boxed'),
            deployment('bare'),
        )
        operator.until_running('boxed', 'bare', timeout_sec=30)
        assert token(fleet, operator, 'boxed') == FIRST
        eventually(lambda: dump.exists() and dump.read_text() == f'{OTHER}\n', 30, 'it is written')

        command.apply(secret('uplink', token=SECOND))
        fleet.manager.restart()
        fleet.executors['rover1'].restart()
        fleet.wait_online()
        operator.until_running('boxed', 'bare')
        assert token(fleet, operator, 'boxed') == FIRST
        operator.update('boxed')
        (now,) = operator.until_running('boxed', timeout_sec=30)
        assert (now.generation, token(fleet, operator, 'boxed')) == (2, SECOND)
        told = '\n'.join(
            command.run(*each)
            for each in (
                ('get', 'secrets', '-o', 'json'),
                ('describe', 'deployment', 'boxed', '-o', 'json'),
                ('describe', 'deployment', 'bare'),
                ('describe', 'secret', 'uplink', '-o', 'yaml'),
                ('describe', 'package', 'boxed', '-o', 'json'),
                ('events', '-o', 'json'),
                ('history', 'boxed', '-o', 'json'),
            )
        )

    assert '"TOKEN"' in told
    assert found_in(told.encode()) == []
    assert any(b'ROOST_DEPLOYMENT_NAME' in packet for packet in packets)
    heard = [found for packet in packets if (found := found_in(packet))]
    plain = [each for packet in packets if is_of_registry(packet) for each in found_in(packet)]
    assert heard == [[each] for each in plain]
    assert leaks(fleet) == {}
    (box,) = containers(fleet, operator.see('boxed').id).values()
    assert found_in(json.dumps(box.labels).encode()) == []
    for process in fleet.site.processes:
        assert found_in(process.log.encode()) == [], process


def test_what_is_missing_is_refused_with_its_name(operator, command):
    command.apply(secret('partial', user='someone'), taking('keyless', of='partial'))

    with pytest.raises(Refused) as refused:
        operator.apply(deployment('keyless'))

    assert refused.value.messages == ["secret 'partial' has no key 'token', which 'TOKEN' needs"]
    nobody = command.apply(taking('orphaned', of='nobody'), deployment('orphaned'), ends=1)
    assert "there is no secret 'nobody'" in nobody
    command.apply(secret('partial', token='now-it-is-there'))
    operator.apply(deployment('keyless'))
    operator.until_running('keyless')
    taken = command.apply(secret('partial', user='someone'), ends=1)
    assert "'keyless' uses its value token" in taken
    used = command.run('delete', 'secret', 'partial', ends=1)
    assert 'it is used by keyless' in used


def test_a_login_for_another_registry_is_told_and_mended(operator, command, guarded):
    image = guarded.reference('private:1.0')
    boxed = container('elsewhere', image, *FOREVER, imagePullPolicy='Always', pullSecret='wrong')
    command.apply(
        login('wrong', 'registry.example:5000', USERNAME, PASSWORD),
        boxed,
        deployment('elsewhere'),
    )

    told = operator.until('elsewhere', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E314')

    assert 'is for the registry registry.example:5000' in told.reason
    command.apply(login('wrong', guarded.host, USERNAME, 'not-the-password'))
    operator.until('elsewhere', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E306')
    command.apply(login('wrong', guarded.host, USERNAME, PASSWORD))
    operator.until_running('elsewhere', timeout_sec=30)


def test_secrets_in_a_request_are_refused_unsealed(operator):
    plain = secret('plain', token=FIRST)

    with pytest.raises(Refused) as refused:
        operator.apply_text(text_of(plain))

    assert found_in(str(refused.value.problems).encode()) == []
    with pytest.raises(Refused):
        delete(operator, 'Secret/plain')
