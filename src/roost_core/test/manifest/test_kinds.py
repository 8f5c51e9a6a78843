# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks, volumes and configs: what manifests say of them, and what they may not say."""

from collections.abc import Callable, Sequence

import pytest

from roost_core.config import ConfigSpec
from roost_core.manifest import Content, load, Loaded, ManifestFile
from roost_core.names import DeviceName
from roost_core.network import NetworkSpec, NetworkType
from roost_core.package import RestartPolicy, Runtime
from roost_core.problem import Problem
from roost_core.volume import VolumeSpec

Load = Callable[..., Loaded]

SERVER = 'this is for routed networks; a native one has no discovery server'
ABSOLUTE = (
    "write an absolute path without '.', '..', ':' and a '/' at its end, for example '/data/maps'"
)
RELATIVE = (
    "write a relative path without '.', '..' and a '/' at its beginning or end, "
    "for example 'maps/office.yaml'"
)


def _load(kind: str, spec: str) -> Loaded:
    head = f'apiVersion: roost/v1\nkind: {kind}\nmetadata: {{name: it, labels: {{a: b}}}}\n'
    return load([ManifestFile(name='a.yaml', text=f'{head}spec: {spec}\n')])


def _content(kind: str, spec: str) -> Content:
    loaded = _load(kind, spec)
    assert loaded.problems == ()
    (document,) = loaded.documents
    assert document.resource == f'{kind}/it'
    return document.content


def _texts(problems: Sequence[Problem]) -> list[str]:
    return [f'{problem.path}: {problem.text}' for problem in problems]


@pytest.mark.parametrize(
    ('spec', 'values'),
    [
        ('{}', {}),
        ('{type: native, domainId: 0}', {'domain_id': 0}),
        (
            '{type: routed, runtime: device, device: rover1}',
            {'type': NetworkType.ROUTED, 'runtime': Runtime.DEVICE, 'device': 'rover1'},
        ),
        (
            '{type: routed, runtime: device, device: r, domainId: 232, port: 1, restart: never}',
            {
                'type': NetworkType.ROUTED,
                'runtime': Runtime.DEVICE,
                'device': DeviceName('r'),
                'domain_id': 232,
                'port': 1,
                'restart': RestartPolicy.NEVER,
            },
        ),
        (
            '{type: routed, runtime: cloud, cloud: site, port: 65535}',
            {
                'type': NetworkType.ROUTED,
                'runtime': Runtime.CLOUD,
                'cloud': 'site',
                'port': 65535,
            },
        ),
    ],
)
def test_networks(spec: str, values: dict) -> None:
    assert _content('Network', spec) == NetworkSpec(name='it', labels={'a': 'b'}, **values)


@pytest.mark.parametrize(
    ('spec', 'texts'),
    [
        (
            '{device: a, port: 5}',
            [
                f"spec.device: 'device' is not possible here; {SERVER}",
                f"spec.port: 'port' is not possible here; {SERVER}",
            ],
        ),
        (
            '{type: native, runtime: device, restart: always}',
            [
                f"spec.runtime: 'runtime' is not possible here; {SERVER}",
                f"spec.restart: 'restart' is not possible here; {SERVER}",
            ],
        ),
        (
            '{type: routed}',
            [
                "spec.runtime: 'runtime' is missing; say where the discovery server of a routed "
                'network runs: device or cloud'
            ],
        ),
        (
            '{type: routed, runtime: device, cloud: a}',
            [
                "spec.device: 'device' is missing; "
                'name the device that the discovery server runs on',
                "spec.cloud: 'cloud' is not possible here; this is for the runtime cloud",
            ],
        ),
        (
            '{type: routed, runtime: cloud, device: a, restart: never}',
            [
                "spec.cloud: 'cloud' is missing; name the cloud that the discovery server runs on",
                "spec.device: 'device' is not possible here; this is for the runtime device",
                "spec.restart: 'restart' is not possible here; "
                'what runs in the cloud always restarts',
            ],
        ),
        ('{type: rooted}', ["spec.type: 'rooted' is not possible here; did you mean 'routed'?"]),
        ('{domainId: 233}', ['spec.domainId: the number 233 is more than 232']),
        ('{domainId: -1}', ['spec.domainId: the number -1 is less than 0']),
        (
            '{domainId: "7"}',
            ["spec.domainId: expected a whole number, found the text '7'"],
        ),
        (
            '{type: routed, runtime: device, device: a, port: 65536}',
            ['spec.port: the number 65536 is more than 65535'],
        ),
        ('', ["spec: 'spec' has no value; give it one, or remove it"]),
    ],
)
def test_networks_that_are_refused(spec: str, texts: list[str]) -> None:
    assert sorted(_texts(_load('Network', spec).problems)) == sorted(texts)


