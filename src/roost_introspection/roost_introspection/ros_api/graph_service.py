# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service ~/get_graph: any part of the graph, in any format."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import traceback

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

from roost_core.graph.model import DependencyGraph
from roost_core.graph.view import Switches, UnknownRoot
from roost_core.problem import ResultCode
from roost_interfaces import srv
from roost_introspection.render import MEDIA_TYPES, Renderer, RenderFailed
from roost_introspection.ros_api.publications import Publications
from roost_wire.convert.basic import accepted, refused
from roost_wire.convert.graph import graph_message
from roost_wire.session import Session


class GraphService:
    """Answers from workers: Graphviz may take seconds, and the node goes on meanwhile."""

    def __init__(
        self,
        session: Session,
        publications: Publications,
        *,
        graph: Callable[[Switches], DependencyGraph],
        renderer: Renderer,
        workers: ThreadPoolExecutor,
    ) -> None:
        self._session = session
        self._log = session.node.get_logger()
        self._clock = session.node.get_clock()
        self._publications = publications
        self._graph = graph
        self._renderer = renderer
        self._workers = workers
        # A mutually exclusive group would stay blocked while a reply is deferred.
        session.node.create_service(
            srv.GetGraph,
            '~/get_graph',
            self._on_request,
            callback_group=ReentrantCallbackGroup(),
        )

    async def _on_request(
        self, request: srv.GetGraph.Request, response: srv.GetGraph.Response
    ) -> srv.GetGraph.Response:
        future: Future = Future(executor=self._session.executor)

        def work() -> None:
            answer = self._guarded(request)
            self._session.post(lambda: future.set_result(answer))

        self._workers.submit(work)
        return await future

    def _guarded(self, request: srv.GetGraph.Request) -> srv.GetGraph.Response:
        try:
            return self._answer(request)
        except UnknownRoot as error:
            code, text = ResultCode.NOT_FOUND, str(error.args[0])
        except RenderFailed as failure:
            code, text = failure.code, str(failure)
        except Exception as defect:  # noqa: BLE001 - told to the caller, and logged
            self._log.error(f'a request for the graph failed:\n{traceback.format_exc()}')
            code = ResultCode.INTERNAL
            text = f'a defect of introspection, see its log: {defect!r}'
        return srv.GetGraph.Response(result=refused(code, text))

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
