# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Start the executor of one device."""

import os
from pathlib import Path
import re
import socket

from ament_index_python.packages import get_package_share_path
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue


def generate_launch_description() -> LaunchDescription:
    """Describe what is started."""
    return LaunchDescription(
        [
            *declared(),
            SetEnvironmentVariable('ROS_DOMAIN_ID', LaunchConfiguration('domain_id')),
            SetEnvironmentVariable(
                'ROS_AUTOMATIC_DISCOVERY_RANGE', LaunchConfiguration('discovery_range')
            ),
            OpaqueFunction(function=start_executor),
        ]
    )


def start_executor(context: LaunchContext) -> list[Node]:
    """Start the executor; a policy file that nobody gives leaves the one that `config` names."""
    device = LaunchConfiguration('device')
    policy_file = LaunchConfiguration('policy_file')
    parameters = {
        'device': device,
        'state_dir': PathJoinSubstitution([LaunchConfiguration('state_dir'), device]),
        'runtimes': ParameterValue(
            ['[', LaunchConfiguration('runtimes'), ']'], value_type=list[str]
        ),
    }
    if policy_file.perform(context):
        parameters['policy_file'] = ParameterValue(policy_file, value_type=str)
    return [
        Node(
            package='roost_executor',
            executable='device_executor',
            # Its name is in the middle of those of its topics: it takes it from the parameter.
            parameters=[LaunchConfiguration('config'), parameters],
            arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
            output='screen',
        )
    ]


def declared() -> list[DeclareLaunchArgument]:
    """Declare the arguments."""
    return [
        DeclareLaunchArgument(
            'device',
            default_value=default_device_name(),
            description="name of this device: lower-case letters, digits and '_'",
        ),
        DeclareLaunchArgument(
            'runtimes',
            default_value='auto',
            description='to offer: docker, preinstalled, or both with a comma; '
            'auto: what is there',
        ),
        DeclareLaunchArgument(
            'policy_file',
            default_value='',
            description='what may be run on this device, as config/device_policy.yaml says it; '
            'empty: the one that config names, or what is written there',
        ),
        DeclareLaunchArgument(
            'config',
            default_value=str(get_package_share_path('roost_bringup') / 'config' / 'fleet.yaml'),
            description='parameters of all nodes',
        ),
        DeclareLaunchArgument(
            'state_dir',
            default_value=default_state_dir(),
            description='folder for what the executor keeps, in a folder named as the device',
        ),
        DeclareLaunchArgument(
            'domain_id',
            default_value=os.environ.get('ROS_DOMAIN_ID', '0'),
            description='ROS domain of the control plane: 0 to 232',
        ),
        DeclareLaunchArgument(
            'discovery_range',
            default_value=os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET'),
            choices=['LOCALHOST', 'SUBNET', 'OFF', 'SYSTEM_DEFAULT'],
            description='how far nodes look for each other',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='what the nodes log',
        ),
    ]


def default_device_name() -> str:
    """Make a device's name of the name of this computer."""
    name = re.sub('[^a-z0-9_]', '_', socket.gethostname().partition('.')[0].lower())[:63]
    return name if name[:1].isalpha() else f'device_{name}'[:63]


def default_state_dir() -> str:
    """Give the folder that the nodes take by themselves, too."""
    if os.geteuid() == 0:
        return '/var/lib/roost'
    base = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return str(Path(base) / 'roost')
