# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What participants of each vendor announce of themselves, as it was captured."""

import pytest

from roost_core.graph.snapshot import Participant
from roost_introspection.participants import participant_of

PREFIX = '0110' + '00' * 10

FAST_DDS = {
    'PARTICIPANT_TYPE': 'SIMPLE',
    'fastdds.physical_data.host': 'roost-0123:29438',
    'fastdds.physical_data.user': 'root',
    'fastdds.physical_data.process': '4711',
}
CYCLONE = {
    '__Hostname': 'roost-0123',
    '__Pid': '4711',
    '__ProcessName': 'python3',
    '__NetworkAddresses': 'localprocesslocal',
}


def test_fast_dds():
    assert participant_of(PREFIX, FAST_DDS) == Participant(
        gid_prefix=PREFIX, host_name='roost-0123', host_id='29438', process_id=4711
    )


def test_cyclone():
    assert participant_of(PREFIX, CYCLONE) == Participant(
        gid_prefix=PREFIX, host_name='roost-0123', process_id=4711
    )


@pytest.mark.parametrize('process', ['', '-1', 'x', '9' * 30])
def test_what_is_no_process_id_is_none(process):
    assert participant_of(PREFIX, {'__Pid': process}).process_id == 0


def test_who_announces_nothing():
    assert participant_of(PREFIX, {}) == Participant(gid_prefix=PREFIX)
