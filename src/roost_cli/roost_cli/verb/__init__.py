# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The verbs, one in each module: the docstring is its help; `add_arguments` and `main`.

EXAMPLES shows how a verb is used, without the word `roost`.
"""

from types import ModuleType

from roost_cli.verb import (
    apply,
    configs,
    delete,
    demo,
    deploy,
    deprovision,
    describe,
    devices,
    events,
    exec,
    explain,
    forget,
    get,
    graph,
    history,
    logs,
    manager,
    networks,
    packages,
    restart,
    secrets,
    shell,
    start,
    stop,
    up,
    update,
    validate,
    volumes,
)

VERBS: dict[str, ModuleType] = {
    'apply': apply,
    'delete': delete,
    'deploy': deploy,
    'update': update,
    'deprovision': deprovision,
    'restart': restart,
    'stop': stop,
    'start': start,
    'get': get,
    'describe': describe,
    'packages': packages,
    'devices': devices,
    'networks': networks,
    'volumes': volumes,
    'secrets': secrets,
    'configs': configs,
    'history': history,
    'logs': logs,
    'shell': shell,
    'exec': exec,
    'events': events,
    'graph': graph,
    'explain': explain,
    'validate': validate,
    'forget': forget,
    'up': up,
    'demo': demo,
    'manager': manager,
}
