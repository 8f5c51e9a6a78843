# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One thing of each kind, in full."""

from roost_cli.describing.deployment import deployment_lines, DeploymentStory
from roost_cli.describing.device import device_lines
from roost_cli.describing.resource import (
    config_lines,
    network_lines,
    package_lines,
    secret_lines,
    volume_lines,
)

__all__ = [
    'DeploymentStory',
    'config_lines',
    'deployment_lines',
    'device_lines',
    'network_lines',
    'package_lines',
    'secret_lines',
    'volume_lines',
]
