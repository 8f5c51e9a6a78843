# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import socket

import pytest

from roost_cli.domain import domain_of_environment, free_domain, is_free, own_domain
from roost_cli.exits import RoostError, UsageError


@pytest.fixture
def taken() -> int:
    """Hold a domain as its first participant would: RTPS 2.5, section 9.6.2.3."""
    domain_id = free_domain()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(('127.0.0.1', 7400 + 250 * domain_id + 10))
        yield domain_id


def test_a_domain_with_a_participant_is_not_free(taken) -> None:
    assert not is_free(taken)


def test_the_next_free_one_is_taken(taken) -> None:
    free = free_domain()

    assert free_domain([taken, free]) == free


def test_when_none_is_free_it_says_so(taken) -> None:
    with pytest.raises(RoostError, match='every ROS domain is in use'):
        free_domain([taken])


@pytest.mark.parametrize(('text', 'domain_id'), [('', 0), ('7', 7), ('232', 232)])
def test_the_domain_of_the_environment(text, domain_id, monkeypatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', text)

    assert domain_of_environment() == domain_id


@pytest.mark.parametrize('text', ['x', '-1', '233'])
def test_a_wrong_domain_of_the_environment_is_told(text, monkeypatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', text)

    with pytest.raises(UsageError, match='a number from 0 to 232'):
        domain_of_environment()


def test_a_domain_that_is_set_is_taken_for_a_fleet_of_its_own(monkeypatch) -> None:
    free = free_domain()
    monkeypatch.setenv('ROS_DOMAIN_ID', str(free))

    assert own_domain() == free


def test_a_domain_that_is_set_is_not_shared_with_others(taken, monkeypatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', str(taken))

    with pytest.raises(UsageError, match=f'ROS_DOMAIN_ID is {taken}, and other'):
        own_domain()


def test_without_one_that_is_set_a_free_domain_is_chosen(monkeypatch) -> None:
    monkeypatch.delenv('ROS_DOMAIN_ID', raising=False)

    assert is_free(own_domain())
