# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests that change something: answered once, and safe to repeat."""

from unittest.mock import patch

from manager_rig import deployment, manifest, package
import pytest

from roost_interfaces import msg, srv
from roost_manager.ros_api.requests import Requests
from roost_manager.ros_api.services import RosApi
from roost_manager.ros_api.tickets import Tickets
from roost_manager.ros_api.views import Views
from roost_manager.secrets import Secrets
from roost_manager.store import StoreUnavailable
from roost_wire.signing import SigningKey


class Log:
    """Keeps what was logged."""

    def __init__(self):
        self.errors = []

    def error(self, text, **_):
        self.errors.append(text)


class Node:
    """Takes the services that the API offers, by name."""

    def __init__(self):
        self.services = {}

    def create_service(self, kind, name, callback):
        self.services[name.removeprefix('~/')] = (kind, callback)


class Api:
    """The services of a manager, called without a wire."""

    def __init__(self, rig):
        self.log = Log()
        self.node = Node()
        key = SigningKey.load_or_create(rig.path.with_name('manager.key'))
        requests = Requests(rig.manager, self.log)
        secrets = Secrets(rig.fleet, key)
        tickets = Tickets(rig.manager, key, namespace='/roost', valid_sec=60.0)
        RosApi(
            self.node, rig.manager, requests, Views(rig.manager), secrets=secrets, tickets=tickets
        )

    def __getattr__(self, name):
        kind, callback = self.node.services[name]
        return lambda **values: callback(kind.Request(**values), kind.Response())


@pytest.fixture
def api(rig):
    """Give the services of a manager that has a device and a package."""
    rig.device()
    rig.apply(package())
    return Api(rig)


def spec(name='base', **values):
    return msg.DeploymentSpec(
        name=name,
        package_name='pack',
        package_version='1',
        components=[msg.ComponentSpec(name='main', device='rover1')],
        **values,
    )


def files(*documents):
    return [msg.ManifestFile(name='a.yaml', text=manifest(*documents))]


CHANGES = {
    'create_deployment': {'spec': spec()},
    'apply': {'files': files(deployment('nav'))},
    'deprovision': {'deployments': ['old']},
    'recover': {},
}


@pytest.mark.parametrize('name', CHANGES)
def test_the_same_request_again_is_answered_the_same_and_changes_nothing(rig, api, name):
    rig.apply(deployment('old'))
    ask = getattr(api, name)
    first = ask(request_id='r1', **CHANGES[name])
    before = (rig.events(), rig.desired())

    again = ask(request_id='r1', **CHANGES[name])
    rig.restart()
    after_restart = getattr(Api(rig), name)(request_id='r1', **CHANGES[name])

    assert first.result.ok, first.result.message
    assert first == again == after_restart
    assert (rig.events(), rig.desired()) == before


def test_the_id_of_another_request_is_refused(api):
    api.create_deployment(spec=spec(), request_id='r1')

    other = api.create_deployment(spec=spec('nav'), request_id='r1')
    another = api.deprovision(deployments=['base'], request_id='r1')

    assert [other.result.code, another.result.code] == ['REPLAYED', 'REPLAYED']
    assert api.list_deployments().deployments[0].name == 'base'


def test_a_request_without_an_id_is_a_fresh_one_each_time(api):
    first, second = api.create_deployment(spec=spec()), api.create_deployment(spec=spec())

    assert (first.result.ok, second.result.code) == (True, 'CONFLICT')


def test_a_refused_request_may_be_repeated_once_it_is_right(rig, api):
    early = api.create_deployment(spec=spec('nav', depends_on=[needs('base')]), request_id='r1')
    rig.apply(deployment('base'))
    rig.settle()
    later = api.create_deployment(spec=spec('nav', depends_on=[needs('base')]), request_id='r1')

    assert (early.result.code, later.result.ok) == ('NOT_FOUND', True)


def needs(name):
    return msg.DependencySpec(deployment=name)


def test_what_could_not_be_stored_is_answered_so_and_can_be_repeated(rig, api):
    with patch.object(rig.store, 'commit', side_effect=StoreUnavailable('disk full')):
        failed = api.create_deployment(spec=spec(), request_id='r1')

    assert failed.result.code == 'UNAVAILABLE'
    assert 'disk full' in failed.result.message
    assert failed.deployment_id == ''
    assert api.create_deployment(spec=spec(), request_id='r1').result.ok


def test_an_answer_that_was_lost_by_a_crash_is_given_again(rig, api):
    with patch.object(rig.manager, '_tell', side_effect=RuntimeError('killed')):
        api.create_deployment(spec=spec(), request_id='r1')
    rig.restart()

    answer = Api(rig).create_deployment(spec=spec(), request_id='r1')

    assert answer.result.ok
    assert answer.deployment_id == rig['base'].id


def test_a_defect_is_logged_with_its_traceback_and_told(api):
    with patch('roost_manager.deployments.create', side_effect=ZeroDivisionError('oh')):
        answer = api.create_deployment(spec=spec())

    assert answer.result.code == 'INTERNAL'
    assert 'Traceback' in api.log.errors[0]


@pytest.mark.parametrize('field', ['request_id', 'requested_by'])
def test_texts_that_are_kept_are_bounded(api, field):
    assert api.create_deployment(spec=spec(), **{field: 'x' * 201}).result.code == 'TOO_LARGE'
    assert api.create_deployment(spec=spec(), **{field: 'x' * 200}).result.ok


