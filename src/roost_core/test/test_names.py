# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.names import is_device_name, is_name, suggestion


@pytest.mark.parametrize(
    ('text', 'name', 'device'),
    [
        ('a', True, True),
        ('camera-2', True, False),
        ('rover_2', False, True),
        ('a' * 63, True, True),
        ('a' * 64, False, False),
        ('', False, False),
        ('2a', False, False),
        ('Camera', False, False),
        ('camera\n', False, False),
        ('caméra', False, False),
        ('a/b', False, False),
    ],
)
def test_names(text, name, device):
    assert is_name(text) is name
    assert is_device_name(text) is device


def test_a_near_name_is_suggested():
    assert suggestion('camrea', ['camera', 'arm']) == "did you mean 'camera'?"
    assert suggestion('x', ['camera', 'arm']) == ''
    assert suggestion('x' * 10**6, ['camera']) == ''
