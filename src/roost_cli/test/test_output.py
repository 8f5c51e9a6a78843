# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime, timedelta, UTC
import json

import pytest
from shown import (
    change,
    component,
    config,
    deployment,
    executable,
    generation,
    network,
    package,
    secret,
    volume,
)

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.describing import (
    config_lines,
    deployment_lines,
    DeploymentStory,
    network_lines,
    package_lines,
    secret_lines,
    volume_lines,
)
from roost_cli.exits import Refused
from roost_cli.kinds import KINDS
from roost_cli.model import Dependency, Variable
from roost_cli.output import age, document, printable, say, show, text
from roost_cli.planned import show_plan
from roost_cli.table import aligned
from roost_core.deployment import Outcome
from roost_core.phase import Phase
from roost_core.status import Status


def test_a_table_in_a_pipe_is_aligned_and_has_no_trailing_spaces() -> None:
    assert aligned(['NAME', 'X'], [['a', 'long one'], ['turtle', '-']]) == (
        'NAME    X\na       long one\nturtle  -\n'
    )


def test_a_deployment_is_one_line(capsys) -> None:
    show([deployment()], 'table', columns=COLUMNS['deployments'])

    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == [
        'NAME', 'PACKAGE', 'DEVICES', 'PHASE', 'STATUS', 'CODES', 'REASON', 'AGE',
    ]  # fmt: skip
    assert line.split() == [
        'turtle', 'turtle', '1.0', 'rover1', 'Succeeded', 'Running', '-', '-', '-',
    ]  # fmt: skip


@pytest.mark.parametrize('form', ['wide', 'json', 'yaml'])
def test_programs_and_wide_screens_get_more(form, capsys) -> None:
    show(
        [deployment(), deployment(name='map')],
        form,
        columns=COLUMNS['deployments'],
        wide=WIDE['deployments'],
    )

    assert 'id-of-map' in capsys.readouterr().out


def test_json_has_the_words_of_the_product() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 250000, UTC)

    shown = json.loads(json.dumps(document(deployment(created_at=moment))))

    assert shown['phase'] == 'Succeeded'
    assert shown['components'][0]['executables'][0]['status'] == 'Running'
    assert shown['created_at'] == '2026-11-20T12:00:00.250Z'


def test_yaml_knows_no_enums() -> None:
    assert type(document(Phase.SUCCEEDED)) is str


@pytest.mark.parametrize(
    ('seconds', 'said'),
    [(3, '3 s'), (119, '119 s'), (600, '10 min'), (7200, '2 h'), (1e6, '12 d')],
)
def test_age_in_the_unit_that_people_use(seconds, said) -> None:
    assert age(datetime.now(UTC) - timedelta(seconds=seconds)) == said


def test_a_deployment_in_full_shows_where_each_executable_runs() -> None:
    lines = list(
        deployment_lines(
            DeploymentStory(
                deployment=deployment(codes=('DEP_E163',)), manifest='kind: Deployment\n'
            )
        )
    )

    assert 'Phase:        Succeeded' in lines
    assert any(line.startswith('DEP_E163:     the application exits') for line in lines)
    assert (
        '  driver  preinstalled on rover1, network default, restart always, generation 1' in lines
    )
    assert '  kind: Deployment' in lines


def test_a_package_in_full_shows_its_manifest() -> None:
    lines = list(package_lines(package(manifest='kind: Package\n')))

    assert '  base  docker' in lines
    assert '  kind: Package' in lines


@pytest.mark.parametrize('sign', ['\x1b', '\x07', '\x9b', '\r', '\u202e'])
def test_what_a_terminal_would_obey_is_not_shown(sign, capsys) -> None:
    show([deployment(name=f'a{sign}[2Jb')], 'table', columns=COLUMNS['deployments'])
    say(f'a{sign}[2Jb\nc')

    told = capsys.readouterr()
    assert 'a?[2Jb ' in told.out
    assert told.err == 'a?[2Jb\nc\n'
    assert printable(f'a{sign}b') == 'a?b'


def test_a_line_stays_a_line() -> None:
    assert text('host\nState: online') == 'host?State: online'
    assert text({'a\nb': 'c'}) == 'a?b=c'


def test_every_kind_has_its_columns() -> None:
    have_wide = {kind.plural for kind in KINDS} | {'generations'}
    assert have_wide == set(WIDE)
    assert have_wide | {'findings', 'needs'} == set(COLUMNS)


