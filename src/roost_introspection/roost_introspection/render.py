# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph in the formats that people ask for; Graphviz lays out and paints."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import threading

from roost_core.graph.dot import to_dot
from roost_core.graph.model import DependencyGraph
from roost_core.graph.text import to_text
from roost_core.problem import ResultCode

MEDIA_TYPES = {
    'dot': 'text/vnd.graphviz',
    'svg': 'image/svg+xml',
    'png': 'image/png',
    'json': 'application/json',
    'text': 'text/plain; charset=utf-8',
}
# DOT is given out laid out: Graphviz reads it either way, rqt only so. A PNG is painted in memory
# with 4 bytes for each of its 96 dots to the inch: a very large graph is made smaller.
_BY_GRAPHVIZ = {'dot': ('-Tdot',), 'svg': ('-Tsvg',), 'png': ('-Tpng', '-Gsize=125,62.5')}


class RenderFailed(RuntimeError):
    """A picture could not be made; code is the ResultCode that says why."""

    def __init__(self, code: ResultCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class Renderer:
    """Renders graphs; blocks while Graphviz works, so not for the spinning thread."""

    def __init__(self, *, timeout_sec: float, program: str = 'dot') -> None:
        self._timeout_sec = timeout_sec
        self._program = program
        self._lock = threading.Lock()
        self._working: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def render(self, graph: DependencyGraph, format_name: str) -> bytes:
        """Render in one of the formats of MEDIA_TYPES.

        Raises:
            RenderFailed: no such format, no Graphviz, or it took too long.
        """
        if format_name == 'text':
            return to_text(graph).encode()
        if format_name == 'json':
            return json.dumps(dataclasses.asdict(graph), indent=1).encode()
        if format_name not in _BY_GRAPHVIZ:
            known = ', '.join(f"'{name}'" for name in sorted(MEDIA_TYPES))
            raise RenderFailed(
                ResultCode.INVALID, f"format '{format_name:.40}' is none of {known}"
            )
        source = to_dot(graph, picture=format_name != 'dot')
        return self._run_graphviz(source.encode(), format_name)

    def close(self) -> None:
        """End what Graphviz is working on; whoever waits for it gets RenderFailed."""
        with self._lock:
            self._closed = True
            for process in self._working:
                process.kill()

    def _run_graphviz(self, source: bytes, format_name: str) -> bytes:
        with self._lock:
            if self._closed:
                raise RenderFailed(ResultCode.UNAVAILABLE, 'introspection is shutting down')
            try:
                process = subprocess.Popen(
                    [self._program, *_BY_GRAPHVIZ[format_name]],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            except OSError as error:
                raise RenderFailed(
                    ResultCode.UNAVAILABLE,
                    f"Graphviz ('{self._program}') cannot be run: {error.strerror}. Install the"
                    ' package graphviz, or ask for json or text',
                ) from error
            self._working.add(process)
        try:
            painted, complaint = process.communicate(source, self._timeout_sec)
        except subprocess.TimeoutExpired as error:
            raise RenderFailed(
                ResultCode.TIMEOUT,
                f'Graphviz needs more than {self._timeout_sec:g} s for this graph. Ask for a part'
                ' of it, with a root and a depth, or without communication',
            ) from error
        finally:
            process.kill()
            process.communicate()
            with self._lock:
                self._working.discard(process)
        if process.returncode != 0:
            said = complaint.decode(errors='replace').strip()
            raise RenderFailed(
                ResultCode.INTERNAL, f'Graphviz ended with {process.returncode}: {said:.300}'
            )
        return painted
