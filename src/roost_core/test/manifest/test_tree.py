# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.tree import descend, find, get, Mark, Node, Path, plain, render

TEXT = """\
metadata:
  labels: {a: x, a.b: y, 'c d': z}
spec:
  components:
  - name: one
  - name: two
"""


@pytest.fixture
def root() -> Node:
    (only,) = compose(TEXT, Reporter(), Budget())
    return only


@pytest.mark.parametrize(
    ('path', 'text'),
    [
        ((), ''),
        (('spec', 'components', 1, 'name'), 'spec.components[1].name'),
        (('metadata', 'labels', 'a.b'), 'metadata.labels.a.b'),
        (('metadata', 'labels', 'c d'), 'metadata.labels.c d'),
    ],
)
def test_paths_are_written_and_read_back(root: Node, path: Path, text: str) -> None:
    assert render(path) == text
    assert find(root, text) == path
    assert get(root, path) is not None


def test_a_path_is_read_as_far_as_it_exists(root: Node) -> None:
    assert find(root, 'spec.components[1].device') == ('spec', 'components', 1)
    assert find(root, 'nowhere') == ()
    assert get(root, ('spec', 'components', 2)) is None
    assert descend(root, ('spec', 'components', 1, 'device'))[0].mark == Mark(6, 5)


def test_a_value_knows_its_place_and_that_of_its_key(root: Node) -> None:
    node, key = descend(root, ('metadata', 'labels', 'a.b'))

    assert plain(node) == 'y'
    assert (key, node.mark) == (Mark(2, 18), Mark(2, 23))


def test_strange_keys_are_shown_safely() -> None:
    assert render(('a', 'b\x1bc')) == "a.'b\\x1bc'"
