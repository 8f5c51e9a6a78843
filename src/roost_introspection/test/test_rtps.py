# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a discovery server says, as it was captured, and what it is told."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_introspection import rtps

# A discovery server of Fast DDS 2.14.5 tells a client of another one.
CAPTURED = bytes.fromhex(
    '525450530202010f4453005f4550524f53494d410e010c00010f78fd3b2231830000000009010800e7a3006ba7'
    '0bc4f71507cc0100001000000100c7000100c2000000000300000083001800010f78fd9221f220000000000001'
    '00c200000000010000000f801800010f78fd9221f22000000000000100c2000000000100000001000000000300'
    '00150004000202000016000400010f000050001000010f78fd9221f22000000000000001c10780040001000000'
    '320018000100000024680000000000000000000000000000c00002023100180001000000256800000000000000'
    '00000000000000c0000202020008001400000000000000580004003f0c000062000800020000002f0000002c00'
    '10000b000000656e636c6176653d2f3b00005900d80005000000110000005041525449434950414e545f545950'
    '450000000007000000434c49454e5400001b000000666173746464732e706879736963616c5f646174612e686f'
    '7374000018000000766d3a3137313634313432323939323536333234303936001b000000666173746464732e70'
    '6879736963616c5f646174612e75736572000005000000726f6f74000000001e000000666173746464732e7068'
    '79736963616c5f646174612e70726f636573730000000500000038353934000000000b00000044535f56455253'
    '494f4e000004000000322e30000100000007011c00000100c7000100c200000000020000000000000003000000'
    '060000008001380001000000266800000000000000000000000000007f000001e7a3006ba3d7d0f70600000000'
    '00000030070000000000000000000000000000'
)
SERVER = '4453005f4550524f53494d41'
OWN = bytes.fromhex('010f00112233445566778899')


def test_a_captured_announcement_is_read():
    sender, said = rtps.read(CAPTURED)

    assert sender.hex() == SERVER
    announced, offered = said
    assert announced.number == 3
    assert announced.gid_prefix == '010f78fd9221f22000000000'
    assert not announced.gone
    properties = dict(announced.properties)
    assert properties['PARTICIPANT_TYPE'] == 'CLIENT'
    assert properties['fastdds.physical_data.host'] == 'vm:17164142299256324096'
    assert properties['fastdds.physical_data.process'] == '8594'
    assert offered == rtps.Offered(2, 3)


def test_what_we_announce_can_be_read_again():
    datagram = rtps.announcement(OWN, '127.0.0.1', 4711, lease_sec=20)

    sender, (announced,) = rtps.read(datagram)

    assert sender == OWN
    assert announced.gid_prefix == OWN.hex()
    assert dict(announced.properties)['PARTICIPANT_TYPE'] == 'SUPER_CLIENT'


def test_an_end_is_told_by_its_status():
    key_hash = bytes.fromhex('7000100001' + '0f78fd9221f2200000000000000' + '1c1')
    status = bytes.fromhex('7100040000000003')
    data = (
        bytes.fromhex('00001000' + '000100c7' + '000100c2')
        + bytes.fromhex('0000000009000000')
        + key_hash
        + status
        + bytes.fromhex('01000000')
    )
    message = CAPTURED[:20] + bytes.fromhex('1503') + len(data).to_bytes(2, 'little') + data

    _, (announced,) = rtps.read(message)

    assert announced == rtps.Announced(9, '010f78fd9221f22000000000', gone=True)


def test_an_acknowledgement_names_what_is_missing():
    datagram = rtps.acknowledgement(OWN, bytes.fromhex(SERVER), 7, base=3, missing=[3, 5, 40])

    # Reader, writer, base 3, 38 bits: the first, the third and the last of them.
    assert bytes.fromhex('000100c7000100c2000000000300000026000000') in datagram
    assert bytes.fromhex('000000a00000000407000000') in datagram


@pytest.mark.parametrize('cut', range(0, len(CAPTURED), 7))
def test_a_datagram_that_was_cut_is_refused_or_read_as_far_as_it_goes(cut):
    try:
        sender, said = rtps.read(CAPTURED[:cut])
    except rtps.NotRtps:
        return
    assert sender.hex() == SERVER
    assert len(said) <= 2


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_says_nothing(garbage):
    try:
        rtps.read(CAPTURED[:20] + garbage)
    except rtps.NotRtps:
        return


@given(st.integers(0, len(CAPTURED) - 1), st.integers(0, 255))
def test_an_altered_byte_does_no_harm(place, value):
    altered = bytearray(CAPTURED)
    altered[place] = value
    try:
        rtps.read(bytes(altered))
    except rtps.NotRtps:
        return
