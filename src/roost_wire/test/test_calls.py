# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls over a service that loses what a test wants lost."""

import threading
import time

import pytest
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

from roost_interfaces.srv import Explain, Recover
from roost_wire.calls import call, CallTimeout
from roost_wire.session import Session
from testbed.domains import own_domain
from testbed.wait import eventually


class Server:
    """Answers from a certain request on, with the number of that request."""

    def __init__(self, session, kind):
        self.asked = []
        self.answers_from = 1
        self.takes_sec = 0.0
        self.session = session
        session.node.create_service(
            kind, '~/ask', self._ask, callback_group=ReentrantCallbackGroup()
        )

    async def _ask(self, request, response):
        self.asked.append(time.monotonic())
        number = len(self.asked)
        if number < self.answers_from:
            await Future(executor=self.session.executor)
        threading.Event().wait(self.takes_sec)
        response.result.message = str(number)
        return response


@pytest.fixture
def make(monkeypatch):
    """Make a server and a client of a service."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with (
        own_domain() as domain_id,
        Session('server', domain_id=domain_id) as serving,
        Session('asker', domain_id=domain_id) as asking,
    ):

        def make(kind):
            """Give them once they know each other: by themselves they lose no answer."""
            server, client = Server(serving, kind), asking.node.create_client(kind, '/server/ask')
            eventually(client.service_is_ready)
            eventually(lambda: serving.node.count_clients('/server/ask'))
            return server, client

        yield make


def test_a_lost_answer_is_asked_for_again(make):
    server, client = make(Explain)
    server.answers_from = 4

    answer = call(
        client,
        Explain.Request(),
        timeout_sec=20,
        resend_after_sec=0.05,
        resend_at_most_every_sec=0.1,
    )

    assert answer.result.message == '4'


def test_an_early_try_may_still_be_the_one_that_is_answered(make):
    server, client = make(Explain)
    server.takes_sec = 0.5

    answer = call(client, Explain.Request(), timeout_sec=20, resend_after_sec=0.1)

    assert answer.result.message == '1'


@pytest.mark.parametrize(
    ('kind', 'request_id', 'resend'),
    [(Recover, '', 0.05), (Recover, 'r1', None), (Explain, None, None)],
)
def test_what_may_not_be_repeated_is_sent_once(make, kind, request_id, resend):
    server, client = make(kind)
    server.answers_from = 2
    request = kind.Request() if request_id is None else kind.Request(request_id=request_id)

    with pytest.raises(CallTimeout, match=r"no answer from '/server/ask' \(waited 0.5 s\)"):
        call(client, request, timeout_sec=0.5, resend_after_sec=resend)

    assert len(server.asked) == 1


def test_a_request_with_an_id_is_repeated(make):
    server, client = make(Recover)
    server.answers_from = 3

    answer = call(client, Recover.Request(request_id='r1'), timeout_sec=20, resend_after_sec=0.05)

    assert answer.result.message == '3'


def test_the_deadline_holds_over_all_tries(make):
    server, client = make(Explain)
    server.answers_from = 10**6
    began = time.monotonic()

    with pytest.raises(CallTimeout):
        call(client, Explain.Request(), timeout_sec=1.0, resend_after_sec=0.1)

    assert 0.9 < time.monotonic() - began < 3.0
    assert len(server.asked) >= 3


def test_nobody_there_is_told(make):
    server, _ = make(Explain)
    nobody = server.session.node.create_client(Explain, '/nowhere')

    with pytest.raises(CallTimeout, match="nobody offers '/nowhere'"):
        call(nobody, Explain.Request(), timeout_sec=0.2)
