# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Services whose answers take time: the node goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
import traceback
from typing import Any, Protocol

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

from roost_core.problem import ResultCode
from roost_wire.convert.basic import refused
from roost_wire.session import Session

# Gives the answer to a request, once, from any thread.
Reply = Callable[[Any], None]


class Workers(Protocol):
    """Threads that carry out what they are given."""

    def submit(self, task: Callable[[], None], /) -> object:
        """Have a task carried out, soon."""


class DeferredServices:
    """Offers services that are answered later, from other threads than the spinning one."""

    def __init__(self, session: Session) -> None:
        """Offer services of a session's node."""
        self._session = session
        self._log = session.node.get_logger()
        # A mutually exclusive group would stay blocked while a reply is deferred.
        self._group = ReentrantCallbackGroup()

    def offer(
        self, kind: Any, name: str, answer: Callable[[Any], Any], *, workers: Workers
    ) -> None:
        """Offer a service that a worker answers.

        Args:
            answer: gives the response to a request, on a thread of the workers. What it raises
                is logged, and told to the caller as a defect.
        """

        def begin(request: Any, reply: Reply) -> None:
            def work() -> None:
                reply(self._guarded(kind, name, answer, request))

            workers.submit(work)

        self.offer_begun(kind, name, begin)

    def offer_begun(self, kind: Any, name: str, begin: Callable[[Any, Reply], None]) -> None:
        """Offer a service that is begun on the spinning thread and replied to when it is time.

        Args:
            begin: takes the request, and what replies to it; must not block.
        """

        async def on_request(request: Any, response: Any) -> Any:
            future: Future = Future(executor=self._session.executor)

            def reply(answer: Any) -> None:
                self._session.post(lambda: future.done() or future.set_result(answer))

            try:
                begin(request, reply)
            except Exception as defect:  # noqa: BLE001 - told to the caller, and logged
                return self._defect(kind, name, defect)
            return await future

        self._session.node.create_service(kind, name, on_request, callback_group=self._group)

    def _guarded(self, kind: Any, name: str, answer: Callable[[Any], Any], request: Any) -> Any:
        try:
            return answer(request)
        except Exception as defect:  # noqa: BLE001 - told to the caller, and logged
            return self._defect(kind, name, defect)

    def _defect(self, kind: Any, name: str, defect: Exception) -> Any:
        self._log.error(f"a request of '{name}' failed:\n{traceback.format_exc()}")
        return kind.Response(
            result=refused(
                ResultCode.INTERNAL, f"a defect of '{self._session.node.get_name()}': {defect!r}"
            )
        )
