# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks, volumes, secrets and configs: as manifests, and as an operator finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import itertools
import json
from pathlib import Path
from typing import Any

from roost_cli.model import Network, Volume
from roost_cli.reading import read_all
from roost_core.status import Status
from roost_interfaces import msg, srv
from system.manifests import Document
from system.operator import Operator
from testbed import eventually, Fleet

_LISTS = {'Network': (srv.ListNetworks, Network), 'Volume': (srv.ListVolumes, Volume)}


def network(name: str, **spec: Any) -> Document:
    """Describe a network; native unless `spec` says otherwise."""
    return _resource('Network', name, spec)


def routed(name: str, device: str, **spec: Any) -> Document:
    """Describe a routed network whose server is on a device."""
    return network(name, type='routed', runtime='device', device=device, **spec)


def volume(name: str, device: str = 'rover1', **spec: Any) -> Document:
    """Describe a volume of a device."""
    return _resource('Volume', name, {'device': device, **spec})


def secret(name: str, **data: str) -> Document:
    """Describe an opaque secret."""
    return _resource('Secret', name, {'type': 'opaque', 'data': data})


def login(name: str, registry: str, username: str, password: str) -> Document:
    """Describe a login to a registry."""
    spec = {'registry': registry, 'username': username, 'password': password}
    return _resource('Secret', name, {'type': 'docker', **spec})


def config(name: str, **spec: Any) -> Document:
    """Describe a config, with `files` or `filesFrom`."""
    return _resource('Config', name, spec)


def text_of(*documents: Document) -> str:
    """Write manifests as a file has them."""
    return '\n---\n'.join(json.dumps(each) for each in documents)  # JSON is YAML


class Command:
    """Run `roost` beside the manager, with manifests in a folder of the test's own."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        """Write manifests into the folder."""
        self.fleet = fleet
        self.folder = folder
        self._numbers = itertools.count(1)

    def run(self, *arguments: str, ends: int = 0) -> str:
        """Run it; return all that it wrote. It must end with this exit code."""
        done = self.fleet.manager_machine.run(
            'roost', *arguments, env=self.fleet.environment(), timeout_sec=60.0, check=False
        )
        written = done.stdout + done.stderr
        assert done.returncode == ends, f'{arguments}: {done.returncode}\n{written}'
        return written

    def look(self, *arguments: str) -> Any:
        """Run it for what it prints as JSON."""
        return json.loads(self.fleet.roost(*arguments, '-o', 'json'))

    def write(self, *documents: Document) -> str:
        """Write a file of manifests; return its path."""
        path = self.folder / f'manifests-{next(self._numbers)}.yaml'
        path.write_text(text_of(*documents))
        return str(path)

    def apply(self, *documents: Document, ends: int = 0) -> str:
        """Apply manifests."""
        return self.run('apply', self.write(*documents), ends=ends)


def listed(operator: Operator, kind: str, name: str = '') -> list[Any]:
    """List networks or volumes that are not stopped, or the one of this name."""
    service, model = _LISTS[kind]
    answer = operator.ask(service, f'list_{kind.lower()}s', name=name)
    return list(read_all(model, getattr(answer, f'{kind.lower()}s')))


def see(operator: Operator, kind: str, name: str) -> Any:
    """Look at a network or a volume that is not stopped."""
    (found,) = listed(operator, kind, name)
    return found


def until(
    operator: Operator,
    kind: str,
    name: str,
    status: Status,
    *,
    code: str = '',
    reason: str = '',
    timeout_sec: float = 30.0,
) -> Any:
    """Wait until a network or a volume is so, and return it."""

    def is_so() -> Any:
        now = see(operator, kind, name)
        shown = f'{now.phase}, {now.status}: {now.reason} {list(now.codes)}'
        assert now.status is status, shown
        assert now.codes == ((code,) if code else ()), shown
        assert reason in now.reason, shown
        return now

    return eventually(is_so, timeout_sec, f'{kind} {name} is {status} {code} {reason}')


def delete(
    operator: Operator,
    *named: str,
    documents: Sequence[Document] = (),
    force: bool = False,
) -> Mapping[str, msg.ResourceChange]:
    """
    Delete what manifests describe, and what is named as '<kind>/<name>' or '.../<version>'.

    Raises:
        Refused: the answer is no.
    """
    refs = []
    for each in named:
        kind, name, *version = each.split('/')
        refs.append(msg.ResourceRef(kind=kind, name=name, version=''.join(version)))
    files = [msg.ManifestFile(name='test.yaml', text=text_of(*documents))] if documents else []
    answer = operator.ask(
        srv.Delete, 'delete', files=files, resources=refs, force=force, requested_by='tester'
    )
    return {f'{each.kind}/{each.name}': each for each in answer.changes}


def until_gone(operator: Operator, *named: str, timeout_sec: float = 30.0) -> None:
    """Wait until networks and volumes, named as '<kind>/<name>', are over."""

    def gone() -> bool:
        return not any(listed(operator, *each.split('/')) for each in named)

    eventually(gone, timeout_sec, f'{", ".join(named)} gone')


def _resource(kind: str, name: str, spec: Mapping[str, Any]) -> Document:
    return {
        'apiVersion': 'roost/v1',
        'kind': kind,
        'metadata': {'name': name},
        'spec': dict(spec),
    }
