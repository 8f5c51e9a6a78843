# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Start the deployment manager and, beside it, introspection."""

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_path
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node

NAMESPACE = '/roost'


def generate_launch_description() -> LaunchDescription:
    """Describe what is started."""
    config = LaunchConfiguration('config')
    log_level = LaunchConfiguration('log_level')
    state_dir = PathJoinSubstitution([LaunchConfiguration('state_dir'), 'manager'])
    arguments = ['--ros-args', '--log-level', log_level]
    return LaunchDescription(
        [
            *declared(),
            SetEnvironmentVariable('ROS_DOMAIN_ID', LaunchConfiguration('domain_id')),
            SetEnvironmentVariable(
                'ROS_AUTOMATIC_DISCOVERY_RANGE', LaunchConfiguration('discovery_range')
            ),
            Node(
                package='roost_manager',
                executable='deployment_manager',
                name='deployment_manager',
                namespace=NAMESPACE,
                parameters=[config, {'state_dir': state_dir}],
                arguments=arguments,
                output='screen',
            ),
            Node(
                package='roost_introspection',
                executable='introspection',
                name='introspection',
                namespace=NAMESPACE,
                parameters=[config],
                arguments=arguments,
                output='screen',
                condition=IfCondition(LaunchConfiguration('introspection')),
            ),
        ]
    )


def declared() -> list[DeclareLaunchArgument]:
    """Declare the arguments."""
    return [
        DeclareLaunchArgument(
            'config',
            default_value=str(get_package_share_path('roost_bringup') / 'config' / 'fleet.yaml'),
            description='parameters of all nodes',
        ),
        DeclareLaunchArgument(
            'state_dir',
            default_value=default_state_dir(),
            description='folder for what the nodes keep; each has a folder of its own in it',
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
            'introspection',
            default_value='true',
            choices=['true', 'false'],
            description='whether to watch the ROS graph and draw who talks to whom',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='what the nodes log',
        ),
    ]


def default_state_dir() -> str:
    """Give the folder that the nodes take by themselves, too."""
    if os.geteuid() == 0:
        return '/var/lib/roost'
    base = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return str(Path(base) / 'roost')
