# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Facts about the device."""

from __future__ import annotations

import platform
import socket

import pytest

from roost_core.package import Architecture, DeviceRuntime
from roost_core.policy import DevicePolicy
from roost_core.report import Address
from roost_executor import offering
from roost_executor.facts import (
    architecture,
    Configured,
    FactFinder,
    own_address,
    settled,
    UnknownArchitecture,
)
from roost_executor.host_ids import of_addresses, of_macs
from roost_executor.runtimes.contract import without_secrets
from roost_executor.runtimes.fake import FakeRuntime


@pytest.mark.parametrize(
    ('machine', 'expected'),
    [
        ('x86_64', Architecture.AMD64),
        ('aarch64', Architecture.ARM64V8),
        ('armv7l', Architecture.ARM32V7),
    ],
)
def test_architectures_are_told_in_the_words_of_packages(machine, expected) -> None:
    assert architecture(machine) is expected


def test_a_processor_without_a_word_is_refused() -> None:
    with pytest.raises(UnknownArchitecture, match="a 'riscv64'"):
        architecture('riscv64')


def test_sizes_settle() -> None:
    assert settled(0, 1000) == 1000
    assert settled(1000, 1009) == 1000
    assert settled(1000, 1011) == 1011


def test_the_address_of_a_device_without_a_route_is_the_first_that_leads_outside(
    monkeypatch,
) -> None:
    def unreachable(*_):
        raise OSError(101, 'Network is unreachable')

    monkeypatch.setattr(socket, 'socket', unreachable)
    known = [
        Address(interface='docker0', address='172.17.0.1'),
        Address(interface='eth0', address='2001:db8::7'),
        Address(interface='eth0', address='10.0.0.7'),
    ]
    assert own_address(known) == '10.0.0.7'
    assert own_address(known[:2]) == '2001:db8::7'
    assert own_address(known[:1]) == '172.17.0.1'
    assert own_address(()) == ''


def test_the_owner_says_the_address_and_what_is_allowed(tmp_path) -> None:
    rules = DevicePolicy(privileged=True)
    finder = FactFinder(Configured(address='192.0.2.9', policy=rules), {}, tmp_path)
    assert (finder.facts.address, finder.facts.policy) == ('192.0.2.9', rules)
    assert (finder.find().address, finder.find().policy) == ('192.0.2.9', rules)


def test_folders_are_no_runtime_that_is_offered(tmp_path) -> None:
    finder = FactFinder(Configured(), {}, tmp_path)
    assert finder.note(DeviceRuntime.DIRECTORY, answers=True).runtimes == ()


def test_a_runtime_is_offered_once_it_answered(tmp_path) -> None:
    docker = FakeRuntime()
    finder = FactFinder(Configured(labels={'site': 'lab'}), {docker.kind: docker}, tmp_path)
    assert finder.facts.runtimes == ()
    assert finder.find().engine_version == ''

    assert finder.note(docker.kind, answers=True).runtimes == (DeviceRuntime.DOCKER,)
    found = finder.find()
    assert found.engine_version == 'fake'
    assert found.disk_free_bytes == 10**9
    assert found.labels == {'site': 'lab'}
    assert found.hostname == socket.gethostname()
    assert found.architecture is architecture(platform.machine())

    docker.go_away()
    assert finder.note(docker.kind, answers=False).runtimes == (DeviceRuntime.DOCKER,)
    assert finder.find().engine_version == ''


def test_a_runtime_that_ever_answered_is_offered_before_it_answers_again(tmp_path) -> None:
    docker = FakeRuntime()
    before = FactFinder(Configured(), {docker.kind: docker}, tmp_path)
    before.note(docker.kind, answers=True)
    before.find()

    again = FactFinder(Configured(), {docker.kind: docker}, tmp_path)
    without = FactFinder(Configured(), {}, tmp_path)
    (tmp_path / 'runtimes').write_bytes(b'\xffdocker podman')
    damaged = FactFinder(Configured(), {docker.kind: docker}, tmp_path)

    assert again.facts.runtimes == (DeviceRuntime.DOCKER,)
    assert without.facts.runtimes == damaged.facts.runtimes == ()


def test_host_ids_are_those_of_fast_dds() -> None:
    # Seen at participants of Fast DDS 2.14.5 with one interface up.
    assert of_addresses(['127.0.0.1', '192.0.2.2']) == '78fd'
    assert of_macs(['00:00:00:00:00:00', '02:fc:00:00:00:01']) == ('17164142299256324096',)


def test_host_ids_without_a_network() -> None:
    assert of_addresses(['127.0.0.1']) == '7f01'
    assert of_macs(['00:00:00:00:00:00']) == ()


def offer(wanted, tmp_path, docker_host=''):
    return set(
        offering.runtimes(
            wanted,
            docker_host=docker_host,
            state_dir=tmp_path,
            device='rover1',
            device_key='ed25519:ours',
            secrets=without_secrets,
            is_removed=lambda deployment: False,
        )
    ) - {DeviceRuntime.DIRECTORY}


def test_a_containerised_executor_offers_no_preinstalled_runtime(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(offering, 'in_container', lambda: True)
    assert offer(None, tmp_path) == set()

    monkeypatch.setattr(offering, 'in_container', lambda: False)
    assert offer(None, tmp_path) == {DeviceRuntime.PREINSTALLED}


def test_docker_needs_an_engine(tmp_path) -> None:
    with pytest.raises(ValueError, match='docker_host'):
        offer({DeviceRuntime.DOCKER}, tmp_path)


def test_a_mark_tells_of_a_container(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv('container', raising=False)

    assert not offering.in_container([tmp_path / 'mark'])
    (tmp_path / 'mark').touch()
    assert offering.in_container([tmp_path / 'mark'])
