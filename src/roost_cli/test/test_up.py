# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A fleet of real processes, from `roost up` to the last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
import json
from pathlib import Path
import signal

import psutil
import pytest
from running import alive, Roost, Running

from roost_cli.exits import Exit
from testbed.domains import own_domain
from testbed.wait import eventually

SLEEPER = """\
apiVersion: roost/v1
kind: Package
metadata: {name: sleeper, version: "1.0", labels: {tier: test}}
spec:
  components:
    - name: main
      runtime: device
      device: {runtime: preinstalled}
      executables:
        - {name: sleep, command: [sleep, "1000"]}
---
apiVersion: roost/v1
kind: Deployment
metadata: {name: first, labels: {tier: test}}
spec:
  package: {name: sleeper, version: "1.0"}
  components:
    main: {device: rover1}
---
apiVersion: roost/v1
kind: Deployment
metadata: {name: second}
spec:
  package: {name: sleeper, version: "1.0"}
  components:
    main: {device: rover1}
  dependsOn:
    - deployment: first
"""


@pytest.fixture
def roost() -> Iterator[Roost]:
    """Give the verbs, on a domain of their own."""
    with own_domain() as number:
        yield Roost(number)


@pytest.fixture
def up(roost: Roost, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start fleets that end with the test."""
    with ExitStack() as stack:

        def start(*arguments: str, words: str = 'ready.') -> Running:
            talk = tmp_path / f'up{len(list(tmp_path.iterdir()))}.txt'
            running = Running(roost, talk, 'up', *arguments)
            stack.callback(running.close)
            running.await_words(words)
            return running

        yield start


def processes_of(roost: Roost, *names: str) -> list[psutil.Process]:
    """Find the native processes of deployments."""
    shown = json.loads(roost('get', 'deployments', *names, '-o', 'json').stdout)
    instances = [
        each['instance_id']
        for deployment in shown
        for component in deployment['components']
        for each in component['executables']
    ]
    return [psutil.Process(int(each.partition('@')[0])) for each in instances]


def test_a_fleet_from_up_to_the_last_process(roost, up) -> None:
    fleet = up('--ephemeral', '--devices', '2')

    applied = roost('apply', '-', '--wait', given=SLEEPER)
    assert 'create  Deployment  second' in applied.stdout
    assert 'second: Succeeded, Running' in applied.stderr

    names = [line.split()[0] for line in roost('get').stdout.splitlines()]
    assert names == ['NAME', 'first', 'second']
    assert 'rover1  online' in roost('devices').stdout
    assert 'tier=test' in roost('get', '-l', 'tier=test', '-o', 'wide').stdout
    assert json.loads(roost('get', 'packages', '-o', 'json').stdout)[0]['version'] == '1.0'

    described = roost('describe', 'deployment', 'second').stdout
    assert 'first  Succeeded, Running; until running: met' in described
    assert 'kind: Deployment' in described
    assert 'Provisioning -> Succeeded' in roost('events', 'second').stdout
    assert '"first" -> "second"' not in roost('graph', '-o', 'dot').stdout
    assert 'needs' in roost('graph', 'second').stdout

    none = roost('deprovision', '-l', 'site=nowhere', code=Exit.FAILED)
    assert "no deployment has the labels 'site=nowhere'" in none.stderr
    refused = roost('deprovision', 'first', code=Exit.FAILED)
    assert 'needed by second' in refused.stderr
    assert '--force' in refused.stderr
    running = processes_of(roost)
    roost('deprovision', 'first', 'second', '--wait')
    assert alive(running) == []
    assert roost('get').stderr == 'no deployments\n'

    family = fleet.family()
    assert len(family) >= 5
    assert fleet.interrupt() == 0
    assert alive(family) == []


def test_ctrl_c_leaves_nothing_behind_when_ephemeral(roost, up, tmp_path) -> None:
    state = tmp_path / 'state'
    fleet = up('--ephemeral', '--state-dir', str(state))
    roost('apply', '-', '--wait', given=SLEEPER)
    running = [*fleet.family(), *processes_of(roost)]

    assert fleet.interrupt() == 0

    assert alive(running) == []


def test_what_is_deployed_goes_on_and_is_found_again(roost, up, tmp_path) -> None:
    state = ('--state-dir', str(tmp_path / 'state'))
    fleet = up(*state)
    roost('apply', '-', '--wait', given=SLEEPER)
    running = processes_of(roost)
    family = [each for each in fleet.family() if each not in running]

    assert fleet.interrupt() == 0
    try:
        assert 'first, second: deployed, and going on' in fleet.said
        assert alive(running) == running

        up(*state)
        roost('apply', '-', '--wait', given=SLEEPER)
        assert processes_of(roost) == running
    finally:
        roost('deprovision', 'first', 'second', '--wait')
    assert alive(running) == []
    del family


def test_a_second_fleet_in_the_same_folder_is_refused(roost, up, tmp_path) -> None:
    state = ('--state-dir', str(tmp_path / 'state'))
    fleet = up(*state)

    refused = roost('up', *state, code=Exit.FAILED)

    assert f'ROS domain {roost.domain_id}' in refused.stderr
    assert 'choose another --state-dir' in refused.stderr
    assert len(alive(fleet.family())) >= 4


def test_the_death_of_a_node_is_told_with_its_last_words(roost, up) -> None:
    fleet = up('--ephemeral')
    executor = fleet.child('device_executor')

    executor.send_signal(signal.SIGKILL)

    fleet.await_words('executor of rover1')
    assert f'(process {executor.pid}) was ended by SIGKILL' in fleet.said
    eventually(lambda: 'offline' in roost('devices').stdout, 30.0)


def test_without_its_manager_it_says_what_goes_on(roost, up, tmp_path) -> None:
    fleet = up('--state-dir', str(tmp_path / 'state'))
    fleet.child('deployment_manager').send_signal(signal.SIGKILL)
    fleet.await_words('deployment manager (process')

    assert fleet.interrupt() == 0

    assert 'What is deployed goes on without the fleet: `roost up` finds it again' in fleet.said


def test_a_fleet_whose_manager_cannot_start_says_why(roost, tmp_path) -> None:
    state = tmp_path / 'state'
    (state / 'manager').mkdir(parents=True)
    (state / 'manager' / 'manager.key').write_text('no key')

    told = roost('up', '--state-dir', str(state), code=Exit.FAILED).stderr

    assert 'deployment manager (process' in told
    assert 'holds no key' in told


def test_events_are_followed(roost, up, tmp_path) -> None:
    up('--ephemeral')
    follower = Running(roost, tmp_path / 'events.txt', 'events', '-f', '-o', 'json')
    try:
        roost('apply', '-', '--wait', given=SLEEPER)
        follower.await_words('"deployment_name": "second"')
        follower.await_words('Provisioning -> Succeeded')
    finally:
        follower.close()
    numbers = [
        json.loads(line)['number'] for line in follower.said.splitlines() if line[:1] == '{'
    ]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_deploy_follows_until_it_runs(roost, up, tmp_path) -> None:
    fleet = up('--ephemeral')
    package = SLEEPER.partition('---')[0]
    roost('apply', '-', given=package)

    done = roost('deploy', 'sleeper', '1.0', '--name', 'mine', '--device', 'rover1')

    assert 'mine: Succeeded, Running' in done.stderr
    assert roost('get', 'deployments', done.stdout.strip(), '-o', 'json').stdout.count('"mine"')
    assert 'candidate' in roost('devices', '--for', 'sleeper:1.0/main', '-o', 'json').stdout
    refused = roost(
        *('deploy', 'sleeper', '1.0', '--name', 'mine', '--device', 'rover1'), code=Exit.FAILED
    )
    assert 'mine' in refused.stderr
    homeless = roost('deploy', 'sleeper', '1.0', code=Exit.USAGE)
    assert '--device [COMPONENT=]DEVICE' in homeless.stderr

    broken = package.replace('sleeper', 'broken').replace('[sleep,', '[no-such-program,')
    roost('apply', '-', given=broken)
    told = roost('deploy', 'broken', '1.0', '--device', 'rover1', code=Exit.FAILED).stderr
    assert 'broken: Succeeded, Error: ' in told or 'broken: Provisioning, Error: ' in told
    assert 'no-such-program' in told
    assert 'DEP_E' in told

    executor = fleet.child('device_executor')
    executor.suspend()
    try:
        watcher = Running(
            roost,
            tmp_path / 'deploy.txt',
            # By the time that it asks, the device may be taken for offline.
            *('deploy', 'sleeper', '1.0', '--name', 'slow', '--device', 'rover1'),
            '--allow-offline',
        )
        watcher.await_words('slow: Provisioning')
        assert watcher.interrupt() == Exit.INTERRUPTED
        assert 'not watched; it goes on' in watcher.said
    finally:
        executor.resume()
    eventually(lambda: 'Running' in roost('get', 'deployments', 'slow').stdout, 30.0)


@pytest.mark.parametrize('verb', [('get',), ('devices',), ('graph',), ('events',)])
def test_without_a_manager_it_says_where_it_looked_and_what_to_do(roost, verb) -> None:
    told = roost(*verb, '--timeout', '1', code=Exit.UNREACHABLE).stderr

    assert f'on ROS domain {roost.domain_id} (ROS_DOMAIN_ID)' in told
    assert 'discovery range LOCALHOST' in told
    assert '`roost up`' in told
