# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may look into which devices."""

from manager_rig import deployment, package
import pytest

from roost_core.status import Status
from roost_core.ticket import Purpose
from roost_interfaces import srv
from roost_manager.ros_api.requests import Requests
from roost_manager.ros_api.tickets import Tickets
from roost_wire.signing import SigningKey
from roost_wire.tickets import read_ticket

PURPOSES = {
    Purpose.LOGS: srv.GetTickets.Request.PURPOSE_LOGS,
    Purpose.FOLLOW: srv.GetTickets.Request.PURPOSE_FOLLOW,
    Purpose.SHELL: srv.GetTickets.Request.PURPOSE_SHELL,
    Purpose.EXEC: srv.GetTickets.Request.PURPOSE_EXEC,
}

TWO = """apiVersion: roost/v1
kind: Package
metadata: {name: pair, version: '1'}
spec:
  components:
    - name: main
      runtime: device
      executables:
        - {name: left, image: 'run:1'}
        - {name: right, image: 'run:1'}
"""


@pytest.fixture
def key(tmp_path):
    return SigningKey.load_or_create(tmp_path / 'manager.key')


@pytest.fixture
def ask(rig, key):
    """Ask the service for tickets."""

    def ask(purpose, name='camera', **values):
        api = Tickets(rig.manager, key, namespace='/roost', valid_sec=60.0)
        kind, question = api.services()['get_tickets']
        serve = Requests(rig.manager, logger=None).answering(question)
        request = kind.Request(purpose=PURPOSES[purpose], deployment=name, **values)
        return serve(request, kind.Response())

    return ask


@pytest.fixture
def running(rig):
    """Give a manager with a deployment that runs, on a device that is heard."""
    rig.device()
    rig.apply(package(), deployment('camera'))
    rig.settle()
    rig.beat(uptime_sec=100.0)
    return rig


def test_a_ticket_is_for_a_short_time_by_the_clock_of_the_executor(running, ask, key):
    running.pass_time(1.5)

    answer = ask(Purpose.LOGS, requested_by='ann')

    assert answer.result.ok
    assert answer.deployment_name == 'camera'
    (given,) = answer.tickets
    assert (given.device, given.executor) == ('rover1', '/roost/devices/rover1/executor')
    ticket = read_ticket(given.ticket, key_id=key.key_id)
    assert ticket.until_sec == pytest.approx(161.5)
    assert (ticket.purpose, ticket.user, ticket.incarnation) == (Purpose.LOGS, 'ann', 1)
    assert [(each.component, each.executable) for each in answer.executables] == [('main', 'run')]


def test_a_device_that_is_offline_is_named_with_its_reason(running, ask):
    running.pass_time(42.0)
    running.work(lambda work: work.evaluate(()))

    answer = ask(Purpose.LOGS)

    assert answer.result.ok
    assert list(answer.tickets) == []
    assert [each.resource for each in answer.missing] == ['device/rover1']


def test_an_uptime_of_a_former_executor_gives_no_ticket(running, ask):
    device = running.devices['rover1']
    device.incarnation, device.sequence = 2, 0
    running.say('rover1')

    (missing,) = ask(Purpose.LOGS).missing

    assert missing.code == 'UNAVAILABLE'
    running.beat(uptime_sec=float('nan'))
    assert ask(Purpose.LOGS).missing
    running.beat(uptime_sec=0.5)
    assert ask(Purpose.LOGS).tickets


def test_what_was_written_can_be_read_after_the_end(running, ask):
    id = running['camera'].id
    running.deprovision('camera')
    running.settle()
    assert ask(Purpose.LOGS).deployment_id == id
    assert ask(Purpose.LOGS, name=id).tickets

    refusal = ask(Purpose.FOLLOW).result
    assert (refusal.ok, refusal.code) == (False, 'REFUSED')
    assert 'writes nothing any more' in refusal.message
    assert 'stopped' in ask(Purpose.SHELL, name=id).result.message


def test_a_shell_needs_one_executable_that_runs(rig, ask, key):
    rig.device()
    rig.apply(TWO, deployment('pair', of='pair'))
    rig.settle()
    rig.beat()

    assert 'name one: main/left, main/right' in ask(Purpose.SHELL, name='pair').result.message
    answer = ask(Purpose.EXEC, name='pair', executable='left')
    ticket = read_ticket(answer.tickets[0].ticket, key_id=key.key_id)
    assert (ticket.component, ticket.executable) == ('main', 'left')
    assert ticket.covers('main', 'left') and not ticket.covers('main', 'right')


def test_a_shell_where_nothing_runs_yet_is_refused_with_the_reason(rig, ask):
    rig.device()
    rig.apply(TWO, deployment('pair', of='pair'))
    rig.obey(status=Status.PENDING, started=False)
    rig.beat()

    refusal = ask(Purpose.SHELL, name='pair').result

    assert refusal.code == 'REFUSED'
    assert refusal.message.startswith("nothing of 'pair' runs: main/left: ")


def test_unknown_names_are_refused_with_what_there_is(running, ask):
    assert "there is no deployment 'camra'; did you mean 'camera'" in (
        ask(Purpose.LOGS, name='camra').result.message
    )
    assert ask(Purpose.EXEC, name='rover1').result.message == (
        "there is no deployment 'rover1'; that is a device: name a deployment on it"
    )
    refusal = ask(Purpose.LOGS, component='driver').result
    assert (refusal.code, refusal.message) == (
        'NOT_FOUND',
        "'camera' has no 'driver'; it has main/run",
    )


def test_an_unknown_purpose_is_refused(rig, key):
    api = Tickets(rig.manager, key, namespace='/roost', valid_sec=60.0)
    kind, question = api.services()['get_tickets']
    serve = Requests(rig.manager, logger=None).answering(question)

    assert serve(kind.Request(purpose=9), kind.Response()).result.code == 'INVALID'
