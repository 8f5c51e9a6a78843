# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from shown import package

from roost_cli.exits import UsageError
from roost_cli.specify import specify
from roost_core.deployment import Condition
from roost_core.package import RestartPolicy


def test_one_device_takes_all_components_that_are_not_named() -> None:
    spec = specify(package(), name='r', devices=['rover1', 'arm=rover2'])

    assert {name: part.device for name, part in spec.components.items()} == {
        'base': 'rover1',
        'arm': 'rover2',
    }


def test_environment_is_for_all_or_for_one_component() -> None:
    spec = specify(
        package(),
        name='r',
        devices=['rover1'],
        environment={'SPEED': '2', 'arm.PORT': '/dev/tty=1'},
    )

    assert spec.environment == {'SPEED': '2'}
    assert spec.components['arm'].environment == {'PORT': '/dev/tty=1'}
    assert spec.components['base'].environment == {}


def test_the_rest_is_taken_over() -> None:
    spec = specify(
        package(),
        name='r',
        devices=['rover1'],
        restarts={'arm': 'on-failure'},
        networks={'arm': 'lab'},
        depends_on=['map', 'sim:ready'],
        labels={'site': 'lab'},
        allow_offline=True,
    )

    assert spec.components['arm'].restart is RestartPolicy.ON_FAILURE
    assert spec.components['base'].restart is None
    assert spec.components['arm'].network == 'lab'
    assert [(each.deployment, each.condition) for each in spec.depends_on] == [
        ('map', Condition.RUNNING),
        ('sim', Condition.READY),
    ]
    assert spec.labels == {'site': 'lab'}
    assert spec.allow_offline


@pytest.mark.parametrize(
    ('options', 'told'),
    [
        ({'devices': ['leg=rover1']}, 'rover 2.1 has no component leg; it has base, arm'),
        ({'environment': {'leg.X': '1'}}, 'has no component leg'),
        ({'devices': ['rover1', 'rover2']}, 'places all components twice'),
        ({'devices': []}, 'say where base, arm of rover is to run: --device'),
        ({'devices': ['arm=rover1']}, r'roost devices --for rover:2.1/base'),
        ({'devices': ['arm=']}, "--device 'arm=' is not"),
        ({'restarts': {'arm': 'sometimes'}}, "not 'sometimes'"),
        ({'depends_on': ['map:perhaps']}, "not 'perhaps'"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(options, told) -> None:
    with pytest.raises(UsageError, match=told):
        specify(package(), **{'name': 'r', 'devices': ['rover1'], **options})
