# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.manifest.scalars import is_text, resolve, shown


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('', None),
        ('~', None),
        ('null', None),
        ('true', True),
        ('FALSE', False),
        ('12', 12),
        ('-012', -12),
        ('0o17', 15),
        ('0xFf', 255),
        ('1.0', 1.0),
        ('.5e-1', 0.05),
        ('1e3', 1000.0),
    ],
)
def test_numbers_booleans_and_nothing(text: str, value: object) -> None:
    resolved = resolve(text)

    assert resolved == value
    assert type(resolved) is type(value)
    assert not is_text(text)


@pytest.mark.parametrize(
    'text', ['yes', 'No', 'on', '12:30', '2026-01-01', '1_000', '0b1', '1.0.0', '<<', '=', '+']
)
def test_what_only_older_yaml_takes_for_more_than_text_stays_text(text: str) -> None:
    assert resolve(text) == text
    assert is_text(text)


@pytest.mark.parametrize('text', ['.inf', '-.INF', '.nan', '1e999', '9' * 5000, '0x' + 'f' * 99])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match='number'):
        resolve(text)
    assert not is_text(text)


def test_texts_are_shown_on_one_line_and_short() -> None:
    assert shown('turtle') == "'turtle'"
    assert shown('a\x1b[31m\n') == r"'a\x1b[31m\n'"
    assert len(shown('x' * 1000)) == 62
