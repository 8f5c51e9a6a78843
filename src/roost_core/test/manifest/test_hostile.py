# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading never raises and always ends, whatever a file holds."""

import random
import time
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
import pytest
import yaml

from roost_core.manifest import (
    folders_named,
    load,
    ManifestFile,
    references,
    split_secrets,
)
from roost_core.manifest.files import MAX_BYTES
from roost_core.manifest.reporter import MAX_PROBLEMS
from roost_core.manifest.schema import schema
from roost_core.problem import Problem
from roost_core.resource import ResourceKind

# On a busy machine of two cores; the slowest of these takes about 2 s.
DEADLINE_SEC = 30.0

HEAD = 'apiVersion: roost/v1\nkind: {}\nmetadata: {{name: a, version: "1"}}\nspec:\n'
EXAMPLE = """\
apiVersion: roost/v1
kind: Package
metadata: {name: turtle, version: "1.0", labels: {a: b}}
spec:
  components:
    - name: main
      runtime: device
      device: {runtime: docker, arch: [amd64], restart: always}
      ros: {enabled: true, nodes: [/turtle], topics: [{name: /a, type: a/msg/A}]}
      environment: [{name: A, default: &text "b", exposed: true}]
      executables:
        - {name: main, image: a, command: [*text], limits: {cpus: 1, memory: 64Mi}}
---
apiVersion: roost/v1
kind: Deployment
metadata: {name: turtle}
spec:
  package: {name: turtle, version: "1.0"}
  components: {main: {device: rover1, environment: {A: "1"}, images: {main: b}}}
  dependsOn: [{deployment: simulator, condition: running}]
---
apiVersion: roost/v1
kind: Secret
metadata: {name: site}
spec: {type: docker, registry: registry.local, username: ann, password: hunter2}
---
apiVersion: roost/v1
kind: Config
metadata: {name: maps}
spec:
  files: {a.yaml: "a", b/c: d}
---
apiVersion: roost/v1
kind: Network
metadata: {name: lab}
spec: {type: routed, runtime: device, device: rover1, port: 11811}
---
apiVersion: roost/v1
kind: Volume
metadata: {name: data}
spec: {device: rover1, hostPath: /srv}
"""


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    """Load, and check what holds for every outcome."""
    file = ManifestFile(name='a.yaml', text=text)
    loaded = load([file])
    split = split_secrets(file)
    named = references([file])
    folders_named(file)
    assert not (split.problems and split.secrets)
    assert not (named.problems and named.references)
    for problem in (*loaded.problems, *split.problems, *named.problems):
        assert problem.message
        assert len(str(problem)) < 2000
        str(problem).encode()
    assert len(loaded.problems) <= MAX_PROBLEMS
    assert len(split.problems) <= MAX_PROBLEMS
    assert not (loaded.problems and loaded.documents)
    return loaded.problems


@given(st.binary() | st.text())
def test_any_bytes_and_any_text(text: str | bytes) -> None:
    problems_of(text)


@given(st.text(st.sampled_from('[]{}:,-?&*!|>%@`"\'#\\ \n\t~<=.0aé\x00\x85\u2028'), max_size=60))
@settings(max_examples=500)
@example('? &a ? *a')
@example('&a : *a')
@example('!!int "x"')
@example('%YAML 9.9\n---\na')
@example('--- |1-\n')
def test_any_soup_of_signs(text: str) -> None:
    problems_of(text)


@given(st.randoms(use_true_random=False), st.integers(1, 8))
@settings(max_examples=400)
def test_a_manifest_with_random_changes(chance: random.Random, count: int) -> None:
    text = EXAMPLE
    for _ in range(count):
        at, length = chance.randrange(len(text)), chance.choice([0, 1, 1, 5, 40])
        piece = chance.choice(
            ['', '\n', ': ', '- ', '[', '}', '*text', '"', 'null', '9' * 40, '\t']
        )
        text = text[:at] + piece + text[at + length :]
    problems_of(text)


