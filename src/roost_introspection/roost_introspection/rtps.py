# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The few words of RTPS that a discovery server is spoken to in.

Source: OMG DDSI-RTPS 2.5 (https://www.omg.org/spec/DDSI-RTPS/2.5), chapters 9.4 (submessages) and
9.6 (participant discovery); the properties and the reader and writer of participants are those of
eProsima Fast DDS 2.14.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import socket
import struct

PREFIX_BYTES = 12

# The built-in writer and reader of participants that tells and hears reliably.
WRITER = bytes.fromhex('000100c2')
READER = bytes.fromhex('000100c7')
_ANY_READER = bytes(4)
_PARTICIPANT = bytes.fromhex('000001c1')

# Fast DDS reads its own properties only of those that call themselves Fast DDS.
VENDOR = b'\x01\x0f'
_HEADER = b'RTPS\x02\x02' + VENDOR

_DATA, _ACKNACK, _HEARTBEAT, _GAP, _INFO_DST = 0x15, 0x06, 0x07, 0x08, 0x0E
_LITTLE_ENDIAN, _INLINE_QOS, _HAS_DATA, _HAS_KEY, _FINAL = 0x01, 0x02, 0x04, 0x08, 0x02

_PID_END, _PID_LEASE, _PID_PROTOCOL, _PID_VENDOR = 0x0001, 0x0002, 0x0015, 0x0016
_PID_METATRAFFIC, _PID_GUID, _PID_BUILTIN, _PID_PROPERTIES = 0x0032, 0x0050, 0x0058, 0x0059
_PID_NAME, _PID_KEY_HASH, _PID_STATUS = 0x0062, 0x0070, 0x0071
_GONE = 0x03  # disposed or unregistered

_PARTICIPANTS_ONLY = 0x03  # tells of participants and hears of them
_IPV4, _IPV6 = 1, 2


class NotRtps(ValueError):
    """A datagram that cannot be read."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A participant was told of; gone: it has left, or was not heard for its lease."""

    number: int
    gid_prefix: str
    properties: tuple[tuple[str, str], ...] = ()
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """The writer of participants has what has these numbers; last < first: nothing."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """These numbers, up to before `end`, will not come."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The reader of participants has all before `base`."""

    base: int


Said = Announced | Offered | Skipped | Wanted


def read(datagram: bytes) -> tuple[bytes, list[Said]]:
    """Read what a datagram says of participants: its sender's GUID prefix, and what it says.

    Raises:
        NotRtps: it is malformed.
    """
    if len(datagram) < 20 or datagram[:4] != b'RTPS':
        raise NotRtps('no RTPS header')
    try:
        said = [each for part in _submessages(datagram) for each in _read_submessage(*part)]
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotRtps(f'a submessage is malformed: {error}') from error
    return datagram[8:20], said


def announcement(
    prefix: bytes, address: str, port: int, *, lease_sec: int, reliable_to: bytes | None = None
) -> bytes:
    """Write the announcement of ourselves.

    Args:
        address, port: where we hear.
        reliable_to: GUID prefix of the server that asked for it; None for everybody.
    """
    ipv6 = ':' in address
    raw = socket.inet_pton(socket.AF_INET6 if ipv6 else socket.AF_INET, address)
    locator = struct.pack('<iI', _IPV6 if ipv6 else _IPV4, port) + raw.rjust(16, b'\0')
    told = b''.join(
        (
            b'\x00\x03\x00\x00',  # a list of parameters, little-endian
            _parameter(_PID_PROTOCOL, b'\x02\x02\x00\x00'),
            _parameter(_PID_VENDOR, VENDOR + b'\x00\x00'),
            _parameter(_PID_GUID, prefix + _PARTICIPANT),
            _parameter(_PID_METATRAFFIC, locator),
            _parameter(_PID_LEASE, struct.pack('<iI', lease_sec, 0)),
            _parameter(_PID_BUILTIN, struct.pack('<I', _PARTICIPANTS_ONLY)),
            _parameter(_PID_NAME, _text('roost introspection')),
            _parameter(
                _PID_PROPERTIES,
                struct.pack('<I', 2)
                + _text('PARTICIPANT_TYPE')
                + _text('SUPER_CLIENT')
                + _text('DS_VERSION')
                + _text('2.0'),
            ),
            _parameter(_PID_END, b''),
        )
    )
    reader = READER if reliable_to is not None else _ANY_READER
    sample = _parameter(0x0083, prefix + WRITER + struct.pack('<iI', 0, 1))
    related = _parameter(0x800F, prefix + WRITER + struct.pack('<iI', 0, 1))
    body = struct.pack('<HH', 0, 16) + reader + WRITER + struct.pack('<iI', 0, 1)
    body += sample + related + _parameter(_PID_END, b'') + told
    parts = [_submessage(_DATA, _INLINE_QOS | _HAS_DATA, body)]
    if reliable_to is not None:
        parts.insert(0, _submessage(_INFO_DST, 0, reliable_to))
    return _message(prefix, parts)


def heartbeat(prefix: bytes, to: bytes, count: int) -> bytes:
    """Write that there is one announcement of ours to be had."""
    body = READER + WRITER + struct.pack('<iIiII', 0, 1, 0, 1, count)
    return _message(prefix, [_submessage(_INFO_DST, 0, to), _submessage(_HEARTBEAT, 0, body)])


def acknowledgement(
    prefix: bytes, to: bytes, count: int, *, base: int, missing: Iterable[int]
) -> bytes:
    """Write that all before `base` is here, and which from there on are wanted, at most 256."""
    wanted = sorted(number for number in missing if base <= number < base + 256)
    bits = wanted[-1] - base + 1 if wanted else 0
    words = [0] * ((bits + 31) // 32)
    for number in wanted:
        words[(number - base) // 32] |= 1 << (31 - (number - base) % 32)
    numbers = struct.pack('<iII', base >> 32, base & 0xFFFFFFFF, bits)
    body = READER + WRITER + numbers + struct.pack(f'<{len(words)}I', *words)
    body += struct.pack('<I', count)
    final = 0 if wanted else _FINAL
    return _message(prefix, [_submessage(_INFO_DST, 0, to), _submessage(_ACKNACK, final, body)])


def _message(prefix: bytes, submessages: Iterable[bytes]) -> bytes:
    return _HEADER + prefix + b''.join(submessages)


def _submessage(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack('<BBH', kind, flags | _LITTLE_ENDIAN, len(body)) + body


def _parameter(number: int, value: bytes) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return struct.pack('<HH', number, len(padded)) + padded


def _text(text: str) -> bytes:
    raw = text.encode() + b'\0'
    return struct.pack('<I', len(raw)) + raw + bytes(-len(raw) % 4)


def _submessages(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 20
    while at + 4 <= len(datagram):
        kind, flags = datagram[at], datagram[at + 1]
        (size,) = struct.unpack_from('<H' if flags & _LITTLE_ENDIAN else '>H', datagram, at + 2)
        end = at + 4 + size if size else len(datagram)
        yield kind, flags, datagram[at + 4 : end]
        at = end


def _read_submessage(kind: int, flags: int, body: bytes) -> Iterator[Said]:
    order = '<' if flags & _LITTLE_ENDIAN else '>'
    if kind == _DATA and body[8:12] == WRITER:
        announced = _read_data(order, flags, body)
        if announced is not None:
            yield announced
    elif kind == _HEARTBEAT and body[4:8] == WRITER:
        yield Offered(_number(order, body, 8), _number(order, body, 16))
    elif kind == _GAP and body[4:8] == WRITER:
        first, end = _number(order, body, 8), _number(order, body, 16)
        yield Skipped(first, end)
        for number in _numbers(order, body, 16):
            yield Skipped(number, number + 1)
    elif kind == _ACKNACK and body[4:8] == WRITER:
        yield Wanted(_number(order, body, 8))


def _read_data(order: str, flags: int, body: bytes) -> Announced | None:
    (skip,) = struct.unpack_from(f'{order}H', body, 2)
    number = _number(order, body, 12)
    at = 4 + skip
    told: dict[int, bytes] = {}
    if flags & _INLINE_QOS:
        told, at = _parameters(order, body, at)
    gone = bool(told.get(_PID_STATUS, bytes(4))[3] & _GONE)
    guid = told.get(_PID_KEY_HASH, b'')
    properties: tuple[tuple[str, str], ...] = ()
    if flags & (_HAS_DATA | _HAS_KEY):
        inner = '<' if body[at + 1] & 1 else '>'
        content, _ = _parameters(inner, body, at + 4)
        guid = content.get(_PID_GUID, guid)
        properties = tuple(_properties(inner, content.get(_PID_PROPERTIES, bytes(4))))
    if len(guid) != 16:
        return None
    return Announced(number, guid[:PREFIX_BYTES].hex(), properties, gone=gone)


def _parameters(order: str, body: bytes, at: int) -> tuple[dict[int, bytes], int]:
    """Give the parameters of a list by their numbers, and where the list ends."""
    found: dict[int, bytes] = {}
    while at + 4 <= len(body):
        pid, size = struct.unpack_from(f'{order}HH', body, at)
        at += 4
        if pid == _PID_END:
            break
        found[pid] = body[at : at + size]
        at += size
    return found, at


def _properties(order: str, value: bytes) -> Iterator[tuple[str, str]]:
    (count,) = struct.unpack_from(f'{order}I', value)
    at = 4
    for _ in range(min(count, 100)):
        words = []
        for _ in range(2):
            (size,) = struct.unpack_from(f'{order}I', value, at)
            words.append(value[at + 4 : at + 4 + size].rstrip(b'\0').decode(errors='replace'))
            at += 4 + size + -size % 4
        yield words[0], words[1]


def _number(order: str, body: bytes, at: int) -> int:
    high, low = struct.unpack_from(f'{order}iI', body, at)
    return int(high) << 32 | int(low)


def _numbers(order: str, body: bytes, at: int) -> Iterator[int]:
    """Give the numbers of a set: a base, and a bit for each number from there on."""
    base = _number(order, body, at)
    (bits,) = struct.unpack_from(f'{order}I', body, at + 8)
    for place in range(min(bits, 256)):
        (word,) = struct.unpack_from(f'{order}I', body, at + 12 + place // 32 * 4)
        if word & 1 << (31 - place % 32):
            yield base + place
