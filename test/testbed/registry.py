# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A real image registry on a machine of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
import hashlib
import http.client
import json
from pathlib import Path
import shutil
import signal

from testbed.images import digest_of, Image
from testbed.machine import Machine
from testbed.process import NodeProcess

PORT = 5000
USERNAME, PASSWORD = 'roost', 'roost-secret'
HTPASSWD = f'{USERNAME}:$2y$05$abcdefghijklmnopqrstuuIRd73Oa/PWXn0xI8UwD/aRXD3spzrtq\n'
MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
CONFIG = 'application/vnd.docker.container.image.v1+json'
LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'


class Registry:
    """
    Serve images as `<host>/<name>:<tag>` to all machines of the site, over plain HTTP.

    With `authenticated`, only USERNAME with PASSWORD may pull and push. It is off until `start`;
    what was pushed outlives a restart.
    """

    def __init__(self, machine: Machine, root: Path, *, authenticated: bool = False) -> None:
        self.machine = machine
        self.host = f'{machine.name}:{PORT}'
        self._storage = root / 'storage'
        self._authorization: dict[str, str] = {}
        config: dict[str, object] = {
            'version': 0.1,
            'log': {'level': 'info', 'accesslog': {'disabled': False}},
            'storage': {
                'filesystem': {'rootdirectory': str(self._storage)},
                'delete': {'enabled': True},
            },
            'http': {'addr': f'0.0.0.0:{PORT}'},
        }
        if authenticated:
            (root / 'htpasswd').write_text(HTPASSWD)
            config['auth'] = {'htpasswd': {'realm': 'roost', 'path': str(root / 'htpasswd')}}
            token = base64.b64encode(f'{USERNAME}:{PASSWORD}'.encode()).decode()
            self._authorization = {'Authorization': f'Basic {token}'}
        (root / 'config.yml').write_text(json.dumps(config))
        self.process = NodeProcess(
            ['docker-registry', 'serve', str(root / 'config.yml')], machine, root / 'registry.log'
        )

    @property
    def running(self) -> bool:
        """Tell whether the registry's process runs."""
        return self.process.running

    def start(self) -> None:
        """Start the registry and wait until it listens; nothing happens if it runs."""
        if self.running:
            return
        self.process.start()
        self.process.wait_log('listening on')

    def stop(self) -> None:
        """Stop the registry: connections are refused."""
        self.process.stop()

    def freeze(self) -> None:
        """Have the registry accept connections and answer none."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Undo `freeze`."""
        self.process.signal(signal.SIGCONT)

    def push(self, image: Image, name: str) -> str:
        """Store the image as `<name>:<tag>`; return the reference by which engines pull it."""
        repository, _, tag = name.partition(':')
        layers = []
        for layer in image.layers:
            path = layer.compressed()
            digest = digest_of(path)
            self._upload(repository, digest, path)
            layers.append({'mediaType': LAYER, 'size': path.stat().st_size, 'digest': digest})
        config_digest = f'sha256:{hashlib.sha256(image.config).hexdigest()}'
        self._upload(repository, config_digest, image.config)
        manifest = json.dumps(
            {
                'schemaVersion': 2,
                'mediaType': MANIFEST,
                'layers': layers,
                'config': {
                    'mediaType': CONFIG,
                    'size': len(image.config),
                    'digest': config_digest,
                },
            }
        ).encode()
        self._request(
            'PUT', f'/v2/{repository}/manifests/{tag}', manifest, {'Content-Type': MANIFEST}
        )
        return self.reference(name)

    def reference(self, name: str) -> str:
        """Return how engines call `<name>:<tag>` of this registry."""
        return f'{self.host}/{name}'

    def digest(self, name: str) -> str:
        """Return the digest by which `<name>:<tag>` can be pinned."""
        repository, _, tag = name.partition(':')
        headers = self._request(
            'HEAD', f'/v2/{repository}/manifests/{tag}', headers={'Accept': MANIFEST}
        )
        return headers['Docker-Content-Digest']

    def delete(self, name: str) -> None:
        """Remove `<name>:<tag>`, and what other tags of the name have the same content."""
        repository = name.partition(':')[0]
        self._request('DELETE', f'/v2/{repository}/manifests/{self.digest(name)}')

    def clear(self) -> None:
        """Remove everything that was pushed; the registry must be stopped."""
        if self.running:
            raise RuntimeError('stop the registry first')
        shutil.rmtree(self._storage, ignore_errors=True)

    def requests(self, method: str = '', path: str = '') -> int:
        """Count the requests answered so far, by method and by a part of the path."""
        return sum(
            f'] "{method}' in line and path in line for line in self.process.log.splitlines()
        )

    def _upload(self, repository: str, digest: str, content: Path | bytes) -> None:
        try:
            self._request('HEAD', f'/v2/{repository}/blobs/{digest}')
        except FileNotFoundError:
            started = self._request('POST', f'/v2/{repository}/blobs/uploads/')
            location = started['Location']
            separator = '&' if '?' in location else '?'
            self._request(
                'PUT',
                f'{location}{separator}digest={digest}',
                content,
                {'Content-Type': 'application/octet-stream'},
            )

    def _request(
        self,
        method: str,
        url: str,
        body: Path | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        data = body.read_bytes() if isinstance(body, Path) else body
        path = url.removeprefix(f'http://{self.machine.address}:{PORT}')
        with self.machine.entered():
            connection = http.client.HTTPConnection(self.machine.address, PORT, timeout=60)
            connection.connect()
        try:
            connection.request(method, path, data, {**self._authorization, **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode(errors='replace')
        finally:
            connection.close()
        if response.status == http.HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(f'{path}: {text}')
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f'{method} {path}: {response.status} {text}')
        return dict(response.getheaders())
