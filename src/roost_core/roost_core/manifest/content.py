# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The rules of manifests for what did not come in one."""

from __future__ import annotations

from typing import Any

from roost_core.config import ConfigSpec
from roost_core.document import canonical_json
from roost_core.manifest.check import check
from roost_core.manifest.document import masked
from roost_core.manifest.files import MAX_BYTES
from roost_core.manifest.folders import report_files
from roost_core.manifest.forms import Content, write
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.rules import check_rules
from roost_core.manifest.tree import Entry, Mark, Node
from roost_core.names import is_name
from roost_core.problem import Problem, ResultCode
from roost_core.secret import SecretSpec

_NOWHERE = Mark(0, 0)


def problems_of(content: Content) -> tuple[Problem, ...]:
    """List what a manifest that says this is refused for; none of it has a line.

    No problem shows a value of a secret.
    """
    reporter = Reporter()
    try:
        form = write(content)
    except UnicodeDecodeError:
        reporter.add(_NOWHERE, 'a file of the config is not text', 'take it from a folder')
        return tuple(reporter.found)
    if is_name(content.name):
        reporter = reporter.of(resource=f'{form["kind"]}/{content.name}')
    if len(canonical_json(form)) > MAX_BYTES:
        reporter.add(_NOWHERE, 'it is larger than 1 MiB', code=ResultCode.TOO_LARGE)
    else:
        root = _tree(form)
        shown = masked(root) if isinstance(content, SecretSpec) else root
        check(shown, reporter)
        check_rules(shown, reporter)
        if isinstance(content, ConfigSpec) and content.files_from:
            report_files(content.files, _NOWHERE, reporter)
    return tuple(dict.fromkeys(reporter.found))


def _tree(value: Any) -> Node:
    if isinstance(value, dict):
        entries = {key: Entry(_NOWHERE, _tree(item)) for key, item in value.items()}
        return Node(_NOWHERE, entries)
    if isinstance(value, (list, tuple)):
        return Node(_NOWHERE, [_tree(item) for item in value])
    return Node(_NOWHERE, str(value) if isinstance(value, str) else value)
