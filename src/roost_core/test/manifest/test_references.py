# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.manifest import ManifestFile, References, references
from roost_core.resource import ResourceKind, ResourceRef

SECRET = 'kind: Secret\nmetadata: {name: s}\nspec: {data: {a: hunter2}}\n'


def _references(*texts: str, secrets: bool = False) -> References:
    files = [
        ManifestFile(name=f'{letter}.yaml', text=text)
        for letter, text in zip('abc', texts, strict=False)
    ]
    return references(files, secrets=secrets)


def test_what_manifests_are_about_whatever_they_say_of_it() -> None:
    found = _references(
        'kind: Package\nmetadata: {name: p, version: "1"}\nspec: {none: of this matters}\n---\n'
        'kind: Config\nmetadata: {name: c}\nspec: {filesFrom: not sent}\n',
        'kind: Deployment\nmetadata: {name: d}\n---\nkind: Config\nmetadata: {name: c}\n',
    )

    assert found.problems == ()
    assert [(each.ref, each.file, each.line) for each in found.references] == [
        (ResourceRef(ResourceKind.PACKAGE, 'p', '1'), 'a.yaml', 2),
        (ResourceRef(ResourceKind.CONFIG, 'c'), 'a.yaml', 6),
        (ResourceRef(ResourceKind.DEPLOYMENT, 'd'), 'b.yaml', 2),
    ]


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('a: b', "a.yaml:1:1: kind: 'kind' is missing"),
        ('[', 'a.yaml:2:1: not YAML'),
        ('kind: Volume', 'a.yaml:1:1: metadata.name: it has no name'),
        ('kind: Volume\nmetadata: {name: A}', 'a.yaml:2:12: Volume/A metadata.name: it has no'),
        ('kind: Volume\nmetadata: {name: 7}', 'a.yaml:2:12: metadata.name: it has no name'),
        (
            'kind: Package\nmetadata: {name: p}',
            'a.yaml:2:1: Package/p metadata.version: the package has no version; name it',
        ),
        (
            'kind: Package\nmetadata: {name: p, version: 1.0}',
            'a.yaml:2:21: Package/p metadata.version: the package has no version; name it',
        ),
        (SECRET, 'a.yaml:1:7: Secret/s kind: a Secret must be sent sealed'),
    ],
)
def test_what_cannot_be_told(text: str, problem: str) -> None:
    found = _references('kind: Volume\nmetadata: {name: v}', text)

    assert found.references == ()
    (only,) = found.problems
    assert str(only).replace('b.yaml', 'a.yaml').startswith(problem)
    assert 'hunter2' not in str(only)


def test_secrets_are_named_by_those_who_wrote_them() -> None:
    (found,) = _references(SECRET, secrets=True).references

    assert found.ref == ResourceRef(ResourceKind.SECRET, 's')