KEYS = sorted({key for part in schema()['$defs'].values() for key in part.get('properties', ())})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(ResourceKind), VALUES, VALUES, VALUES)
@settings(max_examples=300)
def test_any_values_under_known_keys(
    kind: ResourceKind, spec: Any, part: Any, metadata: Any
) -> None:
    nested = {'components': [{'executables': [part], 'environment': part, 'name': 'a'}, spec]}
    for body in (spec, nested, {'components': {'main': part}, 'dependsOn': [part]}):
        document = {
            'apiVersion': 'roost/v1',
            'kind': str(kind),
            'metadata': metadata,
            'spec': body,
        }
        assert problems_of(yaml.safe_dump(document)), 'this is no manifest'


LARGE = {
    'open lists': '[' * 1_000_000,
    'open mappings': '{' * 1_000_000,
    'open quotes': '"' * 1_000_000,
    'dashes': '- ' * 500_000,
    'questions': '? ' * 500_000,
    'anchors': '&a ' * 300_000,
    'tags': '!a ' * 300_000,
    'tabs': '\t' * 1_000_000,
    'directives': '%a\n' * 300_000,
    'documents': '---\na\n' * 170_000,
    'broken documents': '---\n@\n' * 170_000,
    'carriage returns': '---\r' * 250_000,
    'a list': '- a\n' * 250_000,
    'one key': 'a: b\n' * 200_000,
    'unknown keys': HEAD.format('Package') + ''.join(f'  k{i}: a\n' for i in range(80_000)),
    'wrong items': HEAD.format('Package') + '  components:\n' + '  - a\n' * 170_000,
    'a long name': f'kind: Package\nmetadata: {{name: {"a" * 1_000_000}}}',
    'a long kind': f'kind: {"Package" * 100_000}',
    'a long key': f'kind: Package\n? {"spec" * 200_000}\n: a',
    'a long number': f'kind: Package\nspec: {"1" * 1_000_000}',
    'a long image': HEAD.format('Package')
    + f'  components: [{{executables: [{{image: {"a" * 1_000_000}}}]}}]',
    'a text repeated': HEAD.format('Package')
    + f'  components:\n  - &a {"x" * 500_000}\n'
    + '  - *a\n' * 70_000,
    'secrets': '---\nkind: Secret\n' * 60_000,
    'comments above a secret': ('#\n' * 200_000 + '---\nkind: Secret\n') * 2,
    'kinds': 'kind kind ' * 100_000,
    'long paths': HEAD.format('Config') + f'  files: {{{"a/" * 400_000}b: x}}\n',
    'nested paths': HEAD.format('Config')
    + '  files:\n'
    + ''.join(f'    {"a/" * i}a: x\n' for i in range(500)),
    'mounts': HEAD.format('Deployment')
    + '  components: {main: {volumes: [\n'
    + '{mountPath: /a},\n' * 50_000
    + ']}}\n',
    'executables of mounts': HEAD.format('Deployment')
    + '  components: {main: {configs: [\n'
    + ''.join(f'{{mountPath: /a, executables: [a{i}]}},\n' for i in range(25_000))
    + ']}}\n',
    'laughs': ''.join(f'l{i}: &l{i} [{", ".join([f"*l{i - 1}"] * 9)}]\n' for i in range(1, 12)),
}


@pytest.mark.parametrize('name', LARGE)
def test_large_files_end_in_bounded_time(name: str) -> None:
    text = 'l0: &l0 [x, x]\n' + LARGE[name] if name == 'laughs' else LARGE[name]
    assert len(text) < MAX_BYTES
    started = time.monotonic()

    assert problems_of(text)

    assert time.monotonic() - started < DEADLINE_SEC


def test_a_large_fleet_is_not_hostile() -> None:
    package = EXAMPLE.split('---')[0]
    fleet = '---\n'.join(package.replace('name: turtle', f'name: t{i}') for i in range(1000))

    assert len(load([ManifestFile(name='a.yaml', text=fleet)]).documents) == 1000
