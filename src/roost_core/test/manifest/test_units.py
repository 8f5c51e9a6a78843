# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.manifest.units import parse_bytes, parse_seconds


@pytest.mark.parametrize(
    ('amount', 'count'),
    [
        (7, 7),
        ('7', 7),
        ('512Mi', 512 * 1024 * 1024),
        ('1G', 10**9),
        ('1.5Ki', 1536),
        ('64k', 64000),
        (2**53, 2**53),
    ],
)
def test_bytes(amount: int | str, count: int) -> None:
    assert parse_bytes(amount) == count


@pytest.mark.parametrize(
    ('amount', 'seconds'),
    [
        (3, 3.0),
        (0.5, 0.5),
        ('10s', 10.0),
        ('500ms', 0.5),
        ('3ms', 0.003),
        ('2m', 120),
        ('1h', 3600),
    ],
)
def test_seconds(amount: float | str, seconds: float) -> None:
    assert parse_seconds(amount) == seconds


@pytest.mark.parametrize('amount', ['', 'Mi', '1m', '-1', '1 G', '1GB', '1e3'])
def test_other_bytes_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match='not an amount'):
        parse_bytes(amount)


@pytest.mark.parametrize('amount', ['', 's', '1d', '-1s', '1 s', '1:30'])
def test_other_seconds_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match='not an amount'):
        parse_seconds(amount)
