# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Checked documents <-> dataclasses: camelCase keys, nested groups, units, defaults left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from roost_core.config import ConfigSpec
from roost_core.deployment import DeploymentSpec
from roost_core.manifest.units import parse_bytes, parse_seconds
from roost_core.network import NetworkSpec
from roost_core.package import (
    Component,
    Endpoint,
    EnvironmentEntry,
    Executable,
    Limits,
    LivenessProbe,
    Package,
    RosInterface,
    Ulimit,
)
from roost_core.resource import ResourceKind
from roost_core.secret import SecretSpec
from roost_core.volume import VolumeSpec

API_VERSION = 'roost/v1'

Form = dict[str, Any]

# What may be shown of what documents say; secrets may not.
Shown = Package | DeploymentSpec | NetworkSpec | VolumeSpec | ConfigSpec
Content = Shown | SecretSpec

_CLASSES: dict[ResourceKind, type[Content]] = {
    ResourceKind.PACKAGE: Package,
    ResourceKind.DEPLOYMENT: DeploymentSpec,
    ResourceKind.NETWORK: NetworkSpec,
    ResourceKind.VOLUME: VolumeSpec,
    ResourceKind.SECRET: SecretSpec,
    ResourceKind.CONFIG: ConfigSpec,
}
_KINDS = {cls: kind for kind, cls in _CLASSES.items()}


def read(form: Form) -> Content:
    """Build what a document says; it has passed all checks.

    The files of a config that come from a folder are not there yet.
    """
    cls: type[Content] = _CLASSES[ResourceKind(form['kind'])]
    return _converter.structure({**form['metadata'], **form['spec']}, cls)


def write(content: Content) -> Form:
    """Give the document that says it; the inverse of read.

    Raises:
        ValueError: a config without a folder has a file that is not text.
    """
    spec: Form = _converter.unstructure(content)
    names = [name for name in ('name', 'version', 'description', 'labels') if name in spec]
    metadata = {name: spec.pop(name) for name in names}
    kind = str(_KINDS[type(content)])
    return {'apiVersion': API_VERSION, 'kind': kind, 'metadata': metadata, 'spec': spec}


def _read_component(form: Form) -> Form:
    """Lift what is said for one kind of runtime only."""
    device, cloud = dict(form.get('device', {})), form.get('cloud', {})
    if 'runtime' in device:
        device['deviceRuntime'] = device.pop('runtime')
    flat = {key: value for key, value in form.items() if key not in ('device', 'cloud')}
    return {**flat, **device, **cloud}


def _write_component(form: Form) -> Form:
    device = {
        'runtime': form.pop('deviceRuntime', None),
        'arch': form.pop('arch', None),
        'restart': form.pop('restart', None),
    }
    groups = {'device': device, 'cloud': {'replicas': form.pop('replicas', None)}}
    filled = {
        name: {key: value for key, value in group.items() if value is not None}
        for name, group in groups.items()
    }
    head = {key: form.pop(key) for key in ('name', 'runtime')}
    return {**head, **{name: group for name, group in filled.items() if group}, **form}


def _read_executable(form: Form) -> Form:
    read_form = _read_times(form, 'stopTimeout')
    if 'command' in form:
        read_form['command'] = _read_command(form['command'])
    return read_form


def _read_command(command: str | list[str]) -> list[str]:
    return ['sh', '-c', command] if isinstance(command, str) else command


def _read_times(form: Form, *names: str) -> Form:
    times = {name: parse_seconds(form[name]) for name in names if name in form}
    return {**form, **times}


def _read_probe(form: Form) -> Form:
    read_form = _read_times(form, 'initialDelay', 'period', 'timeout')
    if 'exec' in form:
        command = form['exec']
        inner = command['command'] if isinstance(command, dict) else command
        read_form['exec'] = _read_command(inner)
    if 'tcp' in form:
        read_form['tcp'] = form['tcp']['port']
    return read_form


def _write_probe(form: Form) -> Form:
    return {**form, 'tcp': {'port': form['tcp']}} if 'tcp' in form else form


def _read_entry(form: Form) -> Form:
    return {**form, 'valueFrom': form['valueFrom']['secret']} if 'valueFrom' in form else form


def _write_entry(form: Form) -> Form:
    return {**form, 'valueFrom': {'secret': form['valueFrom']}} if 'valueFrom' in form else form


def _read_config(form: Form) -> Form:
    files = {path: text.encode() for path, text in form.get('files', {}).items()}
    return {'filesFrom': '', **form, 'files': files}


def _write_config(form: Form) -> Form:
    files = form.pop('files')
    if 'filesFrom' in form:
        return form
    return {**form, 'files': {path: data.decode() for path, data in files.items()}}


def _read_limits(form: Form) -> Form:
    return {**form, 'memory': parse_bytes(form['memory'])} if 'memory' in form else form


def _read_endpoint(form: Form) -> Form:
    return {'targetPort': form['port'], **form} if 'port' in form else form


def _read_ulimit(form: Form | int) -> Form:
    return form if isinstance(form, dict) else {'soft': form, 'hard': form}


def _write_ros(form: Form) -> Form:
    return {'enabled': False, **form}


_READERS: dict[type, Callable[[Any], Form]] = {
    Component: _read_component,
    Executable: _read_executable,
    Limits: _read_limits,
    Endpoint: _read_endpoint,
    Ulimit: _read_ulimit,
    LivenessProbe: _read_probe,
    EnvironmentEntry: _read_entry,
    ConfigSpec: _read_config,
}
_WRITERS: dict[type, Callable[[Form], Form]] = {
    Component: _write_component,
    RosInterface: _write_ros,
    LivenessProbe: _write_probe,
    EnvironmentEntry: _write_entry,
    ConfigSpec: _write_config,
}


def _same(form: Form) -> Form:
    return form


def _camel(name: str) -> str:
    first, *others = name.split('_')
    return first + ''.join(word.capitalize() for word in others)


def _reader(cls: type) -> Callable[[Any, type], Any]:
    renamed: dict[str, Any] = {
        part.name: override(rename=_camel(part.name)) for part in fields(cls)
    }
    structure: Callable[[Any, type], Any] = make_dict_structure_fn(cls, _converter, **renamed)
    prepare = _READERS.get(cls, _same)
    return lambda form, kind: structure(prepare(form), kind)


def _writer(cls: type) -> Callable[[Any], Form]:
    unstructure: Callable[[Any], Form] = make_dict_unstructure_fn(
        cls, _converter, _cattrs_omit_if_default=True
    )
    finish = _WRITERS.get(cls, _same)
    names = [part.name for part in fields(cls)]

    def write_fields(value: Any) -> Form:
        form = unstructure(value)
        return finish({_camel(name): form[name] for name in names if name in form})

    return write_fields


_converter = cattrs.Converter(detailed_validation=False)
_converter.register_structure_hook_factory(is_dataclass, _reader)
_converter.register_unstructure_hook_factory(is_dataclass, _writer)
