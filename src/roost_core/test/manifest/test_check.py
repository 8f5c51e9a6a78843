# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence

import pytest

from roost_core.manifest.check import suggest
from roost_core.problem import Problem

Problems = Callable[[str], Sequence[Problem]]

ABSOLUTE = (
    "write an absolute path without '.', '..', ':' and a '/' at its end, for example '/data/maps'"
)
RELATIVE = (
    "write a relative path without '.', '..' and a '/' at its beginning or end, "
    "for example 'maps/office.yaml'"
)


def _texts(problems: Sequence[Problem]) -> list[str]:
    return [f'{problem.path}: {problem.text}' for problem in problems]


def test_a_version_that_yaml_reads_as_a_number(problems_of: Problems) -> None:
    (problem, _) = problems_of(
        """\
        apiVersion: roost/v1
        kind: Package
        metadata:
          name: turtle
          version: 1.0
        """
    )[::-1]

    assert (problem.line, problem.column) == (5, 12)
    assert problem.resource == 'Package/turtle'
    assert problem.path == 'metadata.version'
    assert problem.message == 'expected text, found the number 1.0'
    assert problem.remedy == 'quote it: version: "1.0"'


def test_another_api_version(problems_of: Problems) -> None:
    found = problems_of('apiVersion: roost/v2\nkind: Deployment\nmetadata: {name: a}\n')

    assert "apiVersion: 'roost/v2' is not possible here; did you mean 'roost/v1'?" in _texts(found)


@pytest.mark.parametrize(
    ('keys', 'text'),
    [
        ('imge: a', "imge: unknown key 'imge'; did you mean 'image'?"),
        ('Command: a', "Command: unknown key 'Command'; did you mean 'command'?"),
        ('cpus: 1', "cpus: unknown key 'cpus'; it belongs under 'limits'"),
        (
            'pullSecret: A',
            "pullSecret: 'A' is not possible here; a name has lower-case letters, digits and '-', "
            'starts with a letter, and has at most 63 characters',
        ),
        (
            'livenessProbe: {}',
            'livenessProbe: none of exec, http and tcp is given; give one of exec, http and tcp',
        ),
        (
            'livenessProbe: {tcp: {port: 1}, http: {port: 1}}',
            'livenessProbe: http and tcp are given together; give one of exec, http and tcp',
        ),
        (
            'livenessProbe: [a]',
            'livenessProbe: expected a mapping, found a list',
        ),
        (
            'livenessProbe: {exec: {}}',
            'livenessProbe.exec: a mapping is not possible here; a command is a list of texts, '
            'such as [ros2, topic, list], or one text',
        ),
        (
            'livenessProbe: {http: {port: 80, path: "a b"}}',
            "livenessProbe.http.path: 'a b' is not possible here; a path starts with '/' and has "
            "no spaces, for example '/health'",
        ),
        (
            'livenessProbe: {tcp: {port: 80}, period: 2d}',
            "livenessProbe.period: '2d' is not possible here; a time is a number of seconds, or "
            "a number with ms, s, m or h, such as '10s'; at most an hour",
        ),
        (
            'livenessProbe: {tcp: {port: 0}}',
            'livenessProbe.tcp.port: the number 0 is less than 1',
        ),
        (
            'livenessProbe: {tcp: {port: 80}, failureThreshold: 0}',
            'livenessProbe.failureThreshold: the number 0 is less than 1',
        ),
        (
            'readiness: {}',
            'readiness: readiness is not supported by this version of Roost; remove it',
        ),
        (
            'imagePullPolicy: ifnotpresent',
            "imagePullPolicy: 'ifnotpresent' is not possible here; did you mean 'IfNotPresent'?",
        ),
        (
            'sharedMemory: zzz',
            "sharedMemory: 'zzz' is not possible here; known here: private, host",
        ),
        (
            'sharedMemory: 1',
            'sharedMemory: the number 1 is not possible here; known here: private, host',
        ),
        ('privileged: yes', "privileged: expected true or false, found the text 'yes'"),
        ('privileged: null', "privileged: 'privileged' has no value; give it one, or remove it"),
        ('command: ', "command: 'command' has no value; give it one, or remove it"),
        (
            'command: 5',
            'command: the number 5 is not possible here; a command is a list of texts, such '
            'as [ros2, run, demo_nodes_py, talker], or one text',
        ),
        ('devices: /dev/x', "devices: expected a list, found the text '/dev/x'"),
        (
            'devices: [tty]',
            "devices[0]: 'tty' is not possible here; a device is like '/dev/ttyUSB0' or "
            "'/dev/ttyUSB0:/dev/ttyUSB0:rw'",
        ),
        ('limits: {cpus: 0}', 'limits.cpus: the number 0 is less than 0.01'),
        ('limits: {cpus: 5000}', 'limits.cpus: the number 5000 is more than 4096'),
        (
            'limits: {memory: 512m}',
            "limits.memory: '512m' is not possible here; memory is a number of bytes, or a "
            'number with k, M, G, T (powers of 1000) or Ki, Mi, Gi, Ti (powers of 1024), '
            "such as '512Mi'",
        ),
        (
            'stopTimeout: 1d',
            "stopTimeout: '1d' is not possible here; a time is a number of seconds, or a "
            "number with ms, s, m or h, such as '10s'; at most an hour",
        ),
        (
            'stopTimeout: -1',
            'stopTimeout: the number -1 is not possible here; a time is a number of seconds, '
            "or a number with ms, s, m or h, such as '10s'; at most an hour",
        ),
        (
            'gpus: some',
            "gpus: 'some' is not possible here; gpus is 'all' or a whole number from 1",
        ),
        (
            'ulimits: {nofiles: 1}',
            "ulimits.nofiles: unknown key 'nofiles'; did you mean 'nofile'?",
        ),
        (
            'ulimits: {nofile: {soft: 1}}',
            'ulimits.nofile: a mapping is not possible here; a limit is a whole number from '
            '-1, or {soft: number, hard: number}',
        ),
        (
            'workingDirectory: here',
            "workingDirectory: 'here' is not possible here; an absolute path starts with '/'",
        ),
        (
            'user: "a b"',
            "user: 'a b' is not possible here; a user is a name or an id, or 'user:group'",
        ),
    ],
)
def test_an_executable(problems_of_executable: Problems, keys: str, text: str) -> None:
    (problem,) = problems_of_executable(keys)

    assert problem.line == 9
    assert _texts([problem]) == [f'spec.components[0].executables[0].{text}']


