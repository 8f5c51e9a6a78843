# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every source file: who may import what, and the licence at its head."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parent.parent

# Imports point one way: a package may import these packages of Roost, and itself.
MAY_IMPORT = {
    'roost_core': set(),
    'roost_wire': {'roost_core', 'roost_interfaces'},
    'roost_manager': {'roost_core', 'roost_interfaces', 'roost_wire'},
    'roost_executor': {'roost_core', 'roost_interfaces', 'roost_wire'},
    'roost_introspection': {'roost_core', 'roost_interfaces', 'roost_wire'},
    'roost_cli': {'roost_core', 'roost_interfaces', 'roost_wire'},
    'roost_console': {'roost_core', 'roost_interfaces', 'roost_wire'},
    'roost_examples': set(),
}

# Where a node meets ROS 2: a module, or a package of that name once it is too long for one.
EDGE = ['*/node.py', '*/ros_api.py', '*/ros_api/*']

# A library lives in one place: the modules that may import it. Others may not be used.
LIVES_IN = {
    'argcomplete': ['roost_cli/*'],
    'cattrs': ['roost_core/document.py', 'roost_core/manifest/forms.py'],
    'cryptography': ['roost_wire/*'],
    'cyclonedds': ['roost_introspection/participants.py'],
    'docker': ['roost_executor/runtimes/docker*.py'],
    'jsonschema': ['roost_core/manifest/*'],
    'nacl': ['roost_wire/sealing.py'],
    'psutil': ['roost_executor/*'],
    # What the docker SDK brings and raises errors of.
    'requests': ['roost_executor/runtimes/docker*.py'],
    'urllib3': ['roost_executor/runtimes/docker_faults.py'],
    'rich': ['roost_cli/*'],
    'ros2cli': ['roost_cli/ros2.py'],
    'sqlalchemy': [
        f'roost_manager/{name}.py' for name in ('batch', 'migrations', 'store', 'tables')
    ],
    'yaml': ['roost_core/manifest/*', 'roost_cli/output.py'],
    # ROS 2. Messages go no further than the wire and a node's own edge.
    'rclpy': [
        'roost_wire/*',
        *EDGE,
        '*/main.py',
        '*/settings.py',
        'roost_examples/*',
        'roost_introspection/collector.py',
        'roost_introspection/graph_events.py',
        'roost_introspection/joining.py',
    ],
    'roost_interfaces': ['roost_wire/*', *EDGE],
    'rcl_interfaces': ['roost_wire/*', '*/settings.py'],
    'ament_index_python': ['*/main.py', '*/node.py', 'roost_cli/installed.py'],
    'action_msgs': ['roost_wire/*', *EDGE, 'roost_examples/*'],
    'builtin_interfaces': ['roost_wire/*', *EDGE],
    'std_msgs': ['roost_wire/*', *EDGE, 'roost_examples/*'],
    'geometry_msgs': ['roost_examples/*'],
    'roost_example_interfaces': ['roost_examples/*'],
}

# Only the collector asks ROS for its graph.
GRAPH_CALLS_LIVE_IN = ['roost_introspection/collector.py']
GRAPH_CALLS = {
    'count_clients',
    'count_publishers',
    'count_services',
    'count_subscribers',
    'get_client_names_and_types_by_node',
    'get_node_names',
    'get_node_names_and_namespaces',
    'get_node_names_and_namespaces_with_enclaves',
    'get_publisher_names_and_types_by_node',
    'get_publishers_info_by_topic',
    'get_service_names_and_types',
    'get_service_names_and_types_by_node',
    'get_subscriber_names_and_types_by_node',
    'get_subscriptions_info_by_topic',
    'get_topic_names_and_types',
}

PACKAGES = {path.parent.name: path.parent for path in ROOT.glob('src/*/package.xml')}
MODULES = sorted(
    module for name, folder in PACKAGES.items() for module in (folder / name).rglob('*.py')
)


def name_of(module: Path) -> str:
    """Give a module's path below its package's folder, such as 'roost_manager/store.py'."""
    return '/'.join(module.relative_to(ROOT / 'src').parts[1:])


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the top-level name of every import, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition('.')[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition('.')[0]


def breaches_of(module: str, source: str) -> list[str]:
    """List what a module of this name and source does against the rules above."""
    package = module.partition('/')[0]
    tree = ast.parse(source)
    breaches = []
    for line, imported in imports_of(tree):
        if imported == package or imported in sys.stdlib_module_names:
            continue
        if imported in MAY_IMPORT or imported == 'roost_interfaces':
            if imported not in MAY_IMPORT[package]:
                breaches.append(f'{module}:{line}: {package} may not import {imported}')
                continue
            if imported in MAY_IMPORT:
                continue
        if imported not in LIVES_IN:
            breaches.append(f'{module}:{line}: {imported} is not named in LIVES_IN')
        elif not any(fnmatch(module, place) for place in LIVES_IN[imported]):
            places = ', '.join(LIVES_IN[imported])
            breaches.append(f'{module}:{line}: {imported} is for {places} only')
    if module not in GRAPH_CALLS_LIVE_IN:
        breaches += [
            f'{module}:{node.lineno}: {node.attr} is for {GRAPH_CALLS_LIVE_IN[0]} only'
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in GRAPH_CALLS
        ]
    return breaches


@pytest.mark.parametrize('module', MODULES, ids=name_of)
def test_imports(module):
    assert breaches_of(name_of(module), module.read_text(encoding='utf-8')) == []


@pytest.mark.parametrize(
    ('module', 'source', 'breach'),
    [
        ('roost_core/phase.py', 'import roost_wire', 'roost_core may not import roost_wire'),
        ('roost_core/phase.py', 'import yaml', 'yaml is for'),
        ('roost_core/phase.py', 'from rclpy.node import Node', 'rclpy is for'),
        ('roost_manager/node.py', 'import roost_executor.x', 'may not import roost_executor'),
        ('roost_manager/deployments.py', 'from roost_interfaces.msg import X', 'is for'),
        ('roost_executor/reporter.py', 'def f():\n    import docker', 'docker is for'),
        ('roost_cli/main.py', 'import numpy', 'numpy is not named'),
        ('roost_wire/session.py', 'node.get_node_names()', 'get_node_names is for'),
    ],
)
def test_a_breach_is_noticed(module, source, breach):
    found = breaches_of(module, source)

    assert len(found) == 1
    assert breach in found[0]


@pytest.mark.parametrize(
    ('module', 'source'),
    [
        ('roost_core/manifest/load.py', 'import yaml'),
        ('roost_core/phase.py', 'import enum\nfrom roost_core import names\nfrom . import names'),
        ('roost_executor/runtimes/docker.py', 'import docker.errors'),
        ('roost_manager/ros_api.py', 'from roost_interfaces.srv import Apply'),
        ('roost_introspection/collector.py', 'node.get_node_names()'),
    ],
)
def test_what_is_allowed_passes(module, source):
    assert breaches_of(module, source) == []


def test_every_source_file_names_its_licence():
    listed = subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split('\0')
    sources = [
        ROOT / name
        for name in listed
        if name.startswith(('scripts/', '.ci/'))
        or name.endswith(('.py', '.msg', '.srv', '.action', '.xml', 'CMakeLists.txt'))
    ]

    without = [
        str(path.relative_to(ROOT))
        for path in sources
        if path.is_file()
        and path.stat().st_size
        and 'SPDX-License-Identifier: Apache-2.0' not in path.read_text(encoding='utf-8')[:400]
    ]

    assert sources
    assert without == []
