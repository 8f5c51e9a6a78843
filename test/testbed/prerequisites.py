# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the testbed needs of the computer it runs on."""

from __future__ import annotations

import os
from pathlib import Path
import shutil

PROGRAMS = {
    'dockerd': 'docker.io',
    'docker-init': 'docker.io',
    'docker-registry': 'docker-registry',
    'ip': 'iproute2',
    'iptables': 'iptables',
    'mmdebstrap': 'mmdebstrap',
    'nsenter': 'util-linux',
    'unshare': 'util-linux',
}
FILES = {'/bin/busybox': 'busybox-static'}


class MissingPrerequisite(RuntimeError):
    """Say all that is missing, and what would bring it."""


def require_prerequisites() -> None:
    """Raise MissingPrerequisite unless machines can be made here."""
    problems = []
    if os.geteuid() != 0:
        problems.append('it makes namespaces and runs container engines: run as root')
    path = f'{os.environ.get("PATH", "")}:/usr/sbin:/sbin'
    packages = {
        *(package for name, package in PROGRAMS.items() if not shutil.which(name, path=path)),
        *(package for file, package in FILES.items() if not Path(file).exists()),
    }
    if packages:
        problems.append(f'apt-get install {" ".join(sorted(packages))} (or scripts/setup --test)')
    if problems:
        raise MissingPrerequisite('the testbed cannot work here: ' + '; '.join(problems))
