# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from roost_cli.exits import Exit, Refused
from roost_core.problem import Problem, ResultCode


def test_a_refusal_prints_every_problem_as_compilers_do() -> None:
    problems = [
        Problem(
            code='DEP_E162',
            file='fleet.yaml',
            line=7,
            column=3,
            resource='Deployment/turtle',
            path='spec.components.main.device',
            message='rover1 is arm64v8',
            remedy='choose an amd64 device',
        ),
        Problem(code=ResultCode.NOT_FOUND, message="there is no device 'rover9'"),
    ]

    refused = Refused('DEP_E162', f'{problems[0]} (and 1 more)', problems)

    assert str(refused).splitlines() == [
        'refused, 2 problems (DEP_E162)',
        'fleet.yaml:7:3: Deployment/turtle spec.components.main.device: '
        'rover1 is arm64v8; choose an amd64 device',
        "there is no device 'rover9'",
        '  DEP_E162: validation: ROS distro, architecture or runtime of device and package do not '
        'match, or images missing on a docker device; correct the package, or onboard the device '
        'again',
    ]
    assert refused.exit is Exit.FAILED


def test_a_deadline_has_an_exit_code_of_its_own() -> None:
    assert Refused('TIMEOUT', 'not there after 5 s').exit is Exit.TIMEOUT
    assert str(Refused('TIMEOUT', 'not there after 5 s')) == 'not there after 5 s (TIMEOUT)'


def test_a_name_that_nobody_has_is_not_echoed_whole() -> None:
    told = str(Refused('NOT_FOUND', f"there is no deployment '{'x' * 500}'"))

    assert len(told) < 130
    assert "'xxx" in told and "xxx...'" in told
