# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""
Devices on one computer: machines made of namespaces, real engines, a real registry, real DDS.

`Site` makes machines, devices and registries on a network of their own; `Fleet` puts Roost on
them. Everything ends with its `with` block, and at the latest with the process.
"""

from testbed.fleet import Fleet, Program
from testbed.images import busybox, Image
from testbed.process import NodeProcess
from testbed.registry import Registry
from testbed.roost_images import reference, roost_disk
from testbed.ros_client import ros_environment, RosClient
from testbed.ros_image import ros, ros_with_roost
from testbed.site import Device, Site
from testbed.wait import eventually, NotInTime

__all__ = [
    'Device',
    'Fleet',
    'Image',
    'NodeProcess',
    'NotInTime',
    'Program',
    'Registry',
    'RosClient',
    'Site',
    'busybox',
    'eventually',
    'reference',
    'roost_disk',
    'ros',
    'ros_environment',
    'ros_with_roost',
]
