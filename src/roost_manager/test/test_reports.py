# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What devices say, and their silence."""

from dataclasses import replace

from builders import facts
from manager_rig import deployment, Device, KEY, package, RIVAL
import pytest

from roost_core.instance import Slot
from roost_core.liveness import Liveness
from roost_core.names import DeviceName
from roost_core.report import OrphanReport
from roost_core.status import Status
from roost_manager import recovery
from roost_manager.reports import rival


def liveness(rig, name='rover1'):
    return rig.fleet.presences[name].liveness


def words(rig):
    return [each.message for each in rig.events() if each.device == 'rover1']


def test_an_unknown_device_registers_by_its_report(rig):
    rig.device()

    record = rig.fleet.devices['rover1']
    assert (record.key_id, record.revision) == (KEY, 1)
    assert liveness(rig) is Liveness.ONLINE
    assert words(rig)[0].startswith('rover1 registered with key ')
    assert words(rig)[1] == 'rover1 is online'
    assert rig.told_devices() == ['rover1']


@pytest.mark.parametrize('name', ['', 'Rover', 'rover-1', '../etc', 'a' * 64])
def test_a_name_that_ros_could_not_carry_is_ignored(rig, name):
    rig.hear(Device(name).report())

    assert rig.fleet.devices == {}
    assert not rig.beat(name, order=(1, 1))


def test_a_second_key_under_a_known_name_is_refused_and_shown(rig):
    rig.device()
    other = Device('rover1', facts=facts(hostname='intruder'), sequence=50)

    rig.hear(other.report(), key=RIVAL)
    rig.hear(other.report(), key=RIVAL)
    assert not rig.beat(key=RIVAL, order=(9, 9))

    assert rig.fleet.devices['rover1'].key_id == KEY
    assert rig.fleet.devices['rover1'].facts.hostname == ''
    assert rival(rig.fleet.presences['rover1'], monotonic=rig.monotonic) == RIVAL
    told = [each for each in words(rig) if 'claimed by two machines' in each]
    assert len(told) == 1
    rig.pass_time(31, beating=['rover1'])
    assert rival(rig.fleet.presences['rover1'], monotonic=rig.monotonic) == ''


def test_a_new_key_in_every_heartbeat_is_told_once(rig):
    rig.device()
    for number in range(100):
        rig.beat(key=f'ed25519:{number}', order=(9, number))

    assert len([each for each in words(rig) if 'claimed by two machines' in each]) == 1
    assert rival(rig.fleet.presences['rover1'], monotonic=rig.monotonic) == 'ed25519:99'


def test_an_older_report_changes_nothing(rig):
    device = rig.device()
    old = replace(device.report(), facts=facts(hostname='old'))
    rig.say('rover1')
    rig.hear(old)

    assert rig.fleet.devices['rover1'].facts.hostname == ''


def test_a_report_of_an_older_start_changes_nothing_even_after_a_restart(rig):
    device = rig.device(incarnation=5)
    rig.restart()

    rig.hear(Device('rover1', incarnation=4, sequence=9, facts=facts(hostname='old')).report())

    assert liveness(rig) is Liveness.UNKNOWN
    rig.hear(device.report())
    assert liveness(rig) is Liveness.ONLINE


def test_the_same_report_again_is_a_sign_of_life(rig):
    device = rig.device()
    rig.pass_time(5)
    device.sequence -= 1
    rig.say('rover1')
    rig.pass_time(5)

    assert liveness(rig) is Liveness.ONLINE


def test_new_facts_are_stored(rig):
    device = rig.device()
    device.facts = facts(hostname='new')
    rig.say('rover1')
    rig.restart()

    assert rig.fleet.devices['rover1'].facts.hostname == 'new'


def test_a_heartbeat_keeps_a_device_online_and_silence_ends_that(rig):
    rig.device()

    rig.pass_time(5, beating=['rover1'])
    rig.pass_time(5)
    assert liveness(rig) is Liveness.ONLINE
    rig.pass_time(2)
    assert liveness(rig) is Liveness.OFFLINE
    assert words(rig)[-1] == 'rover1 is offline: silent for 7.0 s'
    assert not rig.beat()
    assert liveness(rig) is Liveness.ONLINE


def test_a_heartbeat_that_names_a_missed_report_asks_for_it(rig):
    device = rig.device()
    device.sequence += 1

    assert rig.beat()
    rig.hear(replace(device.report(), sequence=device.sequence))
    assert not rig.beat()


@pytest.mark.parametrize('order', [(0, 0), (1, 1), (9, 9)])
def test_a_heartbeat_alone_makes_nobody_online(rig, order):
    rig.device()
    rig.apply(package(), deployment('base'))
    rig.settle()
    rig.restart()

    assert rig.beat(order=order)
    assert liveness(rig) is Liveness.UNKNOWN
    assert rig.states()['base'] == ('Succeeded', 'Running')


def test_a_heartbeat_of_an_unknown_device_asks_for_its_report(rig):
    assert rig.beat('rover7', order=(1, 1))