@pytest.mark.parametrize(
    ('spec', 'values'),
    [
        ('{device: rover1}', {'device': 'rover1'}),
        (
            '{runtime: device, device: r, hostPath: /srv/a b}',
            {'device': 'r', 'host_path': '/srv/a b'},
        ),
        ('{runtime: cloud, cloud: site}', {'runtime': Runtime.CLOUD, 'cloud': 'site'}),
    ],
)
def test_volumes(spec: str, values: dict) -> None:
    assert _content('Volume', spec) == VolumeSpec(name='it', labels={'a': 'b'}, **values)


@pytest.mark.parametrize(
    ('spec', 'texts'),
    [
        ('{}', ["spec.device: 'device' is missing; name the device that the volume is on"]),
        (
            '{device: a, cloud: b}',
            [
                "spec.cloud: 'cloud' is not possible here; "
                'this is for volumes with the runtime cloud'
            ],
        ),
        (
            '{runtime: cloud, device: a, hostPath: /b}',
            [
                "spec.cloud: 'cloud' is missing; name the cloud that the volume is in",
                "spec.device: 'device' is not possible here; "
                'this is for volumes with the runtime device',
                "spec.hostPath: 'hostPath' is not possible here; "
                'this is for volumes with the runtime device',
            ],
        ),
        *(
            (
                f'{{device: a, hostPath: "{path}"}}',
                [f"spec.hostPath: '{path}' is not possible here; {ABSOLUTE}"],
            )
            for path in ('', 'a', '/', '/a/', '//a', '/a/../b', '/..', '/a/.', '/a:b')
        ),
    ],
)
def test_volumes_that_are_refused(spec: str, texts: list[str]) -> None:
    assert _texts(_load('Volume', spec).problems) == texts


def test_configs() -> None:
    files = '{files: {a.yaml: "b: 1\\n", maps/é.txt: "", ..a/b: ü}}'

    assert _content('Config', files) == ConfigSpec(
        name='it',
        labels={'a': 'b'},
        files={'a.yaml': b'b: 1\n', 'maps/é.txt': b'', '..a/b': 'ü'.encode()},
    )


@pytest.mark.parametrize(
    ('spec', 'texts'),
    [
        ('{}', ['spec: none of files and filesFrom is given; give one of files and filesFrom']),
        (
            '{files: {a: b}, filesFrom: c}',
            ['spec: files and filesFrom are given together; give one of files and filesFrom'],
        ),
        ('{files: {}}', ["spec.files: 'files' is empty; it needs at least one key"]),
        (
            '{files: {a: {b: 1}, c: 5}}',
            [
                'spec.files.a: expected text, found a mapping; '
                "the content of a file is text; write it below '|'",
                'spec.files.c: expected text, found the number 5; quote it: c: "5"',
            ],
        ),
        (
            '{files: {a: "", a/b: "", a/b/c: ""}}',
            [
                "spec.files.a: 'a' cannot be both a file and the folder of 'a/b'; "
                'rename one of them',
                "spec.files.a: 'a' cannot be both a file and the folder of 'a/b/c'; "
                'rename one of them',
                "spec.files.a/b: 'a/b' cannot be both a file and the folder of 'a/b/c'; "
                'rename one of them',
            ],
        ),
        *(
            (
                f'{{files: {{"{path}": ""}}}}',
                [f"spec.files.{path}: '{path}' is not possible here; {RELATIVE}"],
            )
            for path in ('/a', 'a/', 'a//b', '../a', 'a/..', '.', './a')
        ),
        (
            f'{{files: {{{"é" * 200}: ""}}}}',
            [f"spec.files.'{'é' * 59}…': a part of this path is too long; make it shorter"],
        ),
        *(
            (
                f'{{filesFrom: "{folder}"}}',
                [f"spec.filesFrom: '{folder}' is not possible here; {RELATIVE}"],
            )
            for folder in ('', '/etc', '../a', 'a/../../b', 'a/', '.')
        ),
    ],
)
def test_configs_that_are_refused(spec: str, texts: list[str]) -> None:
    assert _texts(_load('Config', spec).problems) == texts


@pytest.mark.parametrize('kind', ['Network', 'Volume', 'Secret', 'Config'])
def test_their_metadata(kind: str) -> None:
    text = f'apiVersion: roost/v1\nkind: {kind}\nmetadata: {{version: "1"}}\nspec: {{}}\n'

    problems = load([ManifestFile(name='a.yaml', text=text)], secrets=True).problems

    assert [text for text in _texts(problems) if text.startswith('metadata')] == [
        "metadata.name: 'name' is missing; add it: Its name, unique among those of its kind",
        "metadata.version: unknown key 'version'; known here: name, description, labels",
    ]


def test_one_name_for_each_kind(load_texts: Load) -> None:
    network = 'apiVersion: roost/v1\nkind: Network\nmetadata: {name: a}\nspec: {}\n'
    volume = 'apiVersion: roost/v1\nkind: Volume\nmetadata: {name: a}\nspec: {device: r}\n'

    assert load_texts(network, volume).problems == ()
    (problem,) = load_texts(network, volume, network).problems
    assert problem.message == 'Network a is there twice, first in a.yaml, line 3'
