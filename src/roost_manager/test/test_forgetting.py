# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Forgetting devices, and their return."""

from manager_rig import deployment, package, RIVAL
import pytest

from roost_core.names import DeviceName
from roost_manager import forgetting
from roost_manager.refusal import Refusal

WIDE = """
apiVersion: roost/v1
kind: Package
metadata: {name: wide, version: '1'}
spec:
  components:
    - {name: left, runtime: device, executables: [{name: run, image: 'run:1'}]}
    - {name: right, runtime: device, executables: [{name: run, image: 'run:1'}]}
"""
SPREAD = """
apiVersion: roost/v1
kind: Deployment
metadata: {name: spread}
spec:
  package: {name: wide, version: '1'}
  components: {left: {device: rover1}, right: {device: rover2}}
"""


def forget(rig, name='rover1', *, force=False):
    return rig.work(lambda work: forgetting.forget(work, rig.fleet, name, force=force, by='ann'))


def go_offline(rig, name='rover1'):
    rig.say(name, leaving=True)


def reasons(rig, name='rover1'):
    with pytest.raises(Refusal) as refused:
        forget(rig, name)
    return [problem.message for problem in refused.value.problems]


def test_a_device_that_has_nothing_is_forgotten(rig):
    rig.device()
    go_offline(rig)

    assert forget(rig) == []

    assert rig.fleet.devices == {}
    assert rig.events()[-1].message == 'rover1 was forgotten by ann'
    assert rig.told[-1].forgotten == ['rover1']
    rig.restart()
    assert rig.fleet.devices == {}


def test_an_unknown_device_is_told_with_the_one_that_was_meant(rig):
    rig.device()

    with pytest.raises(Refusal, match="no device 'rover'; did you mean 'rover1'"):
        forget(rig, 'rover')


def test_every_reason_against_it_is_told_and_nothing_changes(rig):
    rig.device()
    rig.apply(package(), deployment('camera'), deployment('lidar'))

    assert reasons(rig) == [
        'deployed on rover1: camera, lidar',
        'rover1 is online and would register again with its next report',
    ]
    go_offline(rig)
    assert reasons(rig) == ['deployed on rover1: camera, lidar']
    assert 'rover1' in rig.fleet.devices


def test_what_failed_to_start_keeps_no_device(rig):
    rig.device()
    rig.apply(package(), deployment('camera'), deployment('lidar', 'camera'))
    rig.deprovision('camera', force=True)
    rig.obey()
    assert rig.states() == {'lidar': ('Failed to start', 'Error')}
    go_offline(rig)

    forget(rig)

    assert rig.states() == {}


def test_what_is_only_there_ends_and_its_name_is_free(rig):
    rig.device()
    rig.device('rover2', key=RIVAL)
    rig.apply(package(), deployment('camera'), deployment('viewer', 'camera', on='rover2'))
    rig.obey('rover1')
    go_offline(rig)

    assert forget(rig, force=True) == ['camera']

    assert list(rig.fleet.by_name) == ['viewer']
    assert rig['viewer'].codes == ('DEP_E156',)
    rig.restart()
    assert list(rig.fleet.by_name) == ['viewer']


def spread(rig):
    rig.device()
    rig.device('rover2')
    rig.apply(WIDE, SPREAD)
    rig.settle()
    assert rig.states() == {'spread': ('Succeeded', 'Running')}
    go_offline(rig)
    assert forget(rig, force=True) == ['spread']
    return rig['spread'].id


def test_what_has_other_devices_goes_on_with_its_part_lost(rig):
    spread(rig)

    assert rig.states() == {'spread': ('Succeeded', 'Error')}
    assert rig['spread'].codes == ('DEP_E402',)
    assert rig['spread'].reason.text == 'left/run on rover1: device rover1 was forgotten'
    assert [each.slot.component for each in rig.desired('rover2').keep] == ['right']
    rig.restart()
    assert rig['spread'].codes == ('DEP_E402',)


def test_what_lost_a_part_is_removed_from_the_devices_it_has(rig):
    spread(rig)

    rig.deprovision('spread')
    assert rig['spread'].phase != 'Deployment stopped'
    rig.obey('rover2')

    assert rig.states() == {}


def test_a_device_that_returns_removes_what_it_owes_and_nothing_else(rig):
    id = spread(rig)
    rig.restart()
    rover1 = rig.devices['rover1']
    rover1.incarnation += 1
    rover1.sequence = 0

    rig.say('rover1')

    asked = rig.desired('rover1')
    assert ([each.deployment_id for each in asked.remove], asked.keep) == ([id], ())
    rig.restart()
    assert [each.deployment_id for each in rig.desired('rover1').remove] == [id]
    rig.say('rover1')
    rig.obey('rover1')
    after = rig.desired('rover1')
    assert after.remove == ()
    assert after.revision > asked.revision
    assert rig['spread'].codes == ('DEP_E402',)
    rig.apply(package(), deployment('camera'))
    rig.obey('rover1')
    assert rig.states()['camera'] == ('Succeeded', 'Running')


def test_a_device_that_returns_is_told_something_newer_than_what_it_applied(rig):
    rig.device()
    rig.apply(package(), deployment('camera'))
    rig.obey()
    rig.deprovision('camera')
    rig.obey()
    applied = rig.desired().order
    go_offline(rig)
    forget(rig)

    rig.say('rover1', applied=applied)

    assert rig.fleet.behind() == ''
    assert rig.desired().order > applied


def test_an_old_report_of_a_forgotten_device_does_not_bring_it_back(rig):
    device = rig.device()
    old = device.report()
    go_offline(rig)
    forget(rig)

    rig.hear(old)

    assert rig.fleet.devices == {}


def test_a_device_returns_by_its_key_under_whatever_name(rig):
    id = spread(rig)

    rig.device('rover9', incarnation=7)

    assert [each.deployment_id for each in rig.desired('rover9').remove] == [id]


def test_the_name_is_free_for_another_machine_which_owes_nothing(rig):
    spread(rig)

    rig.device('rover1', key=RIVAL)

    assert rig.fleet.devices[DeviceName('rover1')].key_id == RIVAL
    assert rig.desired('rover1').remove == ()


def test_what_is_still_to_be_removed_is_owed_too(rig):
    rig.device()
    rig.apply(package(), deployment('camera'))
    rig.obey()
    go_offline(rig)
    rig.deprovision('camera')
    assert rig.states() == {'camera': ('Partially deprovisioned', 'Error')}

    forget(rig, force=True)

    assert rig.states() == {}
    rig.say('rover1')
    assert [each.deployment_name for each in rig.desired().remove] == ['camera']


def test_a_device_that_is_forgotten_twice_owes_for_both_times(rig):
    rig.device()
    rig.apply(package(), deployment('camera'))
    rig.obey()
    go_offline(rig)
    forget(rig, force=True)
    rig.say('rover1')
    rig.apply(deployment('lidar'))
    rig.say('rover1', leaving=True)

    forget(rig, force=True)

    rig.say('rover1')
    assert [each.deployment_name for each in rig.desired().remove] == ['camera', 'lidar']
