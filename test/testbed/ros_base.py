# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""An image that stands in for ros:jazzy-ros-base, and can build without any network."""

from __future__ import annotations

from collections.abc import Iterator
import hashlib
from importlib import metadata
import io
import os
from pathlib import Path
import sys
import sysconfig
import tarfile

from packaging.requirements import Requirement

from testbed.images import cached, Image, Layer
from testbed.ros_image import closure, debian

REQUIREMENTS = Path(__file__).parents[2] / 'requirements'
DEBIAN = 'python3,python3-venv,python3-dev,cmake,make,g++,graphviz'
LEFT_OUT = ' '.join(
    (
        'usr/share/doc',
        'usr/share/man',
        'usr/share/locale',
        'usr/share/perl*',
        'usr/lib/*/perl*',
        'usr/bin/perl*',
        'usr/lib/*/gconv',
        'usr/lib/gcc/*/*/lto1',
        'usr/lib/gcc/*/*/lib*san*',
        'usr/lib/valgrind',
        'var/lib/apt',
        'var/lib/dpkg/info',
        'var/cache',
    )
)
VERSION = f'python{sys.version_info.major}.{sys.version_info.minor}'
SITE = f'lib/{VERSION}/site-packages'
PREFIX = '/opt/ros/jazzy'
DIST_PACKAGES = f'/usr/local/lib/{VERSION}/dist-packages'
# The folders whose files name the environment in which they were installed.
NAME_THEIR_PLACE = ('share/', 'bin/')

SETUP = f"""\
case ":${{AMENT_PREFIX_PATH:-}}:" in
  *:{PREFIX}:*) ;;
  *)
    export AMENT_PREFIX_PATH={PREFIX}"${{AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}}"
    export CMAKE_PREFIX_PATH={PREFIX}"${{CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}}"
    export PYTHONPATH={PREFIX}/{SITE}"${{PYTHONPATH:+:$PYTHONPATH}}"
    export PATH={PREFIX}/bin:"$PATH"
    for folder in {PREFIX}/{SITE}/*.libs {PREFIX}/lib; do
      export LD_LIBRARY_PATH="$folder${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
    done
    ;;
esac
export ROS_VERSION=2 ROS_PYTHON_VERSION=3 ROS_DISTRO=jazzy _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
"""
COLCON = """\
#!/usr/bin/python3
import sys
from colcon_core.command import main
sys.exit(main())
"""


def ros_base() -> Image:
    """
    Return an image with ROS 2 in /opt/ros/jazzy, and a compiler, colcon, Python packages beside.

    As in the image it stands in for, ROS has to be sourced, and Debian's Python finds the other
    packages by itself. They are those of this environment that the files of `requirements` name,
    so that there is nothing left to download for whoever builds Roost on it. A first call takes
    a minute.
    """
    return Image(
        (Layer(debian(DEBIAN, LEFT_OUT)), Layer(_distributions())), command=('bash',)
    ).with_files(
        {
            **{f'{PREFIX}/{name}': SETUP for name in ('setup.bash', 'setup.sh')},
            **{f'{PREFIX}/local_setup.{shell}': SETUP for shell in ('bash', 'sh')},
            '/usr/local/bin/colcon': COLCON,
        }
    )


def _distributions() -> Path:
    names = closure(
        line
        for file in ('ros-wheels.txt', 'runtime.txt')
        for line in (REQUIREMENTS / file).read_text().splitlines()
        if line and not line.startswith('#')
    )
    found = [metadata.distribution(Requirement(name).name) for name in names]
    versions = ' '.join(f'{each.name}={each.version}' for each in found)

    def collect(target: Path) -> None:
        with tarfile.open(target, 'w') as tar:
            for inside, source in {k: v for each in found for k, v in _files(each)}.items():
                info = tar.gettarinfo(source, inside)
                info.uid = info.gid = 0
                info.uname = info.gname = ''
                content = source.read_bytes()
                if inside.startswith(tuple(f'{PREFIX}/{folder}' for folder in NAME_THEIR_PLACE)):
                    content = _moved(content)
                info.type, info.size = tarfile.REGTYPE, len(content)
                tar.addfile(info, io.BytesIO(content))

    key = hashlib.sha256(f'{PREFIX} {SETUP} {versions}'.encode()).hexdigest()[:16]
    return cached(f'ros-base-{key}.tar', collect)


def _files(distribution: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """Yield what a distribution has installed, each file after its path in the image."""
    of_ros = distribution.name.startswith('ros-')
    for file in distribution.files or ():
        source = Path(os.path.normpath(str(distribution.locate_file(file))))
        inside = str(source.relative_to(sys.prefix))
        if not source.is_file() or '/tests/' in inside:
            continue
        if of_ros:
            yield f'{PREFIX}/{inside}', source
        elif inside.startswith(f'{SITE}/'):
            yield f'{DIST_PACKAGES}/{inside.removeprefix(f"{SITE}/")}', source


def _moved(content: bytes) -> bytes:
    moves = {
        sysconfig.get_path('include'): f'/usr/include/{VERSION}',
        f'{sys.prefix}/{SITE}/numpy': f'{DIST_PACKAGES}/numpy',
        sys.prefix: PREFIX,
    }
    for here, there in moves.items():
        content = content.replace(here.encode(), there.encode())
    return content.replace(f'#!{PREFIX}/bin/python'.encode(), b'#!/usr/bin/python3', 1)
