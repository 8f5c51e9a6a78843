# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence

import pytest

from roost_core.problem import Problem

Problems = Callable[[str], Sequence[Problem]]


def _texts(problems: Sequence[Problem]) -> list[str]:
    return [f'{problem.line} {problem.path}: {problem.text}' for problem in problems]


def test_names_are_unique(problems_of_component: Problems) -> None:
    found = problems_of_component(
        """
        name: main
        runtime: cloud
        environment:
        - name: A
          default: b
        - name: A
        endpoints:
        - {name: WEB, type: external-http, port: 80}
        - {name: WEB, type: external-http, port: 81}
        executables:
        - {name: run, image: a}
        - {name: run, image: b}
        """
    )

    path, remedy = 'spec.components[0]', 'give it another name, or remove it'
    assert _texts(found) == [
        f"12 {path}.environment[1].name: the variable 'A' is there twice, "
        f'first in line 10; {remedy}',
        f"15 {path}.endpoints[1].name: the endpoint 'WEB' is there twice, "
        f'first in line 14; {remedy}',
        f"18 {path}.executables[1].name: the executable 'run' is there twice, "
        f'first in line 17; {remedy}',
    ]


def test_names_of_components_are_unique(problems_of: Problems) -> None:
    found = problems_of(
        """\
        apiVersion: roost/v1
        kind: Package
        metadata: {name: p, version: "1"}
        spec:
          components:
          - {name: a, runtime: device, executables: [{name: x, image: y}]}
          - {name: a, runtime: device, executables: [{name: x, image: y}]}
        """
    )

    assert [problem.message for problem in found] == [
        "the component 'a' is there twice, first in line 6"
    ]


@pytest.mark.parametrize(
    ('entries', 'text'),
    [
        ('{name: A, exposedName: B}', 'the variable has an exposed name and is not exposed'),
        (
            '{name: A, exposed: true}, {name: B, exposed: true, exposedName: A}',
            "the package exposes 'A' twice",
        ),
        (
            '{name: A, exposed: true, exposedName: C}, {name: B, exposed: true, exposedName: C}',
            "the package exposes 'C' twice",
        ),
    ],
)
def test_exposed_variables(problems_of_component: Problems, entries: str, text: str) -> None:
    (problem,) = problems_of_component(
        '{name: a, runtime: device, executables: [{name: x, image: y}], '
        f'environment: [{entries}]}}'
    )

    assert problem.message == text


@pytest.mark.parametrize(
    ('entry', 'message'),
    [
        (
            'default: a',
            "'default' is not possible here; the variable gets its value from a secret",
        ),
        (
            'exposed: true',
            "'exposed' is not possible here; "
            'a value from a secret cannot be exposed to other deployments',
        ),
        ('exposed: false', ''),
    ],
)
def test_variables_from_secrets(problems_of_component: Problems, entry: str, message: str) -> None:
    found = problems_of_component(
        '{name: a, runtime: device, executables: [{name: x, image: y}], environment: '
        f'[{{name: A, valueFrom: {{secret: {{name: s, key: k}}}}, {entry}}}]}}'
    )

    assert [problem.text for problem in found] == ([message] if message else [])


@pytest.mark.parametrize('text', ['5010-5000', '0-5', '65000-70000'])
def test_ranges_of_ports(problems_of_component: Problems, text: str) -> None:
    (problem,) = problems_of_component(
        '{name: a, runtime: cloud, executables: [{name: x, image: y}], '
        f'endpoints: [{{name: A, type: internal-udp-range, portRange: {text}}}]}}'
    )

    assert problem.remedy == 'ports are 1 to 65535, the lower one first'


@pytest.mark.parametrize(
    ('keys', 'text'),
    [
        (
            'limits: {memory: 512}',
            'limits.memory: 512 bytes are less than any container can run in; give at least '
            '6Mi; without a unit, the number is in bytes',
        ),
        ('stopTimeout: 61m', 'stopTimeout: this is longer than an hour; give at most 1h'),
        (
            'livenessProbe: {tcp: {port: 1}, initialDelay: 2h}',
            'livenessProbe.initialDelay: this is longer than an hour; give at most 1h',
        ),
        (
            'livenessProbe: {tcp: {port: 1}, period: 0}',
            'livenessProbe.period: this is shorter than 100ms; give at least 0.1 seconds',
        ),
        (
            'livenessProbe: {tcp: {port: 1}, timeout: 99ms}',
            'livenessProbe.timeout: this is shorter than 100ms; give at least 0.1 seconds',
        ),
        (
            'ulimits: {core: {soft: 5, hard: 4}}',
            'ulimits.core.soft: the soft limit is above the hard one; give at most 4',
        ),
        (
            'ulimits: {core: {soft: -1, hard: 4}}',
            'ulimits.core.soft: the soft limit is above the hard one; give at most 4',
        ),
    ],
)
def test_amounts(problems_of_executable: Problems, keys: str, text: str) -> None:
    assert _texts(problems_of_executable(keys)) == [f'9 spec.components[0].executables[0].{text}']


def test_dependencies(problems_of_deployment: Problems) -> None:
    found = problems_of_deployment(
        """
        components: {main: {device: r}}
        dependsOn:
        - deployment: sim
        - deployment: d
        - deployment: sim
        """
    )

    assert _texts(found) == [
        '9 spec.dependsOn[1].deployment: a deployment cannot depend on itself; remove this entry',
        "10 spec.dependsOn[2].deployment: the dependency 'sim' is there twice, first in line 8; "
        'give it another name, or remove it',
    ]


@pytest.mark.parametrize(
    ('mounts', 'texts'),
    [
        (
            'volumes: [{volume: a, mountPath: /a}, {volume: a, mountPath: /a}]',
            ["volumes[1].mountPath: the path '/a' is taken already, first in line 6"],
        ),
        (
            'volumes: [{volume: a, mountPath: /a, executables: [x]}], '
            'configs: [{config: a, mountPath: /a}]',
            ["configs[0].mountPath: the path '/a' of 'x' is taken already, first in line 6"],
        ),
        (
            'volumes: [{volume: a, mountPath: /a}], '
            'configs: [{config: a, mountPath: /a, executables: [x]}]',
            ["configs[0].mountPath: the path '/a' of 'x' is taken already, first in line 6"],
        ),
        (
            'configs: [{config: a, mountPath: /a, executables: [x, y]}, '
            '{config: b, mountPath: /a, executables: [z, y]}]',
            ["configs[1].mountPath: the path '/a' of 'y' is taken already, first in line 6"],
        ),
        (
            'configs: [{config: a, mountPath: /a, executables: [x]}, '
            '{config: b, mountPath: /a, executables: [y]}, {config: c, mountPath: /a/b}]',
            [],
        ),
    ],
)
def test_one_thing_at_a_path(
    problems_of_deployment: Problems, mounts: str, texts: list[str]
) -> None:
    found = problems_of_deployment(f'components: {{main: {{device: r, {mounts}}}}}')

    remedy = 'mount it at another path, or into other executables'
    assert _texts(found) == [f'6 spec.components.main.{text}; {remedy}' for text in texts]


def test_rules_are_checked_beside_violations_of_the_schema(
    problems_of_component: Problems,
) -> None:
    found = problems_of_component(
        """
        name: 5
        executables: [{name: x}, {name: x, image: y, limits: {memory: 1}}, 7]
        environment: 3
        """
    )

    messages = [problem.message for problem in found]
    assert "the executable 'x' is there twice, first in line 8" in messages
    assert '1 bytes are less than any container can run in' in messages
    assert 'expected a list, found the number 3' in messages
