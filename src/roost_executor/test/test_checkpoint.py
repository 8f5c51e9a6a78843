# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The last accepted desired state on disk, and taking desired states."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.desired import DesiredState
from roost_core.names import DeviceName
from roost_executor import durable
from roost_executor.checkpoint import Checkpoint, CheckpointCorrupt, SealedState
from roost_executor.intake import Intake
from roost_executor.notices import Notices
from roost_executor.trust import Trust
from roost_wire.envelope import seal_desired
from roost_wire.signing import SigningKey


def sealed_state(folder: Path, revision: int = 1, key: str = 'ed25519:ours') -> SealedState:
    state = DesiredState(
        device=DeviceName('rover1'),
        manager_id='mänager',
        epoch=1,
        revision=revision,
        device_key_id=key,
    )
    envelope = seal_desired(state, SigningKey.load_or_create(folder / 'signing.key'))
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
def path(tmp_path: Path) -> Path:
    return tmp_path / 'checkpoint.json'


def test_the_signed_bytes_come_back(tmp_path, path) -> None:
    sealed = sealed_state(tmp_path)

    Checkpoint(path).write(sealed)
    read = Checkpoint(path).read()

    assert read == sealed
    assert read.body == sealed.body
    assert read.open().manager_id == 'mänager'
    assert path.stat().st_mode & 0o777 == 0o600


def test_none_is_none(path) -> None:
    assert Checkpoint(path).read() is None


@pytest.mark.parametrize(
    'damage',
    [
        lambda content: content[: len(content) // 2],
        lambda content: b'',
        lambda content: b'\xff' * 100,
        lambda content: b'{}',
        lambda content: b'[1]',
        lambda content: content.replace(b'rover1', b'rover2'),
        lambda content: content.replace(b'"signature_hex":"', b'"signature_hex":"zz'),
    ],
)
def test_a_damaged_one_is_set_aside(tmp_path, path, damage) -> None:
    Checkpoint(path).write(sealed_state(tmp_path))
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(CheckpointCorrupt, match='nothing is started or removed'):
        Checkpoint(path).read()

    assert not path.exists()
    assert path.with_name('checkpoint.json.corrupt').exists()
    assert Checkpoint(path).read() is None


@given(st.binary(max_size=300))
def test_junk_is_never_believed(tmp_path_factory, junk) -> None:
    path = tmp_path_factory.mktemp('junk') / 'checkpoint.json'
    path.write_bytes(junk)

    with pytest.raises(CheckpointCorrupt):
        Checkpoint(path).read()


class Doing:
    """What an intake had done, in order."""

    def __init__(self, folder: Path) -> None:
        self.done: list[tuple[str, object]] = []
        self.notices: tuple[str, ...] = ()
        self.checkpoint = Checkpoint(folder / 'checkpoint.json')
        notices = Notices(lambda text: None, lambda texts: setattr(self, 'notices', texts))
        self.intake = Intake(
            Trust(
                folder / 'manager.key',
                device=DeviceName('rover1'),
                device_key_id='ed25519:ours',
                notices=notices,
            ),
            self.checkpoint,
            notices,
            ask=lambda state: self.done.append(('ask', state.order)),
            release=lambda order: self.done.append(('release', order)),
            claimed=lambda why: self.done.append(('claimed', why)),
        )


def test_it_is_worked_on_first_and_confirmed_when_durable(tmp_path) -> None:
    doing = Doing(tmp_path)

    doing.intake.take(sealed_state(tmp_path))

    assert doing.done == [('ask', (1, 1)), ('release', (1, 1))]
    assert doing.checkpoint.read() == sealed_state(tmp_path)


def test_a_start_goes_on_with_the_checkpoint(tmp_path) -> None:
    Doing(tmp_path).intake.take(sealed_state(tmp_path, 4))
    doing = Doing(tmp_path)

    doing.intake.resume()
    doing.intake.take(sealed_state(tmp_path, 4))

    assert doing.done == [('ask', (1, 4)), ('release', (1, 4))]


def test_a_damaged_checkpoint_is_told_and_nothing_done(tmp_path) -> None:
    (tmp_path / 'checkpoint.json').write_bytes(b'oops')
    doing = Doing(tmp_path)

    doing.intake.resume()

    assert doing.done == []
    assert 'set aside' in doing.notices[0]


def test_a_disk_that_keeps_nothing_is_told(tmp_path, monkeypatch) -> None:
    doing = Doing(tmp_path)

    def full(sealed: SealedState) -> None:
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(doing.checkpoint, 'write', full)
        doing.intake.take(sealed_state(tmp_path))
    assert [name for name, _ in doing.done] == ['ask', 'release']
    assert any('No space left' in text for text in doing.notices)

    doing.intake.take(sealed_state(tmp_path, 2))
    assert not any('No space left' in text for text in doing.notices)


def full(*_: object) -> None:
    raise OSError(28, 'No space left on device')


def test_what_the_disk_did_not_keep_is_kept_once_it_can(tmp_path, monkeypatch) -> None:
    doing = Doing(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(durable, 'replace', full)
        doing.intake.take(sealed_state(tmp_path))
        doing.intake.retry()
    assert doing.done == []
    with monkeypatch.context() as patch:
        patch.setattr(doing.checkpoint, 'write', full)
        doing.intake.retry()
        doing.intake.retry()
    assert doing.done == [('ask', (1, 1)), ('release', (1, 1))]

    doing.intake.retry()

    assert doing.checkpoint.read() == sealed_state(tmp_path)
    assert doing.done == [('ask', (1, 1)), ('release', (1, 1))]
    assert not any('No space left' in text for text in doing.notices)


def test_a_claimed_name_is_told_and_not_obeyed(tmp_path) -> None:
    doing = Doing(tmp_path)

    doing.intake.take(sealed_state(tmp_path, key='ed25519:other'))

    assert [name for name, _ in doing.done] == ['claimed']
    assert doing.checkpoint.read() is None
