# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What ends, starts again or not, as its policy says; and everybody is told how it ended."""

import re

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import container, deployment, FOREVER, process
from system.operator import only
from testbed import busybox, eventually

IMAGE = 'local/busybox'

# Ends once as it is told, when somebody makes the file; it runs on after that.
ONCE = 'while [ ! -e $0 ]; do sleep 0.05; done; rm $0; echo over >&2; exit $1'


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(1, introspection=None)
    fleet.devices['rover1'].engine.load(busybox(), IMAGE)
    return fleet


def package_of(kind, name, *command, **keys):
    if kind == 'preinstalled':
        return process(name, *command, **keys)
    return container(name, IMAGE, *command, imagePullPolicy='Never', **keys)


def deploy(operator, kind, name, *command, **keys):
    operator.apply(package_of(kind, name, *command, **keys), deployment(name))


def remove(operator, *names):
    operator.until_stopped(*operator.deprovision(*names))


def release(fleet, kind, flag):
    """Make the file that a command waits for, where it looks for it."""
    device = fleet.devices['rover1']
    if kind == 'preinstalled':
        device.machine.run('touch', flag)
        return
    (found,) = device.engine.client.containers.list()
    found.exec_run(['touch', flag])


@pytest.mark.parametrize('kind', ['docker', 'preinstalled'])
@pytest.mark.parametrize('code', [0, 3])
@pytest.mark.parametrize('restart', ['always', 'on-failure', 'never'])
def test_policies(fleet, operator, tmp_path, kind, code, restart):
    name = f'{kind}-{restart}-{code}'
    flag = f'{tmp_path}/flag' if kind == 'preinstalled' else '/tmp/flag'
    deploy(operator, kind, name, 'sh', '-c', ONCE, flag, str(code), restart=restart)
    operator.until_running(name)

    release(fleet, kind, flag)

    if restart == 'always' or (restart == 'on-failure' and code):

        def restarted():
            now = operator.see(name)
            return (only(now).restart_count, now.status) == (1, Status.RUNNING)

        eventually(restarted, 30, f'{name} was restarted')
        now = operator.until_running(name)[0]
        told = [each for each in operator.events(name) if each.reason_kind == 'RESTARTING']
        assert f'exited with code {code} after' in told[0].message
    elif code:
        now = operator.until(name, Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E152')
        expected = r'exited with code 3 after \d+(\.\d)? s: over, and is not to be restarted'
        now = eventually(
            lambda: re.fullmatch(expected, operator.see(name).reason) and operator.see(name),
            30,
            expected,
        )
        assert only(now).restart_count == 0
    else:
        now = operator.until(name, Status.STOPPED, phase=Phase.SUCCEEDED, code='')
        assert only(now).reason == 'completed'
        assert only(now).restart_count == 0
    if only(now).status is not Status.RUNNING:
        assert (only(now).exited, only(now).exit_code) == (True, code)
    remove(operator, name)


def test_a_pause_before_a_restart_is_told_with_its_reason(operator):
    deploy(operator, 'docker', 'flaky', 'sh', '-c', 'echo no lens >&2; exit 2')

    def told():
        return [each for each in operator.events('flaky') if each.reason_kind == 'RESTARTING']

    (event, *_) = eventually(told, 30, 'a restart is told')
    assert event.status is Status.PENDING
    assert re.match(r'Pending: exited with code 2 after 0\.\d s', event.message)
    remove(operator, 'flaky')


def test_a_crash_loop_is_told_and_left(fleet, operator, tmp_path):
    flag = tmp_path / 'repaired'
    script = f'[ -e {flag} ] && exec sleep 100000; echo broken >&2; exit 1'
    deploy(operator, 'preinstalled', 'loop', 'sh', '-c', script)

    def loops():
        now = operator.see('loop')
        assert now.codes == ('DEP_E163',), now
        assert re.match(r'exits again and again, last: exited with code 1 after', now.reason)
        return now

    now = eventually(loops, 30, 'it is in a crash loop')
    assert now.status is Status.ERROR
    assert now.phase is Phase.SUCCEEDED
    assert only(now).restart_count >= 4

    flag.touch()

    operator.until('loop', Status.ERROR, code='DEP_E163', reason='being watched')
    operator.until_running('loop')
    remove(operator, 'loop')


@pytest.mark.parametrize('kind', ['docker', 'preinstalled'])
def test_a_missing_command_is_told_and_not_tried_again(operator, kind):
    name = f'{kind}-missing'
    deploy(operator, kind, name, 'no-such-program', '--flag')

    now = operator.until(name, Status.ERROR, code='DEP_E152')

    assert now.phase is Phase.SUCCEEDED
    assert now.reason == (
        'command not found or not executable: no-such-program; it cannot be restarted'
    )
    assert only(now).exit_code == 127
    assert only(now).restart_count == 0
    remove(operator, name)


def test_running_out_of_memory_is_told(operator):
    deploy(
        operator,
        'docker',
        'hungry',
        'sh',
        '-c',
        'tail /dev/zero',
        restart='never',
        limits={'memory': '16Mi'},
    )

    now = operator.until('hungry', Status.ERROR, reason='ran out of memory and was killed')

    assert set(now.codes) == {'DEP_E152', 'DEP_E310'}
    assert only(now).reason_kind == 'OUT_OF_MEMORY'
    assert only(now).exit_code == 137
    remove(operator, 'hungry')


def test_a_taken_port_is_told_and_taken_when_it_is_free(fleet, operator):
    listen = ('nc', '-l', '-p', '7400')
    deploy(operator, 'docker', 'first', *listen, ros=True)
    operator.until_running('first')
    machine = fleet.devices['rover1'].machine
    ports = ('ss', '-Hltn', 'sport = :7400')
    eventually(lambda: machine.run(*ports).stdout, 30, 'the port is taken')

    deploy(operator, 'docker', 'second', *listen, ros=True)

    now = operator.until('second', Status.ERROR, reason='last: a port that it needs is taken')
    assert 'Address already in use' in now.reason
    assert now.codes == ('DEP_E163', 'DEP_E304')

    remove(operator, 'first')
    operator.until_running('second')
    remove(operator, 'second')


def test_what_a_person_stops_stays_stopped(fleet, operator):
    deploy(operator, 'docker', 'held', *FOREVER)
    operator.until_running('held')
    (found,) = fleet.devices['rover1'].engine.client.containers.list()

    found.stop(timeout=1)

    now = operator.until('held', Status.ERROR, code='DEP_E152')
    assert now.reason == 'stopped by hand'
    assert only(now).status is Status.STOPPED
    found.start()
    operator.until_running('held')
    remove(operator, 'held')


def test_what_a_person_removes_is_made_again(fleet, operator):
    deploy(operator, 'docker', 'lost', *FOREVER)
    (before,) = operator.until_running('lost')
    (found,) = fleet.devices['rover1'].engine.client.containers.list()

    found.remove(force=True)

    def made_again():
        now = operator.see('lost')
        assert only(now).instance_id != only(before).instance_id
        return now.status is Status.RUNNING

    eventually(made_again, 30, 'it was made again')
    remove(operator, 'lost')
