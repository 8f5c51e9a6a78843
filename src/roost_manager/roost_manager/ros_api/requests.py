# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests that change something: guarded, checked, answered once, and safe to repeat."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import hashlib
import json
import traceback
from typing import Any, TypeVar

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.serialization import deserialize_message, serialize_message

from roost_core.problem import ResultCode
from roost_manager.manager import Manager
from roost_manager.recovery import behind_text
from roost_manager.refusal import Refusal
from roost_manager.store import StoreConflict, StoreUnavailable
from roost_manager.work import UnitOfWork
from roost_wire.convert.basic import refused

# Carries out a request: fills the response and stages what it changes.
UseCase = Callable[[UnitOfWork, Any, Any], None]

# Answers a question: fills the response.
Question = Callable[[Any, Any], None]

# Answers a request as a service does, whatever happens.
Ask = Callable[[Any, Any], Any]

H = TypeVar('H')

# Type of a service, and what handles it.
Service = tuple[Any, H]

MAX_REQUEST_ID = 200
MAX_REQUESTED_BY = 200


class Requests:
    """Carry out requests so that nothing they do can hurt the node, and nothing is done twice."""

    def __init__(self, manager: Manager, logger: RcutilsLogger) -> None:
        """Serve requests to a manager."""
        self._manager = manager
        self._logger = logger

    def answering(self, question: Question) -> Ask:
        """Answer a question; every refusal becomes a result, every defect is logged and told."""
        return lambda request, response: self._answer(question, request, response)

    def changing(self, use_case: UseCase) -> Ask:
        """Carry out what changes something; repeated, it is answered the same.

        A dry run is answered likewise, and nothing of it is committed.
        """

        def handle(request: Any, response: Any) -> None:
            if getattr(request, 'dry_run', False):
                use_case(self._manager.begin(), request, response)
            else:
                self._carry_out(use_case, request, response, check=self._refuse_when_behind)

        return self.answering(handle)

    def recovering(self, use_case: UseCase) -> Ask:
        """Carry out the request that ends being behind; repeated, it is answered the same."""

        def handle(request: Any, response: Any) -> None:
            self._carry_out(use_case, request, response, check=lambda: None)

        return self.answering(handle)

    def _answer(self, question: Question, request: Any, response: Any) -> Any:
        try:
            response.result.ok = True
            question(request, response)
        except Refusal as refusal:
            response = type(response)()
            response.result = refused(refusal.code, refusal.message, refusal.problems)
        except StoreConflict as conflict:
            response = type(response)()
            response.result = refused(ResultCode.CONFLICT, f'taken meanwhile: {conflict}')
        except StoreUnavailable as fault:
            response = type(response)()
            response.result = refused(ResultCode.UNAVAILABLE, f'nothing was changed: {fault}')
        except Exception as defect:  # noqa: BLE001 - told and logged; it must not end the node
            self._logger.error(f'a request failed:\n{traceback.format_exc()}')
            response = type(response)()
            response.result = refused(
                ResultCode.INTERNAL, f'a defect of the manager, see its log: {defect!r}'
            )
        return response

    def _carry_out(
        self, use_case: UseCase, request: Any, response: Any, *, check: Callable[[], None]
    ) -> None:
        _check_length('request_id', request.request_id, MAX_REQUEST_ID)
        _check_length('requested_by', request.requested_by, MAX_REQUESTED_BY)
        digest = _digest(request)
        known = self._known(request, digest, type(response))
        if known is not None:
            _copy(known, response)
            return
        check()
        work = self._manager.begin()
        use_case(work, request, response)
        if not response.result.ok:
            return
        if request.request_id:
            work.remember(request.request_id, digest, serialize_message(response))
        self._manager.finish(work)

    def _known(self, request: Any, digest: str, cls: type) -> Any:
        if not request.request_id:
            return None
        answer = self._manager.store.answer(request.request_id)
        if answer is None:
            return None
        if answer.digest != digest:
            raise Refusal(
                ResultCode.REPLAYED,
                f"request_id '{request.request_id}' was used for another request; take a new one",
            )
        return deserialize_message(answer.answer, cls)

    def _refuse_when_behind(self) -> None:
        device = self._manager.fleet.behind()
        if device:
            raise Refusal(ResultCode.UNAVAILABLE, behind_text(device))


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Refusal(ResultCode.TOO_LARGE, f'{name} is longer than {most} characters')


def _digest(request: Any) -> str:
    """Identify a request by its content; serialized it has padding, which is never the same."""
    content = json.dumps([type(request).__name__, _plain(request)])
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, 'get_fields_and_field_types'):
        names = value.get_fields_and_field_types()
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, array):  # numbers, of which there may be many
        return hashlib.sha256(value.tobytes()).hexdigest()
    return [_plain(item) for item in value]


def _copy(source: Any, target: Any) -> None:
    for name in source.get_fields_and_field_types():
        setattr(target, name, getattr(source, name))
