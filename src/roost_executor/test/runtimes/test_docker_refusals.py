# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What engines and what they start containers with say of commands that cannot be run."""

from __future__ import annotations

import socket

import docker
import pytest

from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.docker_refusals import is_refusal, understand
from roost_executor.runtimes.docker_upgrade import upgrade

RUNC = 'OCI runtime exec failed: exec failed: unable to start container process: '
RUNC_1_0 = (
    'OCI runtime exec failed: exec failed: container_linux.go:380: starting container process'
    ' caused: '
)
MISSING = 'exec: "it": executable file not found in $PATH: unknown'


@pytest.mark.parametrize(
    'said',
    [
        f'{RUNC}{MISSING}\r\n',
        f'{RUNC_1_0}{MISSING}\r\n',
        f'{RUNC}exec: "it": stat it: no such file or directory: unknown\r\n',
        'OCI runtime exec failed: exec failed: crun: executable file `it` not found in $PATH: '
        'No such file or directory: OCI runtime attempted to invoke a command that was not found',
    ],
)
def test_a_missing_command_is_known(said):
    assert understand('it', said) == ('it: command not found in the container', 127)


@pytest.mark.parametrize(
    ('said', 'reason'),
    [
        (f'{RUNC}exec: "it": permission denied: unknown\r\n', 'permission denied'),
        (f'{RUNC_1_0}exec: "it": permission denied: unknown', 'permission denied'),
        (
            f'{RUNC}chdir to cwd ("/gone") set in config.json failed: no such file or directory:'
            ' unknown',
            'chdir to cwd ("/gone") set in config.json failed: no such file or directory',
        ),
    ],
)
def test_why_a_command_cannot_be_run_is_said_without_layers(said, reason):
    assert understand('it', said) == (f'it: cannot be run in the container: {reason}', 126)


def test_a_program_that_ran_was_not_refused():
    assert is_refusal({'ExitCode': 126, 'Pid': 0})
    assert is_refusal({'ExitCode': 127, 'Pid': 0})
    assert not is_refusal({'ExitCode': 127, 'Pid': 4711})
    assert not is_refusal({'ExitCode': 1, 'Pid': 0})
    assert not is_refusal({'ExitCode': None, 'Pid': 0})


@pytest.mark.parametrize('cut', [20, 90, 10_000])
def test_an_answer_that_refuses_is_read_whole(cut):
    body = b'{"message": "OCI runtime exec failed: exec: \\"it\\": not found"}'
    answer = b'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: '
    answer += b'%d\r\n\r\n' % len(body) + body
    ours, engine = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, engine:
        for part in filter(None, (answer[:cut], answer[cut:])):
            engine.send(part)
        ours.settimeout(5)
        with pytest.raises(docker.errors.APIError) as refused:
            upgrade(ours, '/exec/1/start', {})
    assert faults.said(refused.value) == 'exec: "it": not found'
