# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What executables write, as somebody with the command sees it, whatever happens meanwhile."""

import json
import time

import pytest

from roost_core.phase import Phase
from system.at_the_terminal import counted, Terminal
from system.manifests import component, container, deployment, executable, package, process
from system.operator import containers
from testbed import busybox, eventually

# Each start of it counts from 1, under a name of its own.
COUNT = (
    'start=$(cat /proc/sys/kernel/random/uuid); number=0; '
    'while :; do number=$((number + 1)); echo $start $number; {pause}; done'
)
SLOWLY = ('sh', '-c', COUNT.format(pause='usleep 50000 2>/dev/null || sleep 0.05'))


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(2, introspection=None)


@pytest.fixture
def roost(fleet, tmp_path):
    terminal = Terminal(fleet, tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def image(fleet) -> str:
    return fleet.registry.push(busybox(), 'counter:1.0')


@pytest.fixture
def counter(roost, operator, image):
    """Deploy a container that counts; gives its name."""
    roost.apply(container('counter', image, *SLOWLY), deployment('counter'))
    yield 'counter'
    if 'counter' in operator.deployments():
        operator.until_stopped(*operator.deprovision('counter'))
    roost.run('delete', 'package', 'counter')


def written(roost, *arguments: str) -> list[str]:
    return roost.run('logs', *arguments).stdout.decode().splitlines()


def test_what_is_followed_is_what_was_written(fleet, operator, roost, counter) -> None:
    following = roost.go_on('logs', '-f', counter)
    following.until(5)

    (one,) = containers(fleet, operator.see(counter).id).values()
    one.kill()
    eventually(lambda: len(counted(following.lines)) == 2, 30, 'lines after a restart')
    following.more()
    fleet.executors['rover1'].restart()
    following.more()
    fleet.executors['rover1'].kill9()
    fleet.executors['rover1'].start()
    following.more(60)
    operator.until_running(counter)
    operator.update(counter)
    eventually(lambda: len(counted(following.lines)) == 3, 30, 'lines after an update')
    following.more()
    id = operator.see(counter).id
    operator.until_stopped(*operator.deprovision(counter))

    assert following.end() == 0
    assert f"'{counter}' was stopped; that was its last line" in following.told
    assert 'REFUSED' not in following.told
    assert written(roost, id) == following.lines
    assert written(roost, counter) == following.lines
    assert written(roost, counter, '--generation', '2') == [
        line for line in following.lines if line.split()[0] == following.lines[-1].split()[0]
    ]


def test_a_link_that_breaks_costs_no_line(fleet, roost, counter) -> None:
    following = roost.go_on('logs', '-f', counter, '--tail', '5')
    following.until(10)
    rover = fleet.devices['rover1'].machine

    rover.cut_link()
    following.process.wait_log('rover1 cannot be reached, trying on', 60)
    rover.heal_link()
    following.process.wait_log('rover1 is back', 60)
    following.more()

    assert following.interrupt() == 130
    everything = written(roost, counter)
    begin = everything.index(following.lines[0])
    assert following.lines == everything[begin : begin + len(following.lines)]


def test_output_of_two_devices_is_merged_by_time(fleet, operator, roost, image) -> None:
    say = 'for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 0.2; done; exec sleep 100000'
    roost.apply(
        package(
            'pair',
            component('left', executable('main', 'sh', '-c', say, image=image)),
            component('right', executable('main', 'sh', '-c', say), runtime='preinstalled'),
        ),
        deployment(
            'pair', components={'left': {'device': 'rover1'}, 'right': {'device': 'rover2'}}
        ),
    )
    lines = eventually(lambda: _all(written(roost, 'pair', '--timestamps'), 12), 30, '12 lines')

    times = [line.split(' | ')[1].split()[0] for line in lines]
    assert times == sorted(times)
    assert {line.split(' | ')[0] for line in lines} == {'left/main', 'right/main'}
    assert written(roost, 'pair', 'right', '--stream', 'stderr') == ['err 1', 'err 2', 'err 3']
    assert written(roost, 'pair', '--no-prefix', '--tail', '1', '-c', 'left') in (
        ['out 3'],
        ['err 3'],
    )
    objects = [json.loads(line) for line in written(roost, 'pair', '-o', 'json')]
    assert {(each['component'], each['stream'], each['text']) for each in objects} == {
        (side, f'std{stream}', f'{stream} {number}')
        for side in ('left', 'right')
        for stream in ('out', 'err')
        for number in (1, 2, 3)
    }
    assert written(roost, 'pair', '--since', '2026-01-01', '--until', '2026-01-02') == []

    fleet.devices['rover2'].power_off()
    eventually(lambda: operator.device('rover2').liveness == 'offline', 30, 'rover2 is offline')
    partly = roost.run('logs', 'pair', code=1)
    assert b'output on rover2 is missing: rover2 is offline' in partly.stderr
    assert partly.stdout.count(b'\n') == 6
    fleet.devices['rover2'].power_on()
    operator.until_running('pair', timeout_sec=60)
    operator.until_stopped(*operator.deprovision('pair'))


def _all(lines: list[str], count: int) -> list[str]:
    assert len(lines) == count, lines
    return lines


def test_bytes_are_what_the_program_wrote(roost, operator, image) -> None:
    wanted = b'a\0b\xff\r\n' + b'x' * 100000 + b'\n'
    odd = r"printf 'a\0b\377\r\n'; head -c 100000 /dev/zero | tr '\0' x; echo; exec sleep 100000"
    for kind, made in (
        ('container', container('odd', image, 'sh', '-c', odd)),
        ('process', process('odd', 'sh', '-c', odd)),
    ):
        roost.apply(made, deployment('odd'))
        eventually(lambda: roost.run('logs', 'odd').stdout == wanted, 30, f'bytes of a {kind}')
        operator.until_stopped(*operator.deprovision('odd'))
        roost.run('delete', 'package', 'odd')


def test_refusals_say_what_to_do(roost, operator, counter) -> None:
    def refused(*arguments: str) -> str:
        return roost.run('logs', *arguments, code=1).stderr.decode()

    assert "there is no deployment 'countre'; did you mean 'counter'?" in refused('countre')
    assert "'counter' has no 'main/other'; it has main/main" in refused('counter', 'main/other')
    missing = roost.run('update', counter, '--image', 'main=registry:5000/nothing:1', code=1)
    assert b'Failed to update' in missing.stderr
    operator.until(counter, phase=Phase.FAILED_TO_UPDATE)
    assert 'only what it wrote can be read' in refused('-f', counter)
    assert written(roost, counter, '--tail', '2')
    operator.until_stopped(*operator.deprovision(counter))
    assert 'writes nothing any more' in refused('-f', operator_id(operator, counter))


def operator_id(operator, name: str) -> str:
    events = operator.events()
    return next(each.deployment_id for each in reversed(events) if each.deployment_name == name)


@pytest.mark.timeout(300)
def test_many_lines_pass_quickly(roost, operator, image) -> None:
    many = 'seq 1 200000; exec sleep 100000'
    roost.apply(container('many', image, 'sh', '-c', many), deployment('many'))

    def all_kept() -> None:
        assert written(roost, 'many', '--tail', '1') == ['200000']

    eventually(lambda: all_kept() is None, 120, 'all lines are kept')
    began = time.monotonic()
    done = roost.run('logs', 'many')
    took = time.monotonic() - began

    assert done.stdout == b''.join(b'%d\n' % number for number in range(1, 200001))
    assert took < 12.0  # a million in a minute
    operator.until_stopped(*operator.deprovision('many'))
