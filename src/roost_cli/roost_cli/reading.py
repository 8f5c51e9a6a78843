# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages to the client's model: by the names and types of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, UTC
from functools import cache, partial
from typing import Any, get_args, get_origin, get_type_hints, TypeVar

from roost_core.deployment import Outcome
from roost_core.event import EventKind
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status
from roost_wire.convert.basic import mapping_of, seconds_of
from roost_wire.convert.states import EVENT_KIND_OF, LIVENESS_OF, OUTCOME_OF, PHASE_OF, STATUS_OF

T = TypeVar('T')


def read(cls: type[T], message: Any) -> T:
    """Build a dataclass of the model from a message with the same field names."""
    kind: Any = cls
    return cls(**{name: convert(getattr(message, name)) for name, convert in _readers(kind)})


def read_all(cls: type[T], messages: Any) -> tuple[T, ...]:
    """Build one for each message."""
    return tuple(read(cls, message) for message in messages)


def _time(stamp: Any) -> datetime | None:
    seconds = seconds_of(stamp)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


_BY_TYPE: dict[Any, Callable[[Any], Any]] = {
    Phase: PHASE_OF.__getitem__,
    Phase | None: PHASE_OF.get,
    Status: STATUS_OF.__getitem__,
    Liveness: LIVENESS_OF.__getitem__,
    EventKind | None: EVENT_KIND_OF.get,
    Outcome | None: OUTCOME_OF.get,
    datetime | None: _time,
    Mapping[str, str]: mapping_of,
}


@cache
def _readers(cls: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    hints = get_type_hints(cls)
    return tuple((field.name, _reader(hints[field.name])) for field in fields(cls))


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda values: tuple(item(value) for value in values)
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(read, hint)
    return hint  # type: ignore[no-any-return]  # str, int, float, bool
