# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime, timedelta, UTC
import json

import pytest
from shown import deployment, package

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.describing import deployment_lines, DeploymentStory, package_lines
from roost_cli.output import age, document, printable, say, show, text
from roost_cli.table import aligned
from roost_core.phase import Phase


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
