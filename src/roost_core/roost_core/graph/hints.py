# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Guesses why the other end of something is missing, for the end of a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from roost_core.graph.declared import EDGE_KINDS
from roost_core.graph.model import EdgeKind
from roost_core.graph.parties import Parties, quoted
from roost_core.graph.talk import Talk
from roost_core.names import suggestion

_APART = 'ends on different networks do not meet.'


class Hints:
    """Knows what else there is; each hint is empty or begins with a blank."""

    def __init__(self, talks: Iterable[Talk], parties: Parties) -> None:
        self._parties = parties
        self._talks: dict[tuple[EdgeKind, str], list[Talk]] = {}
        self._loose: dict[tuple[EdgeKind, str], list[Talk]] = {}
        for talk in talks:
            self._talks.setdefault((talk.kind, talk.name), []).append(talk)
            if not (talk.sources and talk.targets):
                self._loose.setdefault((talk.kind, talk.network), []).append(talk)

    def of_source(self, talk: Talk) -> str:
        """Guess where the publisher or provider is that is missing."""
        return next(self._of_source(talk), '')

    def of_target(self, talk: Talk) -> str:
        """Guess where the subscriber is that may be missing."""
        for other in self._elsewhere(talk):
            if other.targets:
                who = self._parties.named(other.targets)
                return f' On network {quoted(other.network)} there is one, {who}: {_APART}'
        near = self._near(talk, [each for each in self._loose_ones(talk) if not each.sources])
        return f' Is {near} meant, which nobody publishes?' if near else ''

    def _of_source(self, talk: Talk) -> Iterator[str]:
        for deployment in self._parties.deployments.values():
            for component in deployment.components:
                names = {(EDGE_KINDS[each.kind], each.name) for each in component.interfaces}
                if (talk.kind, talk.name) not in names:
                    continue
                name = quoted(deployment.name)
                if component.network != talk.network:
                    yield f' {name} declares it, on network {quoted(component.network)}: {_APART}'
                elif not self._parties.runs(deployment, component.name):
                    yield f' {name} declares it, and does not run wholly: look into that first.'
        for other in self._elsewhere(talk):
            if other.sources:
                who = self._parties.named(other.sources)
                yield f' On network {quoted(other.network)} it comes from {who}: {_APART}'
        near = self._near(talk, [each for each in self._loose_ones(talk) if not each.targets])
        if near:
            yield f' Is {near} meant, which nobody uses?'

    def _elsewhere(self, talk: Talk) -> Iterator[Talk]:
        for other in self._talks[talk.kind, talk.name]:
            if other.network != talk.network:
                yield other

    def _loose_ones(self, talk: Talk) -> list[Talk]:
        """List those of a type of this one that have one end too few."""
        types = set(talk.types)
        loose = self._loose.get((talk.kind, talk.network), [])
        return [each for each in loose if types & set(each.types)]

    def _near(self, talk: Talk, others: list[Talk]) -> str:
        base = talk.name.rpartition('/')[2]
        same_base = [each for each in others if each.name.rpartition('/')[2] == base]
        if len(same_base) == 1:
            return self._told(same_base[0])
        hint = suggestion(talk.name, (each.name for each in others))
        return next((self._told(each) for each in others if quoted(each.name) in hint), '')

    def _told(self, talk: Talk) -> str:
        return f'{quoted(talk.name)} of {self._parties.named(talk.sources | talk.targets)}'
