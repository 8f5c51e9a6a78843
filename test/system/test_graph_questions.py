# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions about the graph, asked with the command."""

import json

import pytest

from system.at_the_terminal import Terminal
from system.manifests import deployment, FOREVER, process
from testbed import eventually


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1)


@pytest.fixture
def roost(fleet, tmp_path):
    terminal = Terminal(fleet, tmp_path)
    yield terminal
    terminal.close()


def test_who_needs_something_is_a_table_and_a_sentence(roost) -> None:
    roost.apply(
        process('base', *FOREVER),
        process('middle', *FOREVER),
        process('top', *FOREVER),
        deployment('base'),
        deployment('middle', depends_on=['base']),
        deployment('top', depends_on=['middle']),
    )

    def seen() -> None:
        shown = roost.run('graph', '--who-needs', 'base')
        rows = [line.split() for line in shown.stdout.decode().splitlines()]
        assert rows == [
            ['WHO', 'NEEDS', 'BY', 'NAMES', 'STEPS'],
            ['middle', 'base', 'dependency', '-', '1'],
            ['top', 'middle', 'dependency', '-', '2'],
        ]
        assert b'2 deployments' in shown.stderr

    eventually(lambda: seen() is None, 30, 'the graph has all three')
    answer = json.loads(
        roost.run('graph', '--who-needs', 'base', '--depth', '1', '-o', 'json').stdout
    )
    assert [each['label'] for each in answer['needs']] == ['middle']
    nobody = roost.run('graph', '--who-needs', 'top')
    assert (nobody.stdout, nobody.stderr != b'') == (b'', True)
    unknown = roost.run('graph', '--who-needs', 'bse', code=1)
    assert b"'base'" in unknown.stderr


def test_findings_are_shown_by_themselves(roost) -> None:
    shown = roost.run('graph', '--findings')
    assert shown.stdout.startswith(b'KIND') or b'nothing was found' in shown.stderr
    findings = json.loads(roost.run('graph', '--findings', '-o', 'json').stdout)
    assert set(findings) == {'findings', 'not_watched'}
    assert (
        b'two questions' in roost.run('graph', '--findings', '--who-needs', 'base', code=2).stderr
    )
