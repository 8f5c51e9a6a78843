# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is installed on a device already runs as processes, watched and ended as a whole."""

from pathlib import Path

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import component, deployment, executable, package, process
from system.operator import only
from testbed import eventually

DUMP = 'env > $0.new; pwd > $0.cwd; mv $0.new $0; exec sleep 100000'


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(
        1,
        introspection=None,
        executor_parameters={'variables': ['SITE=lab', 'SPEED=device', 'ARM=device']},
    )


def running(fleet, *marks):
    """List the pids of the device's processes, of which each mark is in the command line."""
    listed = fleet.devices['rover1'].machine.run('ps', '-eo', 'pid=,args=').stdout
    return [
        int(line.split()[0])
        for line in listed.splitlines()
        if all(mark in line for mark in marks) and 'ps -eo' not in line and 'nsenter' not in line
    ]


def test_environment_and_working_directory(fleet, operator, tmp_path):
    dump = tmp_path / 'dump'
    environment = [
        {'name': 'SPEED', 'default': 'package'},
        {'name': 'ARM', 'default': 'package'},
        {'name': 'LEG', 'default': 'package'},
        {'name': 'HEAD'},
    ]
    operator.apply(
        package(
            'walker',
            component(
                'main',
                executable('main', 'sh', '-c', DUMP, str(dump), workingDirectory=str(tmp_path)),
                runtime='preinstalled',
                environment=environment,
            ),
        ),
        deployment(
            'walker',
            environment={'ARM': 'deployment', 'LEG': 'deployment', 'HEAD': 'deployment'},
            components={'main': {'device': 'rover1', 'environment': {'LEG': 'component'}}},
        ),
    )
    (walker,) = operator.until_running('walker')

    eventually(dump.exists, 30, 'the process wrote its environment')

    seen = dict(line.partition('=')[::2] for line in dump.read_text().splitlines())
    assert seen['SITE'] == 'lab'
    assert [seen[name] for name in ('SPEED', 'ARM', 'LEG', 'HEAD')] == [
        'package',
        'deployment',
        'component',
        'deployment',
    ]
    assert {name: value for name, value in seen.items() if name.startswith('ROOST_D')} == {
        'ROOST_DEPLOYMENT_ID': walker.id,
        'ROOST_DEPLOYMENT_NAME': 'walker',
        'ROOST_DEVICE': 'rover1',
    }
    assert seen['ROOST_COMPONENT'] == seen['ROOST_EXECUTABLE'] == 'main'
    assert seen['ROOST_GENERATION'] == '1'
    assert 'ROS_DOMAIN_ID' not in seen
    assert Path(f'{dump}.cwd').read_text().strip() == str(tmp_path)
    operator.until_stopped(*operator.deprovision('walker'))


def test_a_member_of_the_network_gets_its_variables(fleet, operator, tmp_path):
    dump = tmp_path / 'dump'
    operator.apply(
        process('talker', 'sh', '-c', DUMP, str(dump), component_keys={'ros': {'enabled': True}}),
        deployment('talker'),
    )
    eventually(dump.exists, 30, 'the process wrote its environment')

    seen = dict(line.partition('=')[::2] for line in dump.read_text().splitlines())
    assert seen['ROS_DOMAIN_ID'] == str(fleet.domain_id)
    assert seen['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'SUBNET'
    operator.until_stopped(*operator.deprovision('talker'))


def test_a_crash_is_told_and_made_good(fleet, operator):
    operator.apply(process('fragile', 'sleep', '54321'), deployment('fragile'))
    (before,) = operator.until_running('fragile')
    (pid,) = running(fleet, 'sleep 54321')
    assert only(before).instance_id.startswith(f'{pid}@')

    fleet.devices['rover1'].machine.run('kill', '-SEGV', str(pid))

    def restarted():
        now = operator.see('fragile')
        return (only(now).restart_count, now.status) == (1, Status.RUNNING)

    eventually(restarted, 30, 'it was started again')
    (event,) = [each for each in operator.events('fragile') if each.reason_kind == 'RESTARTING'][
        :1
    ]
    assert 'ended by SIGSEGV after' in event.message
    assert running(fleet, 'sleep 54321') != [pid]
    operator.until_stopped(*operator.deprovision('fragile'))
    assert running(fleet, 'sleep 54321') == []


def test_all_that_came_of_a_process_ends_with_it(fleet, operator, tmp_path):
    script = tmp_path / 'family'
    script.write_text(
        'sleep 98761 & '
        '(sleep 98762 & sleep 98763) & '
        'setsid sleep 98764 & '
        'setsid sh -c "trap : TERM; sleep 98765 & wait; wait" & '
        'exec sleep 98766'
    )
    operator.apply(process('family', 'sh', str(script), stopTimeout='1s'), deployment('family'))
    operator.until_running('family')
    eventually(lambda: len(running(fleet, 'sleep 9876')) >= 6, 30, 'all of them run')
    stranger = fleet.site.process('stranger', fleet.devices['rover1'].machine, ['sleep', '98760'])
    stranger.start()

    operator.until_stopped(*operator.deprovision('family'))

    (left,) = running(fleet, 'sleep 9876')
    assert running(fleet, 'sleep 98760') == [left]
    assert stranger.running
    assert running(fleet, str(script)) == []
    stranger.kill9()


def test_a_strangers_pid_is_never_touched(fleet, operator):
    """A process that ended while nobody looked has left its number to somebody else."""
    machine = fleet.devices['rover1'].machine
    operator.apply(process('moved', 'sleep', '65432', restart='never'), deployment('moved'))
    operator.until_running('moved')
    (pid,) = running(fleet, 'sleep 65432')
    fleet.executors['rover1'].kill9()
    machine.run('kill', '-KILL', str(pid))
    eventually(lambda: running(fleet, 'sleep 65432') == [], 30, 'the process is gone')
    stranger = fleet.site.process('heir', machine, ['sleep', '65433'])

    def inherited():
        # Whatever else begins on the machine just now may get the number.
        stranger.kill9()
        machine.run('sh', '-c', f'echo {pid - 1} > /proc/sys/kernel/ns_last_pid')
        stranger.start()
        return eventually(lambda: running(fleet, 'sleep 65433'), 30, 'it runs') == [pid]

    eventually(inherited, 30, 'somebody else has the number')

    fleet.executors['rover1'].start()
    operator.until('moved', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E152')
    operator.until_stopped(*operator.deprovision('moved'))

    assert running(fleet, 'sleep 65433') == [pid]
    stranger.kill9()
