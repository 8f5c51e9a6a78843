# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters in config/fleet.yaml are those that the nodes have, at their usual values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
import re
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from roost_executor import settings as executor
from roost_introspection import settings as introspection
from roost_manager import settings as manager

TEXT = (Path(__file__).parents[3] / 'config' / 'fleet.yaml').read_text(encoding='utf-8')
USUAL_DOMAIN_ID = 0

DECLARE: dict[str, Callable[[Any], object]] = {
    '/**/deployment_manager': partial(manager.declare, domain_id=USUAL_DOMAIN_ID),
    '/**/executor': executor.declare,
    '/**/introspection': introspection.declare,
}


class DeclaringNode:
    """Take declarations as a node does, and give each parameter its default."""

    def __init__(self) -> None:
        """Begin with the one that has no default."""
        self.declared: dict[str, Any] = {'device': 'rover1'}

    def has_parameter(self, name: str) -> bool:
        """Tell whether it was declared."""
        return name in self.declared

    def get_parameter(self, name: str) -> SimpleNamespace:
        """Give it."""
        return SimpleNamespace(value=self.declared[name])

    def declare_parameter(self, name: str, default: Any, _: object) -> SimpleNamespace:
        """Note it."""
        self.declared[name] = default
        return SimpleNamespace(value=default)


def usual(node: str) -> dict[str, Any]:
    declaring = DeclaringNode()
    DECLARE[node](declaring)
    return declaring.declared


def test_every_node_is_named():
    assert list(yaml.safe_load(TEXT)) == list(DECLARE)


@pytest.mark.parametrize('node', DECLARE)
def test_what_is_named_is_what_is_usual(node):
    named = yaml.safe_load(TEXT)[node]['ros__parameters']
    known = usual(node)

    assert named == {name: known.get(name) for name in named}


@pytest.mark.parametrize('node', DECLARE)
def test_what_is_shown_could_be_set(node):
    section = TEXT.partition(f'\n{node}:\n')[2].partition('\n/**/')[0]
    shown = re.findall(r'^ +# (\w+): \S', section, re.MULTILINE)

    assert [name for name in shown if name not in usual(node)] == []