def test_a_refused_apply_says_what_it_would_have_done_with_each_document(rig, api):
    for dry_run in (True, False):
        answer = api.apply(
            files=files(deployment('base'), deployment('nav', on='nope')), dry_run=dry_run
        )

        assert answer.result.code == 'NOT_FOUND'
        assert [each.action for each in answer.changes] == [
            msg.ResourceChange.ACTION_CREATE,
            msg.ResourceChange.ACTION_REFUSE,
        ]
        assert answer.result.problems[0].line
    assert rig.states() == {}


def test_a_dry_run_changes_nothing(rig, api):
    before = rig.events()

    answer = api.apply(files=files(deployment('base')), dry_run=True)

    assert answer.result.ok
    assert rig.events() == before


def test_a_database_older_than_its_fleet_accepts_nothing_until_it_recovers(rig, api):
    rig.say('rover1', applied=(1, 99))

    refused = api.create_deployment(spec=spec())
    assert refused.result.code == 'UNAVAILABLE'
    assert 'roost manager recover' in refused.result.message
    assert 'recover' in api.get_device(name='rover1').device.problems[0]
    assert api.recover().epoch == 2
    assert api.create_deployment(spec=spec()).result.ok


def test_pages_give_everything_once(rig, api):
    rig.apply(*(deployment(f'd{number:02}') for number in range(25)))
    rig.settle()
    rig.deprovision(*(f'd{number:02}' for number in range(0, 25, 2)))
    rig.settle()

    def names(**values):
        found, token = [], ''
        while True:
            answer = api.list_deployments(limit=4, continue_token=token, **values)
            found += [each.name for each in answer.deployments]
            token = answer.continue_token
            if not token:
                return found

    assert names() == [f'd{number:02}' for number in range(1, 25, 2)]
    assert names(include_stopped=True) == [f'd{number:02}' for number in range(25)]
    assert names(include_stopped=True, phases=[msg.Deployment.PHASE_DEPLOYMENT_STOPPED]) == [
        f'd{number:02}' for number in range(0, 25, 2)
    ]


@pytest.mark.parametrize(
    ('asked', 'names'),
    [
        ({}, ['base', 'nav']),
        ({'selector': 'site=lab'}, ['base']),
        ({'package_name': 'other'}, []),
        ({'device': 'rover1'}, ['base', 'nav']),
        ({'device': 'rover9'}, []),
        ({'phases': [msg.Deployment.PHASE_PROVISIONING]}, ['base']),
        ({'statuses': [msg.Deployment.STATUS_PENDING]}, ['base', 'nav']),
        ({'phases': [99]}, []),
    ],
)
def test_filters(rig, api, asked, names):
    rig.apply(deployment('base', labels={'site': 'lab'}), deployment('nav', 'base'))

    assert [each.name for each in api.list_deployments(**asked).deployments] == names


def test_a_deployment_is_shown_with_all_around_it(rig, api):
    rig.apply(deployment('base'), deployment('nav', 'base'))

    nav, base = (api.get_deployment(deployment=name) for name in ('nav', 'base'))

    assert (nav.deployment.dependencies[0].name, nav.deployment.dependencies[0].met) == (
        'base',
        False,
    )
    assert nav.deployment.reason == 'waiting for base: Provisioning'
    assert base.deployment.dependants == ['nav']
    assert 'dependsOn' in nav.manifest
    assert api.get_deployment(deployment='bsae').result.code == 'NOT_FOUND'


def test_stopped_ones_are_found_by_id(rig, api):
    rig.apply(deployment('base'))
    id = rig['base'].id
    rig.deprovision('base')
    rig.settle()

    assert api.get_deployment(deployment=id).deployment.name == 'base'
    assert api.get_deployment(deployment='base').result.code == 'NOT_FOUND'


def test_the_devices_for_a_component_are_told_apart_with_reasons(rig, api):
    rig.device('rover2')
    rig.pass_time(7, beating=['rover1'])

    answer = api.list_devices(package_name='pack', package_version='1', component='main')

    assert [(each.name, each.candidate, each.candidate_reasons) for each in answer.devices] == [
        ('rover1', True, []),
        ('rover2', False, ['offline 7.0 s']),
    ]


def test_codes_are_explained(api):
    assert api.explain(code='e151').codes[0].code == 'DEP_E151'
    assert len(api.explain().codes) > 20
    assert api.explain(code='x' * 10**5).result.code == 'NOT_FOUND'


def test_the_newest_version_is_the_one_applied_last(rig, api):
    rig.apply(package(version='3'), package(version='2'))

    assert api.get_package(name='pack').package.version == '2'
    rig.restart()
    assert Api(rig).get_package(name='pack').package.version == '2'


def test_events_of_one_deployment(rig, api):
    rig.apply(deployment('base'), deployment('nav'))

    answer = api.list_events(deployment='nav')

    assert {each.deployment_name for each in answer.events} == {'nav'}
    assert api.list_events(since=answer.last_number).events == []
    assert api.list_events(since=2**64 - 1).result.ok


@pytest.mark.parametrize('kind', [srv.Apply, srv.CreateDeployment, srv.Deprovision, srv.Recover])
def test_every_request_that_changes_something_has_an_id(kind):
    assert {'request_id', 'requested_by'} <= kind.Request.get_fields_and_field_types().keys()
