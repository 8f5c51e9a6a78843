# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from roost_core.problem import Problem, ResultCode


def test_a_problem_reads_as_place_subject_and_text() -> None:
    problem = Problem(
        code=ResultCode.INVALID,
        file='fleet.yaml',
        line=7,
        column=3,
        resource='Deployment/turtle',
        path='spec.packge',
        message='unknown key "packge"',
        remedy='did you mean "package"?',
    )

    assert str(problem) == (
        'fleet.yaml:7:3: Deployment/turtle spec.packge: '
        'unknown key "packge"; did you mean "package"?'
    )


def test_what_is_not_known_is_left_out() -> None:
    assert str(Problem(code=ResultCode.NOT_FOUND, message='no device')) == 'no device'
    assert Problem(code='X', file='a.yaml', message='empty').place == 'a.yaml'
