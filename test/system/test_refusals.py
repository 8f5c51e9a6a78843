# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What cannot be is refused, with every reason at once, and nothing of it is stored."""

import json

import pytest

from roost_core.status import Status
from roost_interfaces import srv
from system.conftest import QUICK_EXECUTOR
from system.manifests import (
    component,
    container,
    deployment,
    executable,
    FOREVER,
    package,
    process,
)
from system.operator import Refused
from testbed import eventually


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(1, introspection=None, manager_parameters={'missed_heartbeats': 4})
    bare = {**QUICK_EXECUTOR, 'runtimes': ['preinstalled'], 'docker_host': ''}
    fleet.add_device('bare', executor_parameters=bare)
    fleet.add_device('away', executor_parameters=QUICK_EXECUTOR)
    return fleet


@pytest.fixture(scope='module', autouse=True)
def ground(fleet, operator):
    """Have packages that can be refused for one reason each, and a device that is off."""
    fleet.wait_online('bare', 'away')
    fleet.devices['away'].power_off()
    main = executable('main', *FOREVER, image='local/none')
    operator.apply(
        process('sleeper', *FOREVER),
        container('boxed', 'local/none'),
        package('foreign', component('main', main, device={'arch': ['arm64v8', 'arm32v7']})),
        package('needy', component('main', main, environment=[{'name': 'PORT'}])),
        package(
            'closed',
            component('main', executable('main', *FOREVER), runtime='preinstalled'),
            bindable=False,
        ),
        package(
            'only-one',
            component('main', executable('main', *FOREVER), runtime='preinstalled'),
            singleton=True,
        ),
        package('two-parts', component('left', main), component('right', main)),
        deployment('taken', 'sleeper'),
        deployment('closed'),
        deployment('the-one', 'only-one'),
    )
    operator.until_running('taken', 'closed', 'the-one')


@pytest.fixture(autouse=True)
def nothing_is_stored(operator):
    """Find packages, deployments and events after a refusal as they were before."""

    def everything():
        packages = operator.ask(srv.ListPackages, 'list_packages').packages
        about = [each for each in operator.events(since=0) if each.deployment_id]
        return sorted(operator.deployments()), len(packages), len(about)

    before = everything()
    yield
    assert everything() == before


def refuse(operator, *documents):
    with pytest.raises(Refused) as refused:
        operator.apply(*documents)
    return refused.value


@pytest.mark.parametrize(
    ('asked', 'code', 'message'),
    [
        (deployment('new', 'slepper'), 'NOT_FOUND', "there is no package 'slepper'"),
        (
            deployment('new', 'sleeper', version='2.0'),
            'NOT_FOUND',
            "package 'sleeper' has no version '2.0'",
        ),
        (deployment('new', 'sleeper', device='rover9'), 'NOT_FOUND', "no device 'rover9'"),
        (
            deployment('new', 'sleeper', depends_on=['nobody']),
            'NOT_FOUND',
            "there is no deployment 'nobody'",
        ),
        (
            deployment('new', 'foreign'),
            'DEP_E162',
            "component 'main' cannot go to rover1: amd64, needs arm64v8 or arm32v7",
        ),
        (
            deployment('new', 'boxed', device='bare'),
            'DEP_E162',
            "component 'main' cannot go to bare: no docker",
        ),
        (
            deployment('new', 'sleeper', device='away'),
            'DEP_E151',
            "component 'main' cannot go to away: offline",
        ),
        (deployment('new', 'needy'), 'INVALID', "'PORT' has neither a default nor a value"),
        (
            deployment('taken', 'boxed'),
            'CONFLICT',
            "cannot become 'boxed' in place",
        ),
        (
            deployment('new', 'only-one'),
            'CONFLICT',
            "singleton package 'only-one' is deployed as 'the-one'",
        ),
        (
            deployment('new', 'sleeper', depends_on=['closed']),
            'REFUSED',
            "dependency 'closed' is of package closed 1.0, which is not bindable",
        ),
        (
            deployment('new', 'sleeper', components={'mian': {'device': 'rover1'}}),
            'INVALID',
            "component 'main' is placed nowhere",
        ),
        (
            container('sleeper', 'local/none'),
            'CONFLICT',
            'package sleeper 1.0 exists with another content, and packages are immutable',
        ),
    ],
)
def test_one_reason(operator, asked, code, message):
    if 'away' in json.dumps(asked):
        wait_until_away(operator)

    refusal = refuse(operator, asked)

    assert code in refusal.codes
    assert any(message in each for each in refusal.messages), refusal.messages


