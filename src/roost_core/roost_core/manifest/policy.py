# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy file of a device: YAML <-> DevicePolicy, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.reporter import in_order, Reporter
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import Mark, Node, plain
from roost_core.manifest.yaml_text import dump
from roost_core.names import suggestion
from roost_core.policy import DevicePolicy
from roost_core.problem import Problem


def _camel(name: str) -> str:
    first, *rest = name.split('_')
    return first + ''.join(word.capitalize() for word in rest)


# Key in the file -> name and default of the rule.
_RULES: Final[Mapping[str, tuple[str, Any]]] = {
    _camel(field.name): (field.name, field.default) for field in fields(DevicePolicy)
}


class UnusablePolicy(ValueError):
    """A policy file says something else than rules; the text has a line for each problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__('\n'.join(map(str, problems)))
        self.problems = problems


def load_policy(text: bytes, *, file: str) -> DevicePolicy:
    """Read a policy file; a rule that it does not name is as without a file.

    Raises:
        UnusablePolicy: it has unknown keys, wrong values, or is no YAML.
    """
    reporter = Reporter(file=file)
    rules: dict[str, Any] = {}
    try:
        roots = list(compose(text.decode('utf-8-sig'), reporter, Budget()))
    except UnicodeDecodeError as error:
        line = text.count(b'\n', 0, error.start) + 1
        reporter.add(Mark(line, 0), 'the file is not UTF-8', 'save it as UTF-8')
        roots = []
    for root in roots[1:]:
        reporter.add(root.mark, 'a second document', 'put all rules into one')
    for root in roots[:1]:
        rules = _read(root, reporter)
    if reporter.found:
        raise UnusablePolicy(in_order(reporter.found, (file,)))
    return DevicePolicy(**rules)


@lru_cache  # many devices have the same
def policy_text(policy: DevicePolicy) -> str:
    """Write all rules of a policy; reading it gives the same policy."""
    rules = {key: getattr(policy, name) for key, (name, _) in _RULES.items()}
    return dump(
        {key: list(rule) if isinstance(rule, tuple) else rule for key, rule in rules.items()}
    )


def _read(root: Node, reporter: Reporter) -> dict[str, Any]:
    if not isinstance(root.value, dict):
        reporter.add(root.mark, 'expected rules', f'write for example {next(iter(_RULES))}: []')
        return {}
    rules: dict[str, Any] = {}
    for key, entry in root.value.items():
        if key not in _RULES:
            remedy = suggestion(key, _RULES) or f'known are {", ".join(_RULES)}'
            reporter.add(entry.key, f'unknown key {shown(key)}', remedy, path=(key,))
            continue
        name, default = _RULES[key]
        if isinstance(default, tuple):
            rules[name] = _texts(key, entry.node, reporter)
        elif type(entry.node.value) is type(default):
            rules[name] = entry.node.value
        else:
            wanted = 'true or false' if isinstance(default, bool) else 'text'
            reporter.add(entry.node.mark, f'expected {wanted}', path=(key,))
    return rules


def _texts(key: str, node: Node, reporter: Reporter) -> tuple[str, ...]:
    if not isinstance(node.value, list):
        found = plain(node)
        example = found if isinstance(found, str) and found else 'one'
        reporter.add(node.mark, 'expected a list', f"write ['{example:.60}']", path=(key,))
        return ()
    texts = []
    for index, item in enumerate(node.value):
        if isinstance(item.value, str) and item.value:
            texts.append(item.value)
        else:
            reporter.add(item.mark, 'expected text', 'quote it', path=(key, index))
    return tuple(texts)
