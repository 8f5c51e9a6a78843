# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The rules of manifests for what did not come in one."""

from __future__ import annotations

from typing import Any

from roost_core.deployment import DeploymentSpec
from roost_core.document import canonical_json
from roost_core.manifest.check import check
from roost_core.manifest.forms import write
from roost_core.manifest.load import MAX_BYTES
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.rules import check_rules
from roost_core.manifest.tree import Entry, Mark, Node
from roost_core.names import is_name
from roost_core.package import Package
from roost_core.problem import Problem, ResultCode

_NOWHERE = Mark(0, 0)


def problems_of(content: Package | DeploymentSpec) -> tuple[Problem, ...]:
    """List what a manifest that says this is refused for; none of it has a line."""
    form = write(content)
    reporter = Reporter(resource=f'{form["kind"]}/{content.name}' if is_name(content.name) else '')
    if len(canonical_json(form)) > MAX_BYTES:
        reporter.add(_NOWHERE, 'it is larger than 1 MiB', code=ResultCode.TOO_LARGE)
    else:
        root = _tree(form)
        check(root, reporter)
        check_rules(root, reporter)
    return tuple(dict.fromkeys(reporter.found))


def _tree(value: Any) -> Node:
    if isinstance(value, dict):
        entries = {key: Entry(_NOWHERE, _tree(item)) for key, item in value.items()}
        return Node(_NOWHERE, entries)
    if isinstance(value, (list, tuple)):
        return Node(_NOWHERE, [_tree(item) for item in value])
    return Node(_NOWHERE, str(value) if isinstance(value, str) else value)
