# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Start a whole fleet on this machine: manager, introspection, and an executor for each device."""

import os

from ament_index_python.packages import get_package_share_path
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

LAUNCH = get_package_share_path('roost_bringup') / 'launch'
PASSED_ON = ('runtimes', 'config', 'domain_id', 'discovery_range', 'state_dir', 'log_level')


def generate_launch_description() -> LaunchDescription:
    """Describe what is started; the arguments of the manager hold for the devices, too."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'devices',
                default_value='rover1 rover2',
                description='names of the devices, with spaces between them',
            ),
            DeclareLaunchArgument(
                'runtimes',
                default_value='auto',
                description='that the devices offer: docker, preinstalled, or both with a comma; '
                'auto: what is there',
            ),
            DeclareLaunchArgument(
                'discovery_range',
                default_value=os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST'),
                choices=['LOCALHOST', 'SUBNET', 'OFF', 'SYSTEM_DEFAULT'],
                description='how far nodes look for each other',
            ),
            include('manager'),
            OpaqueFunction(function=start_devices),
        ]
    )


def start_devices(context: LaunchContext) -> list[IncludeLaunchDescription]:
    """Start an executor for each device."""
    passed = {name: LaunchConfiguration(name) for name in PASSED_ON}
    devices = LaunchConfiguration('devices').perform(context).split()
    return [include('device', device=device, **passed) for device in devices]


def include(name: str, **arguments: object) -> IncludeLaunchDescription:
    """Include another launch file of this folder."""
    source = PythonLaunchDescriptionSource(str(LAUNCH / f'{name}.launch.py'))
    return IncludeLaunchDescription(source, launch_arguments=arguments.items())
