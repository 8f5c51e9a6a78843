# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo as `scripts/demo --once` runs it."""

from __future__ import annotations

import re

import psutil
import pytest
from running import Roost

from roost_cli.domain import free_domain


def test_the_demo_shows_everything_and_leaves_nothing_behind(tmp_path) -> None:
    picture = tmp_path / 'graph.svg'

    done = Roost(free_domain())('demo', '--once', '--svg', str(picture), timeout_sec=240.0)

    for name in ('simulator', 'turtle', 'command-center'):
        assert f'{name}: Succeeded, Running' in done.stderr
    for word in ('needs', 'topic', 'service', 'action'):
        assert word in done.stdout
    assert picture.read_bytes().lstrip().startswith(b'<?xml')
    domain_id = re.search(r'on ROS domain (\d+)', done.stderr)[1]
    assert [each for each in psutil.process_iter(['environ']) if _is_on(each, domain_id)] == []


def _is_on(process: psutil.Process, domain_id: str) -> bool:
    return (process.info['environ'] or {}).get('ROS_DOMAIN_ID') == domain_id


@pytest.mark.parametrize('manifest', ['/nowhere.yaml'])
def test_a_wrong_manifest_starts_nothing(manifest) -> None:
    told = Roost(free_domain())('demo', '--manifest', manifest, code=2).stderr

    assert 'starting a manager' not in told


def test_a_picture_that_cannot_be_written_starts_nothing() -> None:
    told = Roost(free_domain())('demo', '--svg', '/nowhere/graph.svg', code=2).stderr

    assert "'/nowhere/graph.svg' cannot be written" in told
    assert 'starting a manager' not in told
