# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which desired states are obeyed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from roost_core.desired import DesiredState, Removal
from roost_core.names import DeploymentId, DeviceName
from roost_executor.checkpoint import SealedState
from roost_executor.notices import Notices
from roost_executor.trust import NameClaimed, Trust
from roost_wire.envelope import seal_desired
from roost_wire.signing import SigningKey

ROVER = DeviceName('rover1')


class Manager:
    """Someone who signs desired states."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.key = SigningKey.load_or_create(folder / f'{name}.key')

    def says(self, order: tuple[int, int] = (1, 1), **fields: object) -> SealedState:
        state = DesiredState(
            device=ROVER,
            manager_id=self.name,
            epoch=order[0],
            revision=order[1],
            device_key_id='ed25519:ours',
        )
        envelope = seal_desired(replace(state, **fields), self.key)
        return SealedState(
            device=envelope.device,
            manager_id=envelope.manager_id,
            epoch=envelope.epoch,
            revision=envelope.revision,
            protocol=envelope.protocol,
            key_id=envelope.key_id,
            signature_hex=bytes(envelope.signature).hex(),
            text=bytes(envelope.body).decode(),
        )


@pytest.fixture
def manager(tmp_path: Path) -> Manager:
    return Manager(tmp_path, 'home')


@pytest.fixture
def stranger(tmp_path: Path) -> Manager:
    return Manager(tmp_path, 'stranger')


@pytest.fixture
def said() -> list[tuple[str, ...]]:
    return [()]


@pytest.fixture
def trusting(tmp_path: Path, said: list[tuple[str, ...]]) -> Callable[..., Trust]:
    def make(pinned: str = '') -> Trust:
        return Trust(
            tmp_path / 'manager.key',
            device=ROVER,
            device_key_id='ed25519:ours',
            notices=Notices(lambda text: None, said.append),
            pinned=pinned,
        )

    return make


def test_the_first_manager_is_trusted_and_said_so(trusting, manager, stranger, said) -> None:
    trust = trusting()

    assert trust.judge(manager.says()) is not None

    assert "trusted manager 'home' at first contact" in said[-1][0]
    assert manager.key.key_id in said[-1][0]
    assert trust.judge(stranger.says((9, 9))) is None


def test_trust_outlives_the_executor(trusting, manager, stranger, said) -> None:
    trusting().judge(manager.says())
    trust = trusting()

    assert trust.judge(stranger.says((9, 9))) is None

    assert "manager 'stranger'" in said[-1][0]
    assert trust.judge(manager.says()) is not None


def test_a_pinned_manager_is_the_only_one(trusting, manager, stranger, said, tmp_path) -> None:
    trust = trusting(pinned=manager.key.key_id)

    assert trust.judge(stranger.says()) is None
    assert 'pinned' in said[-1][0]
    assert trust.judge(manager.says()) is not None
    assert not (tmp_path / 'manager.key').exists()


@pytest.mark.parametrize('key', ['hello', 'ed25519:', 'ed25519:AAAA', 'ed25519:ä'])
def test_a_pinned_key_must_be_one(trusting, key) -> None:
    with pytest.raises(ValueError, match='manager_key'):
        trusting(pinned=key)


@pytest.mark.parametrize('text', ['ed25519:oops\n', ''])
def test_a_damaged_key_file_trusts_nobody(trusting, tmp_path, text) -> None:
    (tmp_path / 'manager.key').write_text(text)

    with pytest.raises(ValueError, match=r'manager\.key'):
        trusting()


def test_altered_and_unsigned_states_are_ignored(trusting, manager, said, tmp_path) -> None:
    trust = trusting()
    sealed = manager.says()

    assert trust.judge(replace(sealed, text=sealed.text.replace('home', 'h0me'))) is None
    assert trust.judge(replace(sealed, signature_hex='')) is None
    assert trust.judge(replace(sealed, revision=2)) is None

    assert 'ignored a desired state' in said[-1][0]
    assert not (tmp_path / 'manager.key').exists()


def test_what_was_said_is_taken_back_once_all_is_well(trusting, manager, said) -> None:
    trust = trusting(pinned=manager.key.key_id)
    trust.judge(replace(manager.says(), signature_hex=''))

    trust.judge(manager.says())

    assert said[-1] == ()


def test_a_state_for_another_device_is_ignored(trusting, manager, said) -> None:
    assert trusting().judge(manager.says(device=DeviceName('rover2'))) is None
    assert "'rover2'" in said[-1][0]


def test_a_name_that_belongs_to_another_machine_is_given_up(trusting, manager, tmp_path) -> None:
    with pytest.raises(NameClaimed, match="'rover1' is claimed by another machine"):
        trusting().judge(manager.says(device_key_id='ed25519:other'))
    assert not (tmp_path / 'manager.key').exists()


def test_only_newer_states_are_obeyed(trusting, manager, said) -> None:
    trust = trusting(pinned=manager.key.key_id)
    removal = Removal(deployment_id=DeploymentId('x-1'), deployment_name='x')

    assert trust.judge(manager.says((1, 20))) is not None
    assert trust.judge(manager.says((1, 20))) is None
    assert said[-1] == ()
    assert trust.judge(manager.says((1, 12))) is None
    assert 'ignored an older desired state (1, 12) after (1, 20)' in said[-1][0]
    assert '`roost manager recover`' in said[-1][0]
    assert trust.judge(manager.says((1, 20), remove=(removal,))) is None
    assert 'ignored another desired state (1, 20)' in said[-1][0]
    assert trust.judge(manager.says((2, 1))) is not None
    assert said[-1] == ()


def test_the_checkpoint_is_judged_like_a_message(trusting, manager, stranger, said) -> None:
    assert trusting(pinned=stranger.key.key_id).resume(manager.says()) is None
    trust = trusting()
    assert trust.resume(manager.says((1, 20))) is not None
    assert trust.judge(manager.says((1, 20))) is None
    assert trust.judge(manager.says((1, 19))) is None


def test_the_checkpoint_makes_no_first_contact(trusting, manager, stranger, tmp_path) -> None:
    trust = trusting()

    assert trust.resume(manager.says((1, 20))) is not None

    assert not (tmp_path / 'manager.key').exists()
    assert trust.judge(stranger.says((1, 1))) is not None


def test_a_checkpoint_of_a_former_key_of_ours_is_not_obeyed(trusting, manager, said) -> None:
    assert trusting().resume(manager.says(device_key_id='ed25519:former')) is None
    assert 'ignored what this device was last asked to run' in said[-1][0]
