# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A deployment as asked for crosses the wire unchanged."""

from builders import TURTLE
import pytest

from roost_interfaces import msg
from roost_wire.convert.deployment import spec_message, spec_of


def test_there_and_back():
    assert spec_of(spec_message(TURTLE)) == (TURTLE, ())


def test_every_field_of_a_component_is_taken():
    names = {field.lstrip('_') for field in msg.ComponentSpec.get_fields_and_field_types()}
    component = next(part for part in spec_message(TURTLE).components if part.name == 'main')

    assert {name for name in names if getattr(component, name)} | {'cloud'} == names


@pytest.mark.parametrize(
    ('change', 'path'),
    [
        ({'restart': 'sometimes'}, 'spec.components[0].restart'),
        ({'name': 'other'}, 'spec.components[1].name'),
    ],
)
def test_what_is_malformed(change, path):
    message = spec_message(TURTLE)
    for name, value in change.items():
        setattr(message.components[0], name, value)
    message.components[1].name = message.components[0].name if 'name' in change else 'site'

    spec, problems = spec_of(message)

    assert spec is None
    assert [problem.path for problem in problems] == [path]
