# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""An image with a real ROS 2 in it: Debian's Python and the wheels that run the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import hashlib
from importlib import metadata
import os
from pathlib import Path
import subprocess
import sys
import tarfile

from packaging.requirements import Requirement

from testbed.images import cached, Image, Layer

SUITE = 'bookworm'
DEBIAN = 'python3-minimal,libpython3-stdlib'
# Thousands of files that no ROS node reads; every device gets a link to each file.
LEFT_OUT = ' '.join(
    (
        'usr/share/doc',
        'usr/share/man',
        'usr/share/locale',
        'usr/share/perl*',
        'usr/share/zoneinfo',
        'usr/lib/*/perl*',
        'usr/lib/*/gconv',
        'usr/bin/perl*',
        'usr/include',
        'var/lib/apt',
        'var/lib/dpkg/info',
        'var/cache',
    )
)
PREFIX = '/opt/ros'
ROOST = '/opt/roost'
PYTHON = f'{ROOST}/python'
INTERFACES = ('roost_interfaces', 'roost_example_interfaces')
DISTRIBUTIONS = (
    'ros-rclpy[fastrtps]',
    'ros-std-msgs',
    'ros-std-srvs',
    'ros-geometry-msgs',
    'ros-sensor-msgs',
    'ros-nav-msgs',
    'numpy',
)
# What is only there to build with.
NOT_NEEDED = (
    '/include/',
    '/cmake/',
    '/__pycache__/',
    '/tests/',
    '/bin/',
    '/setuptools/',
    '/pkg_resources/',
)


def ros(
    *,
    distributions: Iterable[str] = (),
    trees: Mapping[str, Path] | None = None,
) -> Image:
    """
    Return an image in which `python3` imports rclpy, of the versions that this process runs.

    `distributions` names more Python distributions of this environment to have in it, with
    all that they need. `trees` puts folders of this machine at paths of the image: one that is
    a colcon install prefix is found by ROS, and Python packages below PYTHON are importable. A
    first call takes half a minute; afterwards all comes from the cache that did not change.
    """
    names = closure((*DISTRIBUTIONS, *distributions))
    installs = dict(trees or {})
    prefixes = [at for at, tree in installs.items() if (tree / 'share/ament_index').is_dir()]
    prefixes.append(PREFIX)
    libraries = [f'{prefix}/lib' for prefix in prefixes]
    vendored = {
        str(file).split('/')[0]
        for name in names
        for file in metadata.distribution(name).files or ()
        if '.libs/' in str(file)
    }
    site = f'lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages'
    return Image(
        (
            Layer(debian(DEBIAN, LEFT_OUT)),
            Layer(_wheels(names)),
            *(Layer(_tree(at, tree)) for at, tree in installs.items()),
        ),
        command=('python3',),
    ).with_env(
        PYTHONPATH=':'.join([PYTHON, *(f'{prefix}/{site}' for prefix in prefixes)]),
        LD_LIBRARY_PATH=':'.join(
            [*libraries, *(f'{PREFIX}/{site}/{folder}' for folder in sorted(vendored))]
        ),
        AMENT_PREFIX_PATH=':'.join(prefixes),
        PYTHONUNBUFFERED='1',
        _ROS_WHEELS_BOOTSTRAP_COMPLETE='1',
        HOME='/tmp',
        ROS_LOG_DIR='/tmp',
    )


def ros_with_roost(*packages: str, distributions: Iterable[str] = ()) -> Image:
    """
    Return a ROS image with Roost's interfaces and these Python packages of its source.

    Run one by `python3 -m <package>.<module>`. The interfaces must have been built.
    """
    repository = Path(__file__).parents[2]
    trees = {f'{ROOST}/{name}': repository / 'install' / name for name in INTERFACES}
    for interfaces in trees.values():
        if not interfaces.is_dir():
            raise RuntimeError(f'{interfaces} is not there: run scripts/setup')
    trees.update({f'{PYTHON}/{name}': repository / 'src' / name / name for name in packages})
    return ros(distributions=distributions, trees=trees)


def closure(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the distributions that these need, themselves included."""
    found: dict[str, None] = {}
    todo = [Requirement(text) for text in requirements]
    done: set[str] = set()
    while todo:
        wanted = todo.pop()
        if str(wanted) in done:
            continue
        done.add(str(wanted))
        found[wanted.name.lower().replace('_', '-')] = None
        for text in metadata.distribution(wanted.name).requires or ():
            needed = Requirement(text)
            extras = [{'extra': extra} for extra in (*wanted.extras, '')]
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
                todo.append(needed)
    return tuple(sorted(found))


def debian(packages: str, left_out: str) -> Path:
    """Return a tar of the cache with a small Debian, these packages, and not these files."""

    def bootstrap(target: Path) -> None:
        subprocess.run(
            [
                'mmdebstrap',
                '--quiet',
                '--variant=minbase',
                f'--include={packages}',
                '--format=tar',
                f'--customize-hook=cd "$1" && rm -rf {left_out}',
                SUITE,
                str(target),
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    key = hashlib.sha256(f'{SUITE} {packages} {left_out}'.encode()).hexdigest()[:16]
    return cached(f'debian-{key}.tar', bootstrap)


def _wheels(names: tuple[str, ...]) -> Path:
    found = [metadata.distribution(name) for name in names]
    versions = ' '.join(f'{each.name}={each.version}' for each in found)

    def collect(target: Path) -> None:
        with tarfile.open(target, 'w') as tar:
            for distribution in found:
                for file in distribution.files or ():
                    source = Path(os.path.normpath(str(distribution.locate_file(file))))
                    inside = source.relative_to(sys.prefix)
                    wanted = source.suffix != '.a' and source.is_file()
                    if wanted and not any(part in f'/{inside}' for part in NOT_NEEDED):
                        tar.add(source, f'{PREFIX}/{inside}', filter=anonymous)

    key = hashlib.sha256(f'{PREFIX} {NOT_NEEDED} {versions}'.encode()).hexdigest()[:16]
    return cached(f'wheels-{key}.tar', collect)


def _tree(at: str, tree: Path) -> Path:
    files = sorted(path for path in tree.rglob('*') if '__pycache__' not in path.parts)
    state = [(str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in files]

    def collect(target: Path) -> None:
        with tarfile.open(target, 'w', dereference=True) as tar:
            for path in files:
                tar.add(path, f'{at}/{path.relative_to(tree)}', recursive=False, filter=anonymous)

    return cached(
        f'tree-{hashlib.sha256(repr((at, state)).encode()).hexdigest()[:16]}.tar', collect
    )


def anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take the owner and the time from what is added to a tar."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ''
    return info
