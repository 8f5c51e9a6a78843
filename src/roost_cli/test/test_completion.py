# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a shell offers when the tabulator is pressed."""

from __future__ import annotations

import argparse
import contextlib
from types import SimpleNamespace

import pytest
from shown import component, deployment, network, package, secret

from roost_cli import completion
from roost_cli.completion import (
    complete_components,
    complete_executables,
    complete_names,
    complete_networks,
    complete_packages,
    complete_places,
    complete_things,
)
from roost_cli.exits import Unreachable
from roost_cli.verb.graph import complete_output


@pytest.fixture
def manager(monkeypatch) -> SimpleNamespace:
    """Stand in for the manager: it lists some things."""
    there = SimpleNamespace(
        deployments=lambda selector: (deployment(), deployment(name='tower')),
        networks=lambda selector: (network(),),
        secrets=lambda selector: (secret(),),
        packages=lambda selector: (package(), package(version='2.0')),
        deployment=lambda name: SimpleNamespace(
            deployment=deployment(name=name, components=(component(), component(name='arm')))
        ),
    )
    monkeypatch.setattr(completion, 'connect', lambda _: contextlib.nullcontext(there))
    return there


@pytest.mark.parametrize(
    ('kind', 'prefix', 'offered'),
    [
        (None, 'tu', ['turtle']),
        ('deployment', 't', ['tower', 'turtle']),
        ('networks', '', ['lab']),
        ('network', 'x', []),
        ('secret', '', ['login']),
        ('nonsense', '', []),
    ],
)
def test_names_are_those_of_the_kind(manager, kind, prefix, offered) -> None:
    assert complete_names(prefix, argparse.Namespace(kind=kind)) == offered


def test_a_package_is_offered_once_for_all_its_versions(manager) -> None:
    assert complete_packages('r') == ['rover']


def test_components_are_those_of_the_deployment_that_is_named(manager) -> None:
    assert complete_components('a', argparse.Namespace(name='turtle')) == ['arm']


def test_executables_are_offered_below_their_component(manager) -> None:
    asked = argparse.Namespace(name='turtle')
    first = component().name
    of_first = [f'{first}/{one.name}' for one in component().executables]

    assert complete_places('', asked) == [first, 'arm']
    assert complete_places(first, asked) == of_first
    assert complete_places(f'{first}/', asked) == of_first


def test_networks_are_offered(manager) -> None:
    assert complete_networks('') == ['lab']


def test_what_somebody_may_need_is_offered_whatever_it_is(manager) -> None:
    manager.volumes = manager.devices = lambda selector: ()
    assert complete_things('') == ['lab', 'tower', 'turtle']


def test_executables_are_those_of_the_component_that_is_named(manager) -> None:
    def offered(place: str, component: str = '') -> list[str]:
        asked = argparse.Namespace(name='turtle', place=place, component=component)
        return complete_executables('m', asked)

    assert offered('') == offered('arm') == offered('', 'arm') == ['main']
    assert offered('nothing') == []


def test_a_format_or_a_file_is_offered_for_a_picture() -> None:
    assert complete_output('s') == ['svg']
    assert 'graph.svg' in complete_output('graph.')


def test_without_a_manager_nothing_is_offered(monkeypatch) -> None:
    def nobody(_: float) -> None:
        raise Unreachable('nobody')

    monkeypatch.setattr(completion, 'connect', nobody)
    assert complete_names('', argparse.Namespace()) == []
    assert complete_components('', argparse.Namespace(name='turtle')) == []
    assert complete_places('', argparse.Namespace(name='turtle')) == []
