# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service ~/get_graph: any part of the graph, in any format."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from rclpy.clock import Clock

from roost_core.graph.model import DependencyGraph
from roost_core.graph.view import Switches, UnknownRoot
from roost_core.problem import ResultCode
from roost_interfaces import srv
from roost_introspection.render import MEDIA_TYPES, Renderer, RenderFailed
from roost_introspection.ros_api.publications import Publications
from roost_wire.convert.basic import accepted, refused
from roost_wire.convert.graph import graph_message
from roost_wire.deferred import DeferredServices


class GraphService:
    """Answers from workers: Graphviz may take seconds, and the node goes on meanwhile."""

    def __init__(
        self,
        services: DeferredServices,
        publications: Publications,
        *,
        clock: Clock,
        graph: Callable[[Switches], DependencyGraph],
        renderer: Renderer,
        workers: Executor,
    ) -> None:
        self._clock = clock
        self._publications = publications
        self._graph = graph
        self._renderer = renderer
        services.offer(srv.GetGraph, '~/get_graph', self._on_request, workers=workers)

    def _on_request(self, request: srv.GetGraph.Request) -> srv.GetGraph.Response:
        try:
            return self._answer(request)
        except UnknownRoot as error:
            return srv.GetGraph.Response(result=refused(ResultCode.NOT_FOUND, str(error.args[0])))
        except RenderFailed as failure:
            return srv.GetGraph.Response(result=refused(failure.code, str(failure)))

    def _answer(self, request: srv.GetGraph.Request) -> srv.GetGraph.Response:
        graph = self._graph(
            Switches(
                root=request.root,
                depth=request.depth,
                network=request.network,
                hide_communication=request.hide_communication,
                hide_not_running=request.hide_not_running,
                show_infrastructure=request.show_infrastructure,
                open_foreign=request.open_foreign,
            )
        )
        response = srv.GetGraph.Response(
            result=accepted(),
            graph=graph_message(
                graph,
                revision=self._publications.graph_revision,
                stamp=self._clock.now().to_msg(),
            ),
        )
        if request.format != srv.GetGraph.Request.FORMAT_MESSAGE:
            response.content = self._renderer.render(graph, request.format)
            response.media_type = MEDIA_TYPES[request.format]
        return response
