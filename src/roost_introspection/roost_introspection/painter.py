# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the published drawing up to date without holding up anything else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
import threading

from roost_core.graph.dot import to_dot
from roost_core.graph.model import DependencyGraph
from roost_introspection.render import Renderer, RenderFailed


class Painter:
    """Paints the newest graph; those that came and went while it painted are left out."""

    def __init__(
        self,
        renderer: Renderer,
        workers: Executor,
        *,
        publish: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self._renderer = renderer
        self._workers = workers
        self._publish = publish
        self._complain = complain
        self._lock = threading.Lock()
        self._newest: DependencyGraph | None = None
        self._busy = False

    def show(self, graph: DependencyGraph) -> None:
        """Have a graph painted and published, soon."""
        with self._lock:
            self._newest = graph
            if self._busy:
                return
            self._busy = True
        self._workers.submit(self._paint)

    def _paint(self) -> None:
        while True:
            with self._lock:
                graph, self._newest = self._newest, None
                if graph is None:
                    self._busy = False
                    return
            try:
                text = self._renderer.render(graph, 'dot').decode()
            except RenderFailed as failure:
                self._complain(f'the published DOT has no positions: {failure}')
                text = to_dot(graph)
            self._publish(text)
