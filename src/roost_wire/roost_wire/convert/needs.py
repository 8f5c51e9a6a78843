# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who needs something, as messages."""

from __future__ import annotations

from roost_core.graph.needs import Answer, By, Need
from roost_interfaces import msg, srv
from roost_wire.convert.basic import accepted

BYS = {
    By.DEPENDENCY: msg.Need.BY_DEPENDENCY,
    By.TOPIC: msg.Need.BY_TOPIC,
    By.SERVICE: msg.Need.BY_SERVICE,
    By.ACTION: msg.Need.BY_ACTION,
}
BY_OF = {number: by for by, number in BYS.items()}


def answer_message(answer: Answer) -> srv.WhoNeeds.Response:
    """Write the answer."""
    return srv.WhoNeeds.Response(
        result=accepted(),
        found=list(answer.found),
        summary=answer.summary,
        needs=[need_message(each) for each in answer.needs],
    )


def answer_of(response: srv.WhoNeeds.Response) -> Answer:
    """Read the answer, without needs of a kind that is not understood."""
    return Answer(
        found=tuple(response.found),
        summary=response.summary,
        needs=tuple(need_of(each) for each in response.needs if each.by in BY_OF),
    )


def need_message(need: Need) -> msg.Need:
    """Write who needs something."""
    return msg.Need(
        vertex=need.vertex,
        label=need.label,
        deployment_id=need.deployment_id,
        needs=need.needs,
        by=BYS[need.by],
        names=list(need.names),
        distance=need.distance,
    )


def need_of(message: msg.Need) -> Need:
    """Read who needs something."""
    return Need(
        vertex=message.vertex,
        label=message.label,
        deployment_id=message.deployment_id,
        needs=message.needs,
        by=BY_OF[message.by],
        names=tuple(message.names),
        distance=message.distance,
    )
