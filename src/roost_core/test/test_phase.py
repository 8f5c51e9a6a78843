# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of phases (docs/state_model.md), row by row."""

import pytest

from roost_core.phase import advance, IllegalTransition, Phase

NEXT = {
    'In progress': {'Provisioning', 'Failed to start', 'Deployment stopped'},
    'Provisioning': {
        'Succeeded',
        'Failed to update',
        'Deployment stopped',
        'Partially deprovisioned',
    },
    'Succeeded': {'Provisioning', 'Deployment stopped', 'Partially deprovisioned'},
    'Failed to start': {'Deployment stopped'},
    'Failed to update': {'Provisioning', 'Deployment stopped', 'Partially deprovisioned'},
    'Partially deprovisioned': {'Deployment stopped'},
    'Deployment stopped': set(),
}


@pytest.mark.parametrize('following', Phase)
@pytest.mark.parametrize('current', Phase)
def test_only_the_transitions_of_the_table_exist(current, following):
    if following is current or following in NEXT[current]:
        assert advance(current, following) is following
    else:
        with pytest.raises(IllegalTransition, match=f'{current} -> {following}'):
            advance(current, following)
