# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The host ids that DDS participants on this device announce, to tell robots of one name apart.

Fast DDS (utils/Host.hpp, QosPolicyUtils.cpp) makes two of the network interfaces that are up when
a process starts: one of their IPv4 addresses, bytes 2-3 of every GUID prefix, and one of their MAC
addresses, behind the host name in the property `fastdds.physical_data.host`.
"""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
import socket

import psutil

_MAC_LENGTH = 6
_NO_ADDRESS = b'\x7f\x01'


def host_ids() -> tuple[str, ...]:
    """Give what a process that starts now would announce, as introspection reads it."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    entries = [
        entry
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
        for entry in addresses
    ]
    ipv4 = [entry.address for entry in entries if entry.family == socket.AF_INET]
    macs = [entry.address for entry in entries if entry.family == psutil.AF_LINK]
    return (of_addresses(ipv4), *of_macs(macs))


def of_addresses(addresses: Iterable[str]) -> str:
    """Give the id in GUID prefixes, as hexadecimal digits in the order of its bytes."""
    packed = [socket.inet_aton(each) for each in addresses if not each.startswith('127.')]
    if not packed:
        return _NO_ADDRESS.hex()
    digest = hashlib.md5(b''.join(bytes(12) + each for each in packed), usedforsecurity=False)
    return bytes(reversed(_folded(digest.digest(), 2))).hex()


def of_macs(macs: Iterable[str]) -> tuple[str, ...]:
    """Give the id in participant properties, as decimal digits; none without an interface."""
    packed = dict.fromkeys(bytes.fromhex(each.replace(':', '')) for each in macs)
    real = [each for each in packed if len(each) == _MAC_LENGTH and any(each)]
    if not real:
        return ()
    digest = hashlib.md5(b''.join(real), usedforsecurity=False)
    return (str(int.from_bytes(_folded(digest.digest(), _MAC_LENGTH), 'big') << 16),)


def _folded(digest: bytes, length: int) -> bytes:
    folded = bytearray(length)
    for index, byte in enumerate(digest):
        folded[index % length] ^= byte
    return bytes(folded)
