# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The verbs, one in each module: the docstring is its help; `add_arguments` and `main`."""

from types import ModuleType

from roost_cli.verb import (
    apply,
    demo,
    deploy,
    deprovision,
    describe,
    devices,
    events,
    explain,
    get,
    graph,
    manager,
    up,
    validate,
)

VERBS: dict[str, ModuleType] = {
    'apply': apply,
    'deploy': deploy,
    'deprovision': deprovision,
    'get': get,
    'describe': describe,
    'devices': devices,
    'events': events,
    'graph': graph,
    'explain': explain,
    'validate': validate,
    'up': up,
    'demo': demo,
    'manager': manager,
}