@pytest.mark.parametrize(
    ('kind', 'value', 'cells'),
    [
        (
            'networks',
            network(),
            ['lab', 'routed', '5', 'rover1', '10.0.0.1:11811', 'Succeeded', 'Running'],
        ),
        ('volumes', volume(), ['maps', 'rover1', '(managed)', 'Succeeded', 'Running']),
        ('volumes', volume(host_path='/data'), ['maps', 'rover1', '/data']),
        ('secrets', secret(), ['login', 'docker', '-', 'registry.local:5000', '2', 'turtle']),
        ('configs', config(), ['nav', '1', '2', 'KiB', '0123456789ab']),
        ('generations', generation(3), ['3', 'succeeded', '-', '-', 'ann@desk', '1.0', 'driver']),
        (
            'generations',
            generation(4, outcome=Outcome.ROLLED_BACK, code='DEP_E161', reason='no image'),
            ['4', 'rolled', 'back', '-', '-', 'ann@desk', '1.0', 'driver', 'DEP_E161:', 'no'],
        ),
    ],
)
def test_each_kind_is_one_line(kind, value, cells, capsys) -> None:
    show([value], 'table', columns=COLUMNS[kind])

    _, line = capsys.readouterr().out.splitlines()
    assert line.split()[: len(cells)] == cells


def test_a_plan_that_is_refused_is_not_shown_as_if_it_were_done(capsys) -> None:
    show_plan([change()], None, 'table')
    assert capsys.readouterr().out.startswith('ACTION  ')

    with pytest.raises(Refused):
        show_plan([change()], Refused('REFUSED', 'no'), 'table')

    assert capsys.readouterr().out.splitlines()[0].startswith('NOT DONE  ')


def test_when_an_update_began_is_told_as_that(capsys) -> None:
    began = generation(1, began_at=datetime.now(UTC) - timedelta(seconds=45))

    show([began], 'table', columns=COLUMNS['generations'])

    assert '45 s ago' in capsys.readouterr().out


def variable(name: str, value: str, source: str, *, secret: bool = False) -> Variable:
    return Variable(
        component='driver',
        executable='main',
        name=name,
        value=value,
        source=source,
        secret=secret,
    )


def test_a_deployment_in_full_says_where_each_variable_came_from() -> None:
    story = DeploymentStory(
        deployment=deployment(),
        environment=(
            variable('SIM_HOST', '10.0.0.7', 'dependency simulator'),
            variable('TOKEN', '', 'secret login', secret=True),
            variable('EMPTY', '', 'deployment'),
        ),
    )

    lines = list(deployment_lines(story))

    assert lines[lines.index('Environment:') + 1 :] == [
        '  driver/main',
        '    NAME      VALUE     FROM',
        "    EMPTY     ''        deployment",
        '    SIM_HOST  10.0.0.7  dependency simulator',
        '    TOKEN     (secret)  secret login',
    ]


def test_a_deployment_in_full_tells_what_it_uses_and_how_its_last_change_ended() -> None:
    need = Dependency(
        deployment_id='n',
        name='lab',
        kind='Network',
        condition='running',
        met=True,
        phase=Phase.SUCCEEDED,
        status=Status.RUNNING,
    )
    failed = generation(2, outcome=Outcome.FAILED, code='DEP_E161', reason='camera:2 not found')
    asleep = component(stopped_by_choice=True, executables=(executable(image_digest='sha256:ab'),))

    story = DeploymentStory(
        deployment=deployment(dependencies=(need,), components=(asleep,), dependants=('map',)),
        history=(generation(1), failed),
    )
    told = '\n'.join(deployment_lines(story))

    assert 'Last change:  update, generation 2, failed: DEP_E161: camera:2 not found\n' in told
    assert 'Needs:\n  Network/lab  Succeeded, Running; until running: met\n' in told
    assert 'Needed by:\n  map\n' in told
    assert 'generation 1, stopped by choice\n' in told
    assert 'sha256:ab' in told


@pytest.mark.parametrize(
    ('lines', 'told'),
    [
        (network_lines(network()), 'Server:       10.0.0.1:11811'),
        (network_lines(network(built_in=True, type='native')), 'Type:         native, built in'),
        (network_lines(network(codes=('DEP_E151',))), 'DEP_E151:     device is offline'),
        (volume_lines(volume()), 'Folder:       one that Roost manages, and removes with it'),
        (volume_lines(volume(host_path='/data')), 'Folder:       /data'),
        (secret_lines(secret(type='opaque', registry='', keys=('token',))), 'Keys:         token'),
        (config_lines(config()), 'Files:\n  params.yaml'),
    ],
)
def test_the_other_kinds_in_full(lines, told) -> None:
    assert told in '\n'.join(lines)
