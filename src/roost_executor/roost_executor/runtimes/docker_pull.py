# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Pulling images: how far it got, and how it is cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import contextlib
from dataclasses import dataclass
from typing import Any

import docker.auth
from docker.utils import parse_repository_tag

from roost_executor.cancellation import Cancellation
from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.contract import Cancelled, RegistryAuth
from roost_executor.runtimes.docker_engine import Engine, Stream

# Share of a layer's work that is its download; unpacking it is the rest.
DOWNLOAD_SHARE = 0.7

# Smaller steps are not told.
STEP_PERCENT = 0.1

DIGEST = 'Digest: '


@dataclass(slots=True)
class _Layer:
    """How far one layer got; shares from 0 to 1, size None until it is known."""

    size: int | None = None
    downloaded: float = 0.0
    unpacked: float = 0.0

    @property
    def done(self) -> float:
        return DOWNLOAD_SHARE * self.downloaded + (1.0 - DOWNLOAD_SHARE) * self.unpacked


class Progress:
    """Percent of a pull, from what the engine says of its layers.

    Layers weigh what they have bytes; one whose size is not known yet weighs what the others do on
    average. The figure never falls.
    """

    def __init__(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self._percent: float | None = None

    def note(self, message: Mapping[str, Any]) -> float | None:
        """Take in one message of the engine; give percent, or None while no size is known."""
        status, detail = message.get('status', ''), message.get('progressDetail') or {}
        layer_id = message.get('id', '')
        if status == 'Pulling fs layer':
            self._layers[layer_id] = _Layer()
        layer = self._layers.get(layer_id)
        if layer is None:
            return self._percent
        current, total = detail.get('current'), detail.get('total')
        share = min(current / total, 1.0) if current is not None and total else None
        if status == 'Downloading' and share is not None:
            layer.size, layer.downloaded = total, share
        elif status in ('Verifying Checksum', 'Download complete'):
            layer.downloaded = 1.0
        elif status == 'Extracting' and share is not None:
            layer.size = layer.size or total
            layer.downloaded, layer.unpacked = 1.0, share
        elif status == 'Pull complete':
            layer.downloaded = layer.unpacked = 1.0
        self._percent = self._reckon()
        return self._percent

    def _reckon(self) -> float | None:
        sizes = [layer.size for layer in self._layers.values() if layer.size]
        if not sizes:
            return self._percent
        usual = sum(sizes) / len(sizes)
        weights = [(layer.size or usual, layer.done) for layer in self._layers.values()]
        done = sum(weight * share for weight, share in weights)
        percent = 100.0 * done / sum(weight for weight, _ in weights)
        return max(percent, self._percent or 0.0)


def pull(
    engine: Engine,
    reference: str,
    *,
    auth: RegistryAuth | None,
    progress: Callable[[float | None], None],
    cancellation: Cancellation,
    stall_sec: float,
) -> str:
    """Pull an image; give the digest that its registry knows it by.

    Raises:
        RuntimeFault: it could not be pulled.
        Cancelled: it was requested.
    """
    repository, tag = parse_repository_tag(reference)
    progress(None)
    try:
        params = {'fromImage': repository, 'tag': tag or 'latest'}
        path = engine.path('/images/create', params)
        headers = _headers(engine, repository, auth)
        stream = engine.stream(quiet_sec=stall_sec)
        with contextlib.closing(stream), cancellation.interrupting(stream.cut):
            stream.open('POST', path, headers)
            return _follow(stream, reference, progress)
    except faults.ENGINE_ERRORS as error:
        if cancellation.requested:
            raise Cancelled from error
        raise faults.pull_failed(error, reference, stall_sec) from error


def _headers(engine: Engine, repository: str, auth: RegistryAuth | None) -> dict[str, str]:
    """Say who pulls: what was given, else who is logged in on the device."""
    registry, _ = docker.auth.resolve_repository_name(repository)
    if auth is None:
        header = docker.auth.get_config_header(engine.api, registry)
    else:
        header = docker.auth.encode_header(
            {
                'username': auth.username,
                'password': auth.password,
                'serveraddress': registry,
            }
        )
    return {'X-Registry-Auth': header.decode()} if header else {}


def _follow(stream: Stream, reference: str, progress: Callable[[float | None], None]) -> str:
    digest = ''
    reckoning = Progress()
    shown = -1.0
    for message in stream:
        if 'error' in message:
            detail = message.get('errorDetail') or {}
            raise faults.pull_fault(detail.get('message') or message['error'], reference)
        status = message.get('status', '')
        if status.startswith(DIGEST):
            digest = status.removeprefix(DIGEST)
        percent = reckoning.note(message)
        if percent is not None and percent >= shown + STEP_PERCENT:
            progress(percent)
            shown = percent
    if not digest:
        raise ConnectionError('the engine ended the pull without a word')
    return digest
