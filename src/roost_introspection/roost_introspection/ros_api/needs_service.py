# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service ~/who_needs: who would suffer if something stopped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from roost_core.graph.asked import UnknownThing
from roost_core.graph.needs import Answer
from roost_core.problem import ResultCode
from roost_interfaces import srv
from roost_wire.convert.basic import refused
from roost_wire.convert.needs import answer_message
from roost_wire.deferred import DeferredServices


class NeedsService:
    """Answers from workers, as all that looks at the whole graph does."""

    def __init__(
        self,
        services: DeferredServices,
        *,
        who_needs: Callable[[str, str, int], Answer],
        workers: Executor,
    ) -> None:
        """Take what answers for a name, a network and a depth, and raises UnknownThing."""
        self._who_needs = who_needs
        services.offer(srv.WhoNeeds, '~/who_needs', self._on_request, workers=workers)

    def _on_request(self, request: srv.WhoNeeds.Request) -> srv.WhoNeeds.Response:
        try:
            answer = self._who_needs(request.what, request.network, request.depth)
        except UnknownThing as unknown:
            return srv.WhoNeeds.Response(
                result=refused(ResultCode.NOT_FOUND, str(unknown.args[0]))
            )
        return answer_message(answer)