@pytest.mark.parametrize(
    'keys',
    [
        'command: "a | b"',
        'command: [a, b]',
        'user: 1000, groups: [dialout, 20], gpus: 1',
        'gpus: all, capAdd: [NET_ADMIN], tmpfs: [/tmp, "/run:size=64m"]',
        'devices: ["/dev/a", "/dev/a:/dev/b", "/dev/a:/dev/b:rw"]',
        'limits: {cpus: 0.5, memory: 512Mi}, stopTimeout: 500ms',
        'pullSecret: site-registry',
        'livenessProbe: {exec: "test -e /tmp/alive"}',
        'livenessProbe: {exec: [ros2, topic, list], initialDelay: 30s, failureThreshold: 5}',
        'livenessProbe: {exec: {command: [a]}, period: 100ms, timeout: 0.1}',
        'livenessProbe: {http: {port: 80, path: /health?x=1}}',
        'livenessProbe: {tcp: {port: 7400}, period: 1h}',
        'ulimits: {nofile: 1024, core: {soft: 0, hard: -1}}',
    ],
)
def test_executables_that_are_right(problems_of_executable: Problems, keys: str) -> None:
    assert problems_of_executable(keys) == ()


@pytest.mark.parametrize(
    ('component', 'texts'),
    [
        (
            'runtime: device, executables: [{name: a, command: b}]',
            [
                "executables[0].image: 'image' is missing; an executable of the device runtime "
                'docker is a container image; what is installed on the device already has the '
                'device runtime preinstalled'
            ],
        ),
        (
            'runtime: cloud, executables: [{name: a}]',
            [
                "executables[0].image: 'image' is missing; "
                'in the cloud, an executable is a container image'
            ],
        ),
        (
            'runtime: device, device: {runtime: preinstalled}, '
            'executables: [{name: a, image: b, pullSecret: c, privileged: true}]',
            [
                "executables[0].command: 'command' is missing; "
                'a preinstalled executable says what to run on the device',
                "executables[0].image: 'image' is not possible here; "
                'this is for containers; a preinstalled executable runs as a plain process',
                "executables[0].pullSecret: 'pullSecret' is not possible here; "
                'this is for containers; a preinstalled executable runs as a plain process',
                "executables[0].privileged: 'privileged' is not possible here; "
                'this is for containers; a preinstalled executable runs as a plain process',
            ],
        ),
        (
            'runtime: cloud, device: {restart: always, arch: [amd64]}, '
            'executables: [{name: a, image: b}]',
            [
                "device: 'device' is not possible here; "
                'this is for components with the runtime device'
            ],
        ),
        (
            'runtime: device, cloud: {replicas: 2}, endpoints: [], '
            'executables: [{name: a, image: b}]',
            [
                "cloud: 'cloud' is not possible here; "
                'this is for components with the runtime cloud',
                "endpoints: 'endpoints' is not possible here; "
                'endpoints are for components with the runtime cloud',
            ],
        ),
        (
            'runtime: device, restart: always, replicas: 2, image: a, '
            'executables: [{name: a, image: b}]',
            [
                "restart: unknown key 'restart'; it belongs under 'device'",
                "replicas: unknown key 'replicas'; it belongs under 'cloud'",
                "image: unknown key 'image'; it belongs to an entry of 'executables'",
            ],
        ),
        (
            'runtime: device, executables: []',
            ["executables: 'executables' is empty; it needs at least one entry"],
        ),
        (
            'runtime: robot, executables: [{name: a, image: b}]',
            ["runtime: 'robot' is not possible here; known here: device, cloud"],
        ),
        (
            'runtime: device, ros: {nodes: [turtle]}, executables: [{name: a, image: b}]',
            [
                "ros.enabled: 'enabled' is missing; add it: Whether it joins a ROS network",
                "ros.nodes[0]: 'turtle' is not possible here; a node is a fully qualified name "
                "such as '/turtle', or a glob such as '/turtle_*'",
            ],
        ),
        (
            'runtime: device, ros: {enabled: true, topics: [{name: /a, type: std_msgs/String}]}, '
            'executables: [{name: a, image: b}]',
            [
                "ros.topics[0].type: 'std_msgs/String' is not possible here; "
                "a type of a topic is like 'std_msgs/msg/String'"
            ],
        ),
        (
            'runtime: device, environment: [{name: ROOST_X}, {name: A, valueFrom: {}}], '
            'executables: [{name: a, image: b}]',
            [
                "environment[0].name: 'ROOST_X' is not possible here; a variable has letters, "
                "digits and '_', does not start with a digit, and ROOST_ at its start is reserved",
                "environment[1].valueFrom.secret: 'secret' is missing; "
                'add it: A value of a secret of the type opaque',
            ],
        ),
        (
            'runtime: cloud, executables: [{name: a, image: b}], endpoints: '
            '[{name: A, type: internal-tcp}, {name: B, type: internal-tcp-range, port: 70000}]',
            [
                "endpoints[0].port: 'port' is missing; give the port that its users see",
                "endpoints[1].portRange: 'portRange' is missing; "
                "a type that ends in -range has a range, such as '5000-5010'",
                "endpoints[1].port: 'port' is not possible here; "
                'a type that ends in -range has portRange instead',
                'endpoints[1].port: the number 70000 is more than 65535',
            ],
        ),
    ],
)
def test_a_component(problems_of_component: Problems, component: str, texts: list[str]) -> None:
    found = problems_of_component(f'{{name: main, {component}}}')

    assert _texts(found) == [f'spec.components[0].{text}' for text in texts]


