# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Many devices in one process: each reports once, latched, and is then silent.

They share one DDS participant, for discovery on one computer finds 32 of them at most.
"""

from __future__ import annotations

import sys
import threading

from contract.fake_device import FACTS
from contract.peer import Peer
from contract.wire import Key, LATCHED, seal
from roost_interfaces.msg import Envelope


def main(count: int, domain_id: int) -> None:
    """Report for so many devices, until the process is killed."""
    peer = Peer('reporters', domain_id)
    for number in range(count):
        body = {
            'schema': 1,
            'device': f'device_{number}',
            'incarnation': 1,
            'sequence': 1,
            'facts': FACTS,
        }
        writer = peer.node.create_publisher(Envelope, '/roost/device_reports', LATCHED)
        writer.publish(seal(body, Key()))
    sys.stdout.write('ready\n')
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == '__main__':
    main(int(sys.argv[1]), int(sys.argv[2]))
