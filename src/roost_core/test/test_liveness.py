# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.liveness import Liveness, liveness

STARTED = 100.0


@pytest.mark.parametrize(
    ('heard_at', 'leaving', 'now', 'expected'),
    [
        (None, False, 106.0, Liveness.UNKNOWN),  # the manager has just started
        (None, False, 106.1, Liveness.OFFLINE),
        (200.0, False, 206.0, Liveness.ONLINE),
        (200.0, False, 206.1, Liveness.OFFLINE),
        (200.0, True, 200.0, Liveness.OFFLINE),  # its last word was that it leaves
        (None, True, 100.0, Liveness.OFFLINE),
    ],
)
def test_liveness(heard_at, leaving, now, expected):
    judged = liveness(
        heard_at=heard_at,
        leaving=leaving,
        manager_started_at=STARTED,
        now=now,
        offline_after_sec=6.0,
    )

    assert judged is expected