def test_a_device_that_leaves_is_offline_at_once_and_late_heartbeats_do_not_change_that(rig):
    device = rig.device()

    rig.say('rover1', leaving=True)

    assert liveness(rig) is Liveness.OFFLINE
    assert words(rig)[-1] == 'rover1 is offline: its executor was shut down'
    assert not rig.beat()
    assert liveness(rig) is Liveness.OFFLINE
    device.incarnation, device.sequence = 2, 0
    rig.say('rover1')
    assert liveness(rig) is Liveness.ONLINE


def test_after_a_restart_of_the_manager_a_device_is_neither_until_it_is_heard_or_time_passed(rig):
    rig.device()
    rig.device('rover2')
    rig.restart()

    assert liveness(rig) is Liveness.UNKNOWN
    rig.say('rover2')
    rig.pass_time(5)
    assert (liveness(rig), liveness(rig, 'rover2')) == (Liveness.UNKNOWN, Liveness.ONLINE)
    rig.pass_time(2, beating=['rover2'])
    assert (liveness(rig), liveness(rig, 'rover2')) == (Liveness.OFFLINE, Liveness.ONLINE)
    assert words(rig)[-1] == 'rover1 is offline: not heard since the manager started'


def test_what_runs_on_a_silent_device_is_unknown_and_recovers(rig):
    rig.device()
    rig.apply(package(), deployment('base'))
    rig.settle()

    rig.pass_time(7)
    assert rig['base'].codes == ('DEP_E151',)
    rig.beat()
    assert rig.states()['base'] == ('Succeeded', 'Running')


def test_orphans_and_notices_are_told_once(rig):
    rig.device()
    orphan = OrphanReport(
        slot=Slot('gone-id', 'main', 'run'),
        deployment_name='gone',
        generation=1,
        instance_id='c1',
        running=True,
    )

    for _ in range(2):
        rig.say('rover1', orphans=(orphan,), notices=('ignored an unsigned state',))

    assert words(rig)[2:] == [
        'ignored an unsigned state',
        'runs what nobody asked for (orphans): gone',
    ]


def test_a_removal_gets_late_by_time_alone(rig):
    rig.device()
    rig.apply(package(), deployment('base'))
    rig.settle()
    rig.deprovision('base')

    rig.pass_time(50, beating=['rover1'])
    assert rig.states()['base'] == ('Succeeded', 'Pending')
    assert rig.fleet.removing == {rig['base'].id}
    for _ in range(3):
        rig.pass_time(5, beating=['rover1'])
    assert rig.states()['base'] == ('Partially deprovisioned', 'Pending')
    assert rig.fleet.removing == set()
    rig.settle()
    assert rig.states() == {}


def test_a_removal_is_completed_when_the_device_returns_even_to_another_manager(rig):
    rig.device()
    rig.apply(package(), deployment('base'))
    rig.settle()
    rig.pass_time(7)
    rig.deprovision('base')
    assert rig.states()['base'] == ('Partially deprovisioned', 'Error')
    rig.restart()
    assert rig.states()['base'] == ('Partially deprovisioned', 'Error')

    rig.settle()

    assert rig.states() == {}
    assert rig.store.deployment(next(iter(rig.store.stopped_deployments())).id).stopped


def test_a_device_that_applied_more_than_is_known_is_ahead_until_the_fleet_is_taken_over(rig):
    rig.device()
    assert rig.fleet.behind() == ''

    rig.say('rover1', applied=(1, 7))
    rig.work(lambda work: work.update_device('rover1', revision=20))

    assert rig.fleet.behind() == DeviceName('rover1')
    assert rig.fleet.is_ahead('rover1')

    rig.work(lambda work: recovery.recover(work, rig.fleet))
    assert rig.fleet.behind() == ''


def test_notices_are_bounded(rig):
    rig.device()

    rig.say('rover1', notices=tuple(f'{number} ' + 'x' * 1000 for number in range(60)))

    kept = rig.fleet.presences['rover1'].report.notices
    assert len(kept) == 50
    assert {len(each) for each in kept} == {500}
    assert len([each for each in rig.events() if 'xxx' in each.message]) == 50


def test_after_a_restart_a_report_older_than_what_was_stored_changes_nothing(rig):
    device = rig.device()
    rig.apply(package(), deployment('camera'))
    rig.obey()
    old = device.report()
    rig.change('rover1', rig.slot('camera'), status=Status.PENDING)
    rig.restart()

    rig.hear(old)

    assert rig.states() == {'camera': ('Succeeded', 'Pending')}
    assert rig.fleet.presences['rover1'].report is None
    rig.hear(replace(old, sequence=device.sequence))  # the last one, again
    assert rig.fleet.presences['rover1'].report is not None


def test_a_report_that_changes_nothing_is_not_written(rig):
    rig.device()
    rig.apply(package(), deployment('camera'))
    rig.obey()
    before = rig.fleet.devices['rover1']

    rig.say('rover1', applied=rig.desired().order)

    assert rig.fleet.devices['rover1'] is before
