# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The launch files, run by the real `launch` where there is one."""

from __future__ import annotations

from collections.abc import Iterator
import json
import os
from pathlib import Path
import signal
import subprocess
import sys

import psutil
import pytest

from testbed.domains import own_domain
from testbed.wait import eventually

# Not 'launch': without the real one, the folder of that name in this repository is found.
pytest.importorskip('launch_ros', reason='launch and launch_ros of ROS 2 are not installed here')
launch = pytest.importorskip('launch')

FOLDER = Path(__file__).parents[3] / 'launch'
FILES = sorted(FOLDER.glob('*.launch.py'))

# What `ros2 launch` does, without needing ros2cli.
LAUNCH = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

path, *given = sys.argv[1:]
service = LaunchService(noninteractive=True)
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(path),
    launch_arguments=[tuple(each.split(':=', 1)) for each in given],
)]))
sys.exit(service.run())
"""


def arguments_of(path: Path) -> list[launch.actions.DeclareLaunchArgument]:
    """List the arguments, those of included files too, as `--show-args` does."""
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(path))
    return source.try_get_launch_description_without_context().get_launch_arguments()


def test_all_launch_files_are_found() -> None:
    assert [path.name for path in FILES] == [
        'device.launch.py',
        'fleet.launch.py',
        'manager.launch.py',
    ]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_argument_has_a_default_and_says_what_it_is(path) -> None:
    arguments = arguments_of(path)

    assert {'config', 'state_dir', 'domain_id', 'discovery_range'} <= {
        each.name for each in arguments
    }
    for each in arguments:
        assert each.default_value is not None, each.name
        assert each.description != 'no description given', each.name


@pytest.fixture
def domain_id() -> Iterator[str]:
    """Give a ROS domain that no other test uses at the same time."""
    with own_domain() as number:
        yield str(number)


@pytest.fixture
def fleet(
    domain_id: str, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """Launch a fleet with one device; give its process and the environment of its domain."""
    environment = {
        **os.environ,
        'ROS_DOMAIN_ID': domain_id,
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_LOG_DIR': str(tmp_path / 'log'),
    }
    given = [f'state_dir:={tmp_path}', f'domain_id:={domain_id}', 'devices:=rover7']
    running = subprocess.Popen(
        [sys.executable, '-c', LAUNCH, str(FOLDER / 'fleet.launch.py'), *given],
        env=environment,
        start_new_session=True,
    )
    yield running, environment
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def test_a_launched_fleet_serves_and_ends_with_ctrl_c(fleet) -> None:
    running, environment = fleet

    def online() -> bool:
        asked = subprocess.run(
            [sys.executable, '-m', 'roost_cli.main', 'devices', '-o', 'json', '--timeout', '5'],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        return [(each['name'], each['liveness']) for each in json.loads(asked.stdout)] == [
            ('rover7', 'online')
        ]

    eventually(online, 60.0)
    nodes = psutil.Process(running.pid).children(recursive=True)
    assert len(nodes) >= 3

    running.send_signal(signal.SIGINT)

    running.wait(30.0)
    assert [each for each in nodes if each.is_running() and each.status() != 'zombie'] == []
