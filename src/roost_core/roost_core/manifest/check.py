# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Violations of the schema -> problems in the words of a person, each at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
import json
from typing import Any

from jsonschema import ValidationError

from roost_core.manifest.reporter import Reporter
from roost_core.manifest.scalars import shown
from roost_core.manifest.schema import definition, Schema, schema, validator
from roost_core.manifest.tree import descend, Mark, Node, Path, plain

_TYPES = {
    'string': 'text',
    'integer': 'a whole number',
    'number': 'a number',
    'boolean': 'true or false',
    'array': 'a list',
    'object': 'a mapping',
}
# Longer words are no misspelling of ours, and comparing them would cost.
_MAX_COMPARED = 63


def check(root: Node, reporter: Reporter) -> None:
    """Report every violation of the schema in a document."""
    for error in validator().iter_errors(plain(root)):
        if reporter.full:
            return
        _Violation(error, root, reporter).report()


class _Violation:
    """One error of the validator, and where it is."""

    def __init__(self, error: ValidationError, root: Node, reporter: Reporter) -> None:
        self._error = error
        self._schema: Schema = error.schema if isinstance(error.schema, dict) else {}
        self._bound: Any = error.validator_value
        self._instance: Any = error.instance
        self._path: Path = tuple(error.absolute_path)
        self._root = root
        self._reporter = reporter
        self._node, self._key = descend(root, self._path)

    def report(self) -> None:
        if 'propertyNames' in self._error.absolute_schema_path:
            self._report_name()
            return
        known: dict[str, Callable[[], None]] = {
            'type': self._report_type,
            'required': self._report_missing,
            'additionalProperties': self._report_unknown_keys,
            'enum': self._report_unknown_word,
            'const': self._report_unknown_word,
            'not': self._report_out_of_place,
            'minItems': self._report_empty,
            'minProperties': self._report_empty,
            'oneOf': self._report_choice,
        }
        known.get(str(self._error.validator), self._report_value)()

    def _remedy(self) -> str:
        text: str = self._schema.get('errorMessage') or self._schema.get('patternErrorMessage', '')
        return text

    def _add(self, mark: Mark, message: str, remedy: str = '', *, path: Path = ()) -> None:
        self._reporter.add(mark, message, remedy, path=path or self._path)

    def _report_name(self) -> None:
        """Report a key of a mapping whose keys are free, within a rule."""
        name = str(self._instance)
        path = (*self._path, name)
        _, mark = descend(self._root, path)
        if self._error.validator == 'enum':
            words = [str(word) for word in self._bound]
            self._add(mark, f'unknown key {shown(name)}', suggest(name, words), path=path)
        else:
            self._add(mark, f'{shown(name)} is not possible here', self._remedy(), path=path)

    def _report_type(self) -> None:
        wanted = self._bound
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        if self._node.value is None:
            self._report_null()
            return
        if 'string' in names and self._node.source:
            label = f'{self._path[-1]}: ' if self._path and isinstance(self._path[-1], str) else ''
            remedy = f'quote it: {label}"{self._node.source[:60]}"'
        else:
            remedy = self._remedy()
        expected = ' or '.join(_TYPES.get(name, name) for name in names)
        self._add(self._node.mark, f'expected {expected}, found {_found(self._node)}', remedy)

    def _report_null(self) -> None:
        label = f"'{self._path[-1]}'" if self._path and isinstance(self._path[-1], str) else 'it'
        self._add(self._key, f'{label} has no value', 'give it one, or remove it')

    def _report_missing(self) -> None:
        # The validator tells one missing key at a time, and names it in its text only.
        missing = [key for key in self._bound if key not in self._instance]
        key = next((key for key in missing if repr(key) in self._error.message), missing[0])
        described = definition(self._schema.get('properties', {}).get(key, {})).get('description')
        remedy = self._schema.get('errorMessage') or (f'add it: {described}' if described else '')
        remedy = remedy.removesuffix('.')
        self._add(self._key, f"'{key}' is missing", remedy, path=(*self._path, key))

    def _report_unknown_keys(self) -> None:
        known = self._schema.get('properties', {})
        later = self._schema.get('x-later', ())
        for key in self._instance:
            if key in known or self._reporter.full:
                continue
            path = (*self._path, key)
            _, mark = descend(self._root, path)
            if key in later:
                self._add(
                    mark,
                    f'{key} is not supported by this version of Roost',
                    'remove it',
                    path=path,
                )
            else:
                remedy = _nested(key, known) or suggest(key, known)
                self._add(mark, f'unknown key {shown(key)}', remedy, path=path)

    def _report_unknown_word(self) -> None:
        if self._node.value is None:
            self._report_null()
            return
        allowed = self._bound
        words = [str(word) for word in (allowed if isinstance(allowed, list) else [allowed])]
        value = self._node.value
        found = shown(value) if isinstance(value, str) else _found(self._node)
        remedy = suggest(value if isinstance(value, str) else '', words)
        self._add(self._node.mark, f'{found} is not possible here', remedy)

    def _report_out_of_place(self) -> None:
        name = self._path[-1] if self._path else 'it'
        self._add(self._key, f"'{name}' is not possible here", self._remedy())

    def _report_empty(self) -> None:
        name = self._path[-1] if self._path else 'it'
        kind = 'one entry' if self._error.validator == 'minItems' else 'one key'
        self._add(self._node.mark, f"'{name}' is empty", f'it needs at least {kind}')

    def _report_choice(self) -> None:
        """Report that not exactly one of some keys is there."""
        if not isinstance(self._instance, dict):
            return  # its type is reported
        keys = [branch['required'][0] for branch in self._bound]
        found = [key for key in keys if key in self._instance]
        words = f'{", ".join(keys[:-1])} and {keys[-1]}'
        message = (
            f'{" and ".join(found)} are given together' if found else f'none of {words} is given'
        )
        self._add(self._key, message, f'give one of {words}')

    def _report_value(self) -> None:
        if self._node.value is None:
            self._report_null()
            return
        value, remedy = self._node.value, self._remedy()
        found = shown(value) if isinstance(value, str) else _found(self._node)
        message = f'{found} is not possible here'
        match self._error.validator:
            case 'minimum':
                message = f'{found} is less than {self._bound}'
            case 'maximum':
                message = f'{found} is more than {self._bound}'
            case 'maxLength':
                message, remedy = f'it has more than {self._bound} characters', 'make it shorter'
        self._add(self._node.mark, message, remedy)


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which of the known words is likely meant, or name them all."""
    words = list(known)
    # Case is the commonest slip, and counts as one letter each otherwise.
    folded = {candidate.lower(): candidate for candidate in reversed(words)}
    if len(word) <= _MAX_COMPARED:
        close = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
        if close:
            return f"did you mean '{folded[close[0]]}'?"
    return f'known here: {", ".join(words)}' if len(words) > 1 else f'write {words[0]}'


def _nested(key: str, known: dict[str, Any]) -> str:
    """Say that a key belongs one level deeper, where that is so."""
    for name, property_schema in known.items():
        inner = definition(property_schema)
        items = definition(inner.get('items', {}))
        if key in inner.get('properties', {}):
            return f"it belongs under '{name}'"
        if key in items.get('properties', {}):
            return f"it belongs to an entry of '{name}'"
    return ''


def _found(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return 'a mapping'
    if isinstance(value, list):
        return 'a list'
    if isinstance(value, bool):
        return f'the word {node.source[:60]}' if node.source else json.dumps(value)
    if isinstance(value, (int, float)):
        return f'the number {node.source[:60] or json.dumps(value)}'
    return f'the text {shown(value)}' if isinstance(value, str) else 'nothing'


def known_kinds() -> list[str]:
    """Name the kinds that this version knows."""
    kinds: list[str] = schema()['properties']['kind']['enum']
    return kinds
