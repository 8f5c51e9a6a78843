# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import re

import pytest

from roost_core import error_codes
from roost_core.error_codes import CATALOGUE, explain, worst_first


def test_every_code_has_one_entry_in_the_order_of_numbers() -> None:
    codes = [entry.code for entry in CATALOGUE]

    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r'DEP_E[134][0-9]{2}', code) for code in codes)


def test_every_name_has_an_entry_and_every_entry_a_name() -> None:
    named = {
        value
        for name, value in vars(error_codes).items()
        if name.isupper() and isinstance(value, str)
    }

    assert named == {entry.code for entry in CATALOGUE}


@pytest.mark.parametrize('entry', CATALOGUE, ids=lambda entry: entry.code)
def test_every_entry_says_what_it_means_and_what_to_do(entry: error_codes.ErrorCode) -> None:
    assert entry.description
    assert entry.action
    assert not entry.description.endswith('.')
    assert not entry.action.endswith('.')


@pytest.mark.parametrize('typed', ['DEP_E151', 'dep_e151', 'E151', ' e151 '])
def test_a_code_is_found_as_people_type_it(typed: str) -> None:
    found = explain(typed)

    assert found is not None
    assert found.code == error_codes.DEVICE_OFFLINE
    assert found.action == "check the device's network connection"


@pytest.mark.parametrize('typed', ['', 'DEP_', 'DEP_E2xx', 'DEP_E999', '151'])
def test_what_the_catalogue_lacks_is_not_explained(typed: str) -> None:
    assert explain(typed) is None


def test_every_code_has_a_rank() -> None:
    every = {entry.code for entry in CATALOGUE}

    assert set(error_codes._WORST_FIRST) == every
    assert len(error_codes._WORST_FIRST) == len(every)


def test_codes_are_sorted_worst_first_each_once_and_strangers_last() -> None:
    given = ['DEP_E999', 'DEP_E156', 'DEP_E151', 'DEP_E163', 'DEP_E152', 'DEP_E163']

    assert worst_first(given) == ('DEP_E163', 'DEP_E152', 'DEP_E151', 'DEP_E156', 'DEP_E999')