def wait_until_away(operator):
    eventually(lambda: operator.device('away').liveness == 'offline', 30, 'away is offline')


def test_every_reason_at_once(operator):
    wait_until_away(operator)

    refusal = refuse(
        operator,
        deployment(
            'new',
            'two-parts',
            depends_on=['nobody', 'closed'],
            components={
                'left': {'device': 'away'},
                'right': {'device': 'bare'},
                'middle': {'device': 'rover1'},
            },
        ),
        deployment('newer', 'needy', device='nowhere'),
        deployment('newest', 'only-one', depends_on=['new']),
    )

    expected = [
        "there is no deployment 'nobody'",
        "dependency 'closed' is of package closed 1.0, which is not bindable",
        "package two-parts 1.0 has no component 'middle'",
        "component 'left' cannot go to away: offline",
        "component 'right' cannot go to bare: no docker",
        "there is no device 'nowhere'",
        "'PORT' has neither a default nor a value",
        "singleton package 'only-one' is deployed as 'the-one'",
    ]
    for each in expected:
        assert any(each in message for message in refusal.messages), each
    assert len(refusal.messages) == len(expected)


def test_dependencies_in_a_circle(operator):
    refusal = refuse(
        operator,
        deployment('egg', 'sleeper', depends_on=['hen']),
        deployment('hen', 'sleeper', depends_on=['egg']),
    )

    assert refusal.messages in (
        ['dependencies form a cycle: egg -> hen -> egg'],
        ['dependencies form a cycle: hen -> egg -> hen'],
    )


def test_one_bad_document_refuses_all(operator):
    refuse(
        operator,
        process('fine', *FOREVER),
        deployment('fine'),
        deployment('bad', 'no-such-package'),
    )

    assert 'fine' not in operator.deployments()


def test_a_dry_run_changes_nothing(operator):
    changes = operator.apply(
        process('draft', *FOREVER),
        deployment('draft'),
        deployment('taken', 'sleeper'),
        dry_run=True,
    )

    assert [each.action for each in changes.values()] == [1, 1, 2]
    refusal = refuse(operator, deployment('draft'))
    assert refusal.code == 'NOT_FOUND'


def test_applying_again_changes_nothing(operator):
    before = operator.see('taken')

    changes = operator.apply(process('sleeper', *FOREVER), deployment('taken', 'sleeper'))

    assert {name: each.action for name, each in changes.items()} == {
        'Package/sleeper': 2,
        'Deployment/taken': 2,
    }
    after = operator.see('taken')
    assert (after.id, after.generation, after.status) == (before.id, 1, Status.RUNNING)


def test_the_command_line_shows_every_problem_at_its_place(fleet, tmp_path):
    manifest = tmp_path / 'wrong.yaml'
    manifest.write_text(
        'apiVersion: roost/v1\n'
        'kind: Package\n'
        'metadata: {name: Wrong_Name, version: "1.0"}\n'
        'spec:\n'
        '  components:\n'
        '    - name: main\n'
        '      runtime: device\n'
        '      device: {runtime: preinstalled}\n'
        '      executables: [{name: main, command: [x], image: y}]\n'
        '      colour: red\n'
    )

    told = fleet.manager_machine.run(
        'roost', 'apply', str(manifest), env=fleet.environment(), check=False
    )

    assert told.returncode == 1
    assert told.stdout == ''
    lines = told.stderr.splitlines()
    for place, what in (
        (f'{manifest}:3:18', 'metadata.name'),
        (f'{manifest}:9:48', "'image' is not possible here"),
        (f'{manifest}:10:7', 'colour'),
    ):
        assert any(line.startswith(place) and what in line for line in lines), told.stderr


def test_devices_say_why_they_may_not_take_a_component(fleet, operator):
    wait_until_away(operator)

    listed = operator.ask(
        srv.ListDevices, 'list_devices', package_name='boxed', package_version='1.0'
    )

    reasons = {each.name: list(each.candidate_reasons) for each in listed.devices}
    assert reasons['rover1'] == []
    assert reasons['bare'] == ['no docker']
    (away,) = reasons['away']
    assert away.startswith('offline')
