# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from roost_core.manifest import compose as compose_module
from roost_core.manifest.compose import Budget, compose, MAX_DEPTH, MAX_DOCUMENTS
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.tree import Mark, Node, plain
from roost_core.problem import Problem, ResultCode


@pytest.fixture(params=['libyaml', 'python'], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == 'python':
        monkeypatch.setattr(compose_module, '_Loader', yaml.SafeLoader)


def _compose(text: str) -> tuple[list[Node], Sequence[Problem]]:
    reporter = Reporter(file='a.yaml')
    return list(compose(text, reporter, Budget())), reporter.found


def _value(text: str) -> Any:
    (root,), problems = _compose(text)
    assert problems == []
    return plain(root)


def _only(text: str) -> Problem:
    _, problems = _compose(text)
    assert len(problems) == 1, problems
    return problems[0]


def test_values() -> None:
    assert _value('a: [1, 2.5, true, ~, x, "1", yes]\nb:\n  c: |\n    d\n    e\n') == {
        'a': [1, 2.5, True, None, 'x', '1', 'yes'],
        'b': {'c': 'd\ne\n'},
    }


def test_places_of_keys_and_values() -> None:
    (_, root), _ = _compose('x: 1\n---\n# a comment\nname: ünïcödé\nlist:\n  - key:  value\n')

    assert isinstance(root.value, dict)
    assert root.value['name'].node.mark == Mark(4, 7)
    items = root.value['list'].node.value
    assert isinstance(items, list)
    assert isinstance(items[0].value, dict)
    assert items[0].value['key'].key == Mark(6, 5)
    assert items[0].value['key'].node.mark == Mark(6, 11)


@pytest.mark.parametrize(
    'text', ['', '\n\n', '# only this\n', '---\n---\n...\n', '--- ~\n', '---']
)
def test_empty_documents_are_skipped(text: str) -> None:
    assert _compose(text) == ([], [])


def test_a_broken_document_does_not_hide_its_neighbours() -> None:
    roots, problems = _compose('a: 1\n---\nb: [\n---\n"c\n---\nd: 4\n')

    assert [plain(root) for root in roots] == [{'a': 1}, {'d': 4}]
    assert [problem.line for problem in problems] == [4, 6]
    assert all(problem.message.startswith('not YAML: ') for problem in problems)


def test_directives_belong_to_the_document_that_follows() -> None:
    assert [plain(root) for root in _compose('a: 1\n...\n%YAML 1.2\n---\nb: 2\n')[0]] == [
        {'a': 1},
        {'b': 2},
    ]


def test_dashes_inside_a_text_begin_no_document() -> None:
    assert _value('a: |\n  ---\n  b\nc: "--- d"\n') == {'a': '---\nb\n', 'c': '--- d'}


def test_a_key_that_is_there_twice_is_named_with_both_lines() -> None:
    problem = _only('a: 1\nb: 2\na: 3\n')

    assert (problem.line, problem.column) == (3, 1)
    assert problem.message == "the key 'a' is there twice, first in line 1"


@pytest.mark.parametrize(
    ('text', 'message', 'remedy'),
    [
        ('1: a', "the key '1' is not text", 'quote it: "1"'),
        ('true: a', "the key 'true' is not text", 'quote it: "true"'),
        ('? [a]\n: b', 'a key must be text, not a list or a mapping', ''),
        (
            'a: &x {b: 1}\nc:\n  <<: *x',
            "merge keys ('<<') are not supported",
            'write the entries out',
        ),
        (
            'a: !!python/object:os.system {}',
            "the tag '!!python/object:os.system' is not allowed",
            'remove it',
        ),
        ('a: !secret b', "the tag '!secret' is not allowed", 'remove it'),
        ('a: .inf', "'.inf' is not a finite number", 'quote it if it is meant as text'),
        (
            'a: ' + '9' * 99,
            f"'{'9' * 59}…' is a number with too many digits",
            'quote it if it is meant as text',
        ),
        ('a:\n\tb: 1', 'a tab is used for indentation', 'indent with spaces'),
        ('a: *b', "there is no anchor '&b' before this alias", ''),
        ('a: &b [*b]', "the alias '*b' contains itself", ''),
        ('a: "\\0"', 'NUL and surrogates cannot be in a text', ''),
        (
            'a: \x00',
            "the character '\\x00' cannot be in YAML",
            'remove it, or write it as an escape in double quotes',
        ),
        (
            'a: \ud800',
            "the character '\\ud800' cannot be in YAML",
            'remove it, or write it as an escape in double quotes',
        ),
    ],
)
def test_what_is_refused(text: str, message: str, remedy: str) -> None:
    problem = _only(text)

    assert (problem.message, problem.remedy) == (message, remedy)
    assert problem.line == 1 + text.count('\n') - text.endswith('\n: b')


def test_plain_tags_are_allowed() -> None:
    assert _value('a: !!str 1\nb: !!map {}\nc: !!seq []\nd: ! 2\n') == {
        'a': '1',
        'b': {},
        'c': [],
        'd': '2',
    }


def test_aliases_repeat_what_they_name() -> None:
    assert _value('a: &x [1]\nb: *x\n') == {'a': [1], 'b': [1]}


def test_anchors_end_with_their_document() -> None:
    assert "no anchor '&x'" in _only('a: &x 1\n---\nb: *x\n').message


def test_aliases_cost_what_they_expand_to() -> None:
    levels = [
        f'{letter}: &{letter} [{", ".join([f"*{chr(ord(letter) - 1)}"] * 9)}]'
        for letter in 'bcdefghij'
    ]
    problem = _only('\n'.join([f'a: &a [{", ".join("x" * 9)}]', *levels]))

    assert problem.code == ResultCode.TOO_LARGE
    assert problem.message == 'the manifests are too large, with their aliases expanded'


@pytest.mark.parametrize('text', ['[' * 100, '{a: ' * 100, '- ' * 100, '? ' * 100])
def test_depth_is_bounded(text: str) -> None:
    assert _only(text).message == f'nested more than {MAX_DEPTH} levels deep'


def test_the_deepest_that_is_allowed() -> None:
    assert _compose('[' * MAX_DEPTH + ']' * MAX_DEPTH)[1] == []


def test_the_number_of_documents_is_bounded() -> None:
    roots, problems = _compose('---\na: 1\n' * (MAX_DOCUMENTS + 10))

    assert len(roots) == MAX_DOCUMENTS
    assert [problem.line for problem in problems] == [2 * MAX_DOCUMENTS + 1]
