# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.selector import MalformedSelector, parse

LABELS = {'site': 'lab', 'tier': 'dev', 'gpu': ''}


@pytest.mark.parametrize(
    ('selector', 'matches'),
    [
        ('', True),
        ('  ', True),
        ('site=lab', True),
        ('site==lab', True),
        ('site=field', False),
        ('tier!=dev', False),
        ('tier!=prod', True),
        ('none!=x', True),
        ('none=x', False),
        ('gpu', True),
        ('gpu=', True),
        ('none', False),
        ('site=lab,tier!=prod,gpu', True),
        (' site = lab , gpu ', True),
        ('site=lab,tier=prod', False),
    ],
)
def test_a_selector_matches_labels(selector, matches):
    assert parse(selector).matches(LABELS) is matches


@pytest.mark.parametrize('text', ['=x', 'a=b=c', 'a b', 'a=,,b', ',', '!a', 'a=b,', 'a>1'])
def test_another_form_is_refused_and_quoted(text):
    with pytest.raises(MalformedSelector, match='is not key=value, key!=value or key'):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(MalformedSelector):
        parse(text).matches(LABELS)
