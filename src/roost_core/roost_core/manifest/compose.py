# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of a file -> trees of its documents, whatever the text is, within fixed bounds.

Works on the events of PyYAML and not on its constructors: no tag has an effect, depth is bounded,
an alias costs what it expands to, and what follows a broken document is read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
import re
from typing import Protocol

import yaml

from roost_core.manifest.reporter import Reporter
from roost_core.manifest.scalars import resolve, shown
from roost_core.manifest.tree import Entry, Mark, Node
from roost_core.problem import ResultCode

MAX_DEPTH = 32
MAX_DOCUMENTS = 2000
MAX_WEIGHT = 4 * 1024 * 1024
_WEIGHT_OF_A_NODE = 16

# libyaml where PyYAML was built with it: the same events, ten times as fast.
_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)

BREAK = re.compile('\r\n|[\r\n\x85\u2028\u2029]')
# A line that begins with '---' begins a document, wherever it stands (YAML 1.2, section 9.1.2).
_DOCUMENT_START = re.compile(r'^(?:%.{0,200}\n){0,4}---(?=\s|$)', re.MULTILINE)
_NOT_YAML = re.compile('[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
_NOT_TEXT = re.compile('[\x00\ud800-\udfff]')
# Of what looks like a document of kind Secret, problems quote nothing.
_SECRET = re.compile(r'\bkind\b(?:\W{1,20}|[^\n]{0,60})secret', re.IGNORECASE)


class _AnyMark(Protocol):
    line: int
    column: int


_TAG = 'tag:yaml.org,2002:'


@dataclass(slots=True)
class Budget:
    """What a load may still cost, all its files together."""

    documents: int = MAX_DOCUMENTS
    weight: int = MAX_WEIGHT


class _TooMuch(Exception):
    """A bound of the load was hit; the rest of it is not looked at."""


class _Broken(Exception):
    """This document cannot be read further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a file, mostly one document; all parts one after the other are the file.

    Attributes:
        roots: trees of its documents; empty documents have none.
        clear: all of it was read, without a problem.
    """

    text: str
    roots: tuple[Node, ...] = ()
    clear: bool = False


def compose(text: str, reporter: Reporter, budget: Budget) -> Iterator[Node]:
    """Yield the tree of each document of a file; report what cannot be read."""
    for part in compose_parts(text, reporter, budget):
        yield from part.roots


def compose_parts(text: str, reporter: Reporter, budget: Budget) -> Iterator[Part]:
    """Yield a file in parts; report what cannot be read."""
    if unreadable := _NOT_YAML.search(text):
        reporter.add(
            _mark_of(text, unreadable.start()),
            f'the character {unreadable.group()!a} cannot be in YAML',
            'remove it, or write it as an escape in double quotes',
        )
        yield Part(text=text)
        return
    enough = False
    for line, chunk in _chunks(text):
        if enough or reporter.full:
            yield Part(text=chunk)
            continue
        before = len(reporter.found)
        roots: list[Node] = []
        discreet = reporter.of(discreet=_SECRET.search(chunk) is not None)
        try:
            roots.extend(_Composer(chunk, line, discreet, budget).documents())
        except _Broken:
            pass
        except _TooMuch:
            enough = True
        yield Part(text=chunk, roots=tuple(roots), clear=len(reporter.found) == before)


def _mark_of(text: str, index: int) -> Mark:
    before = text[:index]
    return Mark(before.count('\n') + 1, index - before.rfind('\n'))


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Split before each document, so that each is read whatever its neighbours are."""
    line, start = 0, 0
    for match in _DOCUMENT_START.finditer(text):
        if match.start() > start:
            yield line, text[start : match.start()]
            line += len(BREAK.findall(text, start, match.start()))
            start = match.start()
    yield line, text[start:]


@dataclass(slots=True)
class _Composer:
    """Builds the trees of one chunk of text."""

    text: str
    line: int
    reporter: Reporter
    budget: Budget
    events: Iterator[yaml.Event] = field(init=False)
    anchors: dict[str, Node | None] = field(default_factory=dict)

    def documents(self) -> Iterator[Node]:
        self.events = yaml.parse(self.text, Loader=_Loader)
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._spend_document(event)
                self.anchors.clear()
                node = self._node(self._next(), depth=1)
                if node.value is not None:
                    yield node

    def _next(self) -> yaml.Event:
        try:
            return next(self.events)
        except yaml.MarkedYAMLError as error:
            self._report_syntax(error)
            raise _Broken from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            self.reporter.add(Mark(self.line + 1, 1), f'not YAML: {error!s:.200}')
            raise _Broken from error

    def _mark(self, event: yaml.Event) -> Mark:
        return self._place(event.start_mark) or Mark(self.line + 1, 1)

    def _place(self, mark: _AnyMark | None) -> Mark | None:
        return None if mark is None else Mark(mark.line + self.line + 1, mark.column + 1)

    def _spend_document(self, event: yaml.Event) -> None:
        self.budget.documents -= 1
        if self.budget.documents < 0:
            self._too_much(self._mark(event), f'more than {MAX_DOCUMENTS} documents at once')

    def _spend(self, weight: int, mark: Mark) -> None:
        self.budget.weight -= weight
        if self.budget.weight < 0:
            self._too_much(mark, 'the manifests are too large, with their aliases expanded')

    def _too_much(self, mark: Mark, message: str) -> None:
        self.reporter.add(mark, message, 'apply them in parts', code=ResultCode.TOO_LARGE)
        raise _TooMuch

    def _node(self, event: yaml.Event, depth: int) -> Node:
        mark = self._mark(event)
        if not isinstance(event, yaml.NodeEvent):
            raise _Broken
        anchor: str | None = event.anchor
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(anchor), mark)
        if depth > MAX_DEPTH:
            self.reporter.add(mark, f'nested more than {MAX_DEPTH} levels deep')
            raise _Broken
        if anchor is not None:
            self.anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, mark)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, mark, depth)
        else:
            node = self._mapping(event, mark, depth)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _alias(self, anchor: str, mark: Mark) -> Node:
        if anchor not in self.anchors:
            self.reporter.add(mark, f'there is no anchor {shown("&" + anchor)} before this alias')
            raise _Broken
        node = self.anchors[anchor]
        if node is None:
            self.reporter.add(mark, f'the alias {shown("*" + anchor)} contains itself')
            raise _Broken
        self._spend(node.weight, mark)
        return node

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Node:
        text = event.value
        weight = _WEIGHT_OF_A_NODE + len(text)
        self._spend(weight, mark)
        if _NOT_TEXT.search(text):
            self.reporter.add(mark, 'NUL and surrogates cannot be in a text')
            text = _NOT_TEXT.sub('?', text)
        self._check_tag(event.tag, mark, 'str')
        if event.style or event.tag is not None:
            return Node(mark, text, weight=weight)
        try:
            return Node(mark, resolve(text), source=text, weight=weight)
        except ValueError as error:
            self.reporter.add(mark, f'{shown(text)} is {error}', 'quote it if it is meant as text')
            return Node(mark, 0, source=text, weight=weight)

    def _check_tag(self, tag: str | None, mark: Mark, allowed: str) -> None:
        if tag is None or tag in ('!', _TAG + allowed):
            return
        short = '!!' + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
        self.reporter.add(mark, f'the tag {shown(short)} is not allowed', 'remove it')

    def _sequence(self, start: yaml.Event, mark: Mark, depth: int) -> Node:
        self._check_tag(getattr(start, 'tag', None), mark, 'seq')
        before = self.budget.weight
        self._spend(_WEIGHT_OF_A_NODE, mark)
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Node(mark, items, weight=before - self.budget.weight)

    def _mapping(self, start: yaml.Event, mark: Mark, depth: int) -> Node:
        self._check_tag(getattr(start, 'tag', None), mark, 'map')
        before = self.budget.weight
        self._spend(_WEIGHT_OF_A_NODE, mark)
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_node = self._node(event, depth + 1)
            key = self._key(key_node)
            value = self._node(self._next(), depth + 1)
            if key in entries:
                self.reporter.add(
                    key_node.mark,
                    f'the key {shown(key)} is there twice, first in line {entries[key].key.line}',
                    'keep one of them',
                )
            elif key is not None:
                entries[key] = Entry(key_node.mark, value)
        return Node(mark, entries, weight=before - self.budget.weight)

    def _key(self, node: Node) -> str | None:
        if isinstance(node.value, str) and node.source == '<<':
            self.reporter.add(
                node.mark, "merge keys ('<<') are not supported", 'write the entries out'
            )
            return None
        if isinstance(node.value, str):
            return node.value
        if isinstance(node.value, (list, dict)):
            self.reporter.add(node.mark, 'a key must be text, not a list or a mapping')
            return None
        self.reporter.add(
            node.mark,
            f'the key {shown(node.source)} is not text',
            f'quote it: "{node.source[:60]}"',
        )
        return None

    def _report_syntax(self, error: yaml.MarkedYAMLError) -> None:
        place = self._place(error.problem_mark or error.context_mark) or Mark(self.line + 1, 1)
        problem, context = error.problem or 'it cannot be read', error.context or ''
        at = error.problem_mark.index if error.problem_mark else 0
        if 'cannot start any token' in problem and self.text[at : at + 1] == '\t':
            self.reporter.add(place, 'a tab is used for indentation', 'indent with spaces')
            return
        begin = self._place(error.context_mark)
        if context and begin and begin.line != place.line:
            context += f' that begins in line {begin.line}'
        text = ', '.join(part for part in (problem, context) if part)
        self.reporter.add(place, f'not YAML: {text:.300}')
