# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How a change spreads over the fleet, is stored and then told."""

from unittest.mock import patch

from manager_rig import deployment, package
import pytest

from roost_core import lifecycle
from roost_core.event import EventKind
from roost_core.liveness import Liveness
from roost_core.status import Reason, ReasonKind, Status
from roost_manager.store import StoreUnavailable

CHAIN = [
    deployment('rviz', 'nav'),
    deployment('nav', 'base'),
    deployment('base'),
]
CRASHED = Reason(kind=ReasonKind.CRASH_LOOP, text='exits again and again')


@pytest.fixture
def chain(rig):
    """Give a fleet of three deployments, each of which needs the next."""
    rig.device()
    rig.apply(package(), *CHAIN)
    rig.settle()
    return rig


def full():
    """Have every commit find the disk full."""
    return patch('roost_manager.store.Store.commit', side_effect=StoreUnavailable('disk full'))


def test_dependencies_come_up_in_their_order(rig):
    rig.device()
    rig.apply(package(), *CHAIN)

    def kept():
        return [each.deployment_name for each in rig.desired().keep]

    assert kept() == ['base']
    assert rig.states()['nav'] == ('In progress', 'Pending')
    rig.obey()
    assert sorted(kept()) == ['base', 'nav']
    rig.obey()
    rig.obey()
    assert set(rig.states().values()) == {('Succeeded', 'Running')}


def test_an_error_reaches_all_that_need_it_and_so_does_its_end(chain):
    slot = chain.slot('base')

    chain.change('rover1', slot, status=Status.ERROR, reason=CRASHED, codes=('DEP_E163',))

    assert chain['base'].codes == ('DEP_E163',)
    assert chain['nav'].codes == chain['rviz'].codes == ('DEP_E156',)
    assert chain['rviz'].executables[0].status is Status.RUNNING
    chain.obey()
    assert set(chain.states().values()) == {('Succeeded', 'Running')}
    assert chain['rviz'].codes == ()


def test_what_is_reported_of_one_evaluates_only_that_and_its_dependants(chain):
    with patch.object(lifecycle, 'evaluate', wraps=lifecycle.evaluate) as evaluate:
        chain.change('rover1', chain.slot('rviz'), restart_count=1)

    assert [call.args[0].name for call in evaluate.call_args_list] == ['rviz']


def test_dependants_stop_first(chain):
    chain.deprovision('base', 'nav', 'rviz')

    def steps():
        state = chain.desired()
        return (
            sorted(each.deployment_name for each in state.keep),
            [each.deployment_name for each in state.remove],
        )

    assert steps() == (['base', 'nav'], ['rviz'])
    chain.obey()
    assert steps() == (['base'], ['nav'])
    chain.obey()
    assert steps() == ([], ['base'])
    chain.obey()
    assert steps() == ([], [])
    assert chain.states() == {}


def test_a_forced_deprovision_leaves_dependants_in_error(chain):
    chain.deprovision('nav', force=True)
    chain.settle()

    assert chain['rviz'].codes == ('DEP_E156',)
    assert chain['rviz'].reason.text == 'dependency nav was stopped'
    assert chain.states()['base'] == ('Succeeded', 'Running')


def test_what_still_waits_for_a_stopped_dependency_fails_to_start(rig):
    rig.device()
    rig.apply(package(), *CHAIN)
    rig.deprovision('base', force=True)

    assert rig.states()['nav'] == ('Failed to start', 'Error')
    assert rig.states()['rviz'] == ('Failed to start', 'Error')


def test_the_revision_rises_only_when_a_device_is_asked_for_something_else(rig):
    rig.device()
    rig.device('rover2')

    def revisions():
        return [rig.fleet.devices[name].revision for name in ('rover1', 'rover2')]

    assert revisions() == [1, 1]
    rig.apply(package())
    assert revisions() == [1, 1]
    rig.apply(deployment('base'), deployment('nav', 'base', on='rover2'))
    assert revisions() == [2, 1]
    rig.forget_told()
    rig.obey('rover1')  # base runs: nav may start
    assert revisions() == [2, 2]
    assert rig.told_devices() == ['rover2']
    rig.obey()
    assert revisions() == [2, 2]
    rig.deprovision('nav')
    assert revisions() == [2, 3]
    rig.obey('rover2')  # the removal is confirmed and no longer asked for
    assert revisions() == [2, 4]