@pytest.mark.parametrize(
    ('spec', 'texts'),
    [
        ('components: {}', ["components: 'components' is empty; it needs at least one key"]),
        (
            'components: {main: {}}',
            [
                "components.main.device: 'device' is missing; "
                'name the device that the component runs on, or the cloud'
            ],
        ),
        (
            'components: {main: {cloud: a, device: b, restart: never}}',
            [
                "components.main.device: 'device' is not possible here; "
                'a component has either a device or a cloud',
                "components.main.restart: 'restart' is not possible here; "
                'cloud components always restart',
            ],
        ),
        (
            'components: {main: {device: b, volumes: [{volume: v, mountPath: data}, '
            '{volume: v, mountPath: /a/../b}, {volume: v, mountPath: /a, subPath: ../b}], '
            'configs: [{mountPath: /b/, executables: []}, {config: c, mountPath: /, '
            'executables: [a, a]}]}}',
            [
                f"components.main.volumes[0].mountPath: 'data' is not possible here; {ABSOLUTE}",
                f"components.main.volumes[1].mountPath: '/a/../b' is not possible here; "
                f'{ABSOLUTE}',
                f"components.main.volumes[2].subPath: '../b' is not possible here; {RELATIVE}",
                "components.main.configs[0].config: 'config' is missing; "
                'add it: Name of the config',
                f"components.main.configs[0].mountPath: '/b/' is not possible here; {ABSOLUTE}",
                "components.main.configs[0].executables: 'executables' is empty; "
                'it needs at least one entry',
                f"components.main.configs[1].mountPath: '/' is not possible here; {ABSOLUTE}",
                'components.main.configs[1].executables: a list is not possible here; '
                'name each executable once',
            ],
        ),
        (
            'components: {main: {device: rover-1}}',
            [
                "components.main.device: 'rover-1' is not possible here; a device or cloud has "
                "lower-case letters, digits and '_', starts with a letter, and has at most 63 "
                'characters'
            ],
        ),
        (
            'components: {main: {device: r, environment: {A: 5, B-C: x}, images: {x: A}}}',
            [
                'components.main.environment.A: expected text, found the number 5; '
                'quote it: A: "5"',
                "components.main.environment.B-C: 'B-C' is not possible here; a variable has "
                "letters, digits and '_', does not start with a digit, and ROOST_ at its start "
                'is reserved',
                "components.main.images.x: 'A' is not possible here; an image is "
                "'[registry[:port]/]path[:tag][@sha256:digest]', its path in lower case; "
                "for example 'registry.local:5000/turtle:1.0'",
            ],
        ),
        (
            'components: {main: {device: r}}\ndependsOn: [{deployment: a, condition: redy}]',
            ["dependsOn[0].condition: 'redy' is not possible here; did you mean 'ready'?"],
        ),
    ],
)
def test_a_deployment(problems_of_deployment: Problems, spec: str, texts: list[str]) -> None:
    assert _texts(problems_of_deployment(spec)) == [f'spec.{text}' for text in texts]


def test_what_is_missing_is_shown_at_the_key_that_should_hold_it(
    problems_of_component: Problems,
) -> None:
    found = problems_of_component(
        """
        name: main
        runtime: device
        device:
        executables:
        - name: a
        """
    )

    assert [(problem.line, problem.column) for problem in found] == [(9, 5), (11, 7)]


@pytest.mark.parametrize(
    ('word', 'text'),
    [
        ('Docker', "did you mean 'docker'?"),
        ('PREINSTALED', "did you mean 'preinstalled'?"),
        ('', 'known here: docker, preinstalled'),
        ('d' * 100_000, 'known here: docker, preinstalled'),
    ],
)
def test_suggestions(word: str, text: str) -> None:
    assert suggest(word, ['docker', 'preinstalled']) == text


def test_a_single_known_word_is_named() -> None:
    assert suggest('x', ['roost/v1']) == 'write roost/v1'