def test_events_are_numbered_without_gap_over_restarts(chain):
    chain.deprovision('rviz')
    chain.restart()
    chain.obey()
    chain.settle()

    numbers = [each.number for each in chain.events()]

    assert numbers == list(range(1, len(numbers) + 1))
    assert chain.fleet.last_event_number == numbers[-1]


def test_events_tell_a_life_in_order(rig):
    rig.device()
    rig.apply(package(), deployment('base'))
    rig.settle()
    rig.deprovision('base')
    rig.settle()

    told = [
        each.message
        for each in rig.events()
        if each.deployment_name == 'base' and each.kind is EventKind.PHASE
    ]

    assert told == [
        'In progress -> Provisioning',
        'Provisioning -> Succeeded',
        'Succeeded -> Deployment stopped',
    ]


def test_progress_is_told_and_neither_stored_nor_an_event(rig):
    rig.device()
    rig.apply(package(), deployment('base'))
    pull = {'status': Status.PENDING, 'started': False}
    rig.obey(reason=Reason(kind=ReasonKind.PULLING, text='pulling', progress=1.0), **pull)
    events = len(rig.events())
    rig.forget_told()

    rig.obey(reason=Reason(kind=ReasonKind.PULLING, text='pulling', progress=2.0), **pull)

    (effects,) = rig.told
    assert [each.name for each in effects.progressed] == ['base']
    assert len(rig.events()) == events
    assert rig['base'].executables[0].reason.progress == 2.0
    rig.restart()
    assert rig['base'].executables[0].reason.text == 'pulling'
    assert rig['base'].executables[0].reason.progress is None


def test_nothing_is_told_of_what_could_not_be_stored(rig):
    rig.device()
    rig.forget_told()

    with full(), pytest.raises(StoreUnavailable):
        rig.apply(package(), deployment('base'))

    assert rig.told == []
    assert rig.states() == {}
    assert rig.fleet.packages == {}
    rig.apply(package(), deployment('base'))
    assert rig.states() == {'base': ('Provisioning', 'Pending')}


def test_a_report_that_could_not_be_stored_was_not_heard_and_is_asked_for_again(chain):
    slot = chain.slot('base')
    with full(), pytest.raises(StoreUnavailable):
        chain.change('rover1', slot, status=Status.ERROR, reason=CRASHED, codes=('DEP_E163',))

    assert chain.states()['base'] == ('Succeeded', 'Running')
    assert chain.beat()
    chain.say('rover1')
    assert chain.states()['base'] == ('Succeeded', 'Error')


def test_a_device_that_could_not_be_registered_is_unknown(rig):
    with full(), pytest.raises(StoreUnavailable):
        rig.device()

    assert rig.fleet.devices == {}
    assert rig.fleet.presences == {}
    assert rig.beat()


def test_a_silence_that_could_not_be_stored_is_noticed_again(chain):
    with full(), pytest.raises(StoreUnavailable):
        chain.pass_time(7)
    assert chain.fleet.presences['rover1'].liveness is Liveness.ONLINE

    chain.pass_time(0)

    assert chain.fleet.presences['rover1'].liveness is Liveness.OFFLINE
    assert chain.states()['base'] == ('Succeeded', 'Error')


def test_everything_is_as_it_was_after_a_restart(chain):
    chain.deprovision('rviz')
    before = (dict(chain.fleet.deployments), dict(chain.fleet.devices), chain.fleet.epoch)

    chain.restart()

    assert (chain.fleet.deployments, chain.fleet.devices, chain.fleet.epoch) == before


def test_a_restart_asks_devices_for_nothing_new(chain):
    before = chain.desired()

    chain.restart()

    assert chain.desired() == before
    chain.pass_time(7)
    assert chain.desired() == before
