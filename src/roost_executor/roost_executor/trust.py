# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whose desired states this device obeys, and which of them."""

from __future__ import annotations

from pathlib import Path

from roost_core.desired import DesiredState
from roost_core.names import DeviceName
from roost_executor import durable
from roost_executor.checkpoint import SealedState
from roost_executor.notices import Notices
from roost_wire.envelope import EnvelopeRefused
from roost_wire.signing import fingerprint, is_key_id


class NameClaimed(Exception):
    """The manager knows another machine under our name; the text says what to do."""


class Trust:
    """Judge desired states: one manager's key, our name, our key, none older than the last.

    Not for several threads at once. What is ignored is told as a notice.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: DeviceName,
        device_key_id: str,
        notices: Notices,
        pinned: str = '',
    ) -> None:
        """Read whom the device trusts.

        Args:
            path: file with the key that was trusted at first contact.
            pinned: key of the one manager, or empty for trust at first contact.

        Raises:
            ValueError: the pinned key or the one in the file is none.
            OSError: the file cannot be read.
        """
        self._path = path
        self._device = device
        self._device_key_id = device_key_id
        self._notices = notices
        self._pinned = bool(pinned)
        key_id = pinned or _read(path)
        if key_id is not None and not is_key_id(key_id):
            where = 'parameter manager_key' if pinned else f"'{path}'"
            raise ValueError(
                f'{where} holds no key of a manager: {key_id!r:.80}; correct it, or remove '
                'it to trust the manager that is heard next'
            )
        self._key_id = key_id or ''
        self._last: SealedState | None = None

    @property
    def last(self) -> SealedState | None:
        """The newest desired state that was accepted."""
        return self._last

    @property
    def key_id(self) -> str:
        """Key of the manager that is obeyed; empty before the first contact."""
        return self._key_id

    def resume(self, sealed: SealedState) -> DesiredState | None:
        """Judge the checkpoint as `judge` does, without making a first contact or ending."""
        try:
            return self._judge(sealed, first_contact=False)
        except NameClaimed as claim:
            self._notices.put(
                'refused', f'ignored what this device was last asked to run: {claim}'
            )
            return None

    def judge(self, sealed: SealedState) -> DesiredState | None:
        """Give a desired state to obey, or None when it is ignored or already known.

        Raises:
            NameClaimed: it is meant for another machine of our name.
            OSError: the key of the first manager could not be kept; nothing is accepted.
        """
        if sealed == self._last:
            return None
        return self._judge(sealed, first_contact=True)

    def _judge(self, sealed: SealedState, *, first_contact: bool) -> DesiredState | None:
        try:
            state = sealed.open()
        except EnvelopeRefused as refusal:
            self._notices.put('refused', f'ignored a desired state: {refusal}')
            return None
        key = fingerprint(sealed.key_id)
        if self._key_id and sealed.key_id != self._key_id:
            how = 'pinned' if self._pinned else 'trusted at first contact'
            self._notices.put(
                'foreign',
                f"ignored a desired state of manager '{state.manager_id:.80}' with the key {key}: "
                f'this device obeys the key {fingerprint(self._key_id)} only, which was {how}',
            )
            return None
        if state.device != self._device:
            self._notices.put('refused', f"ignored a desired state for '{state.device:.80}'")
            return None
        if state.device_key_id != self._device_key_id:
            raise NameClaimed(
                f"the name '{self._device}' is claimed by another machine, which manager "
                f"'{state.manager_id:.80}' (key {key}) knows by the key "
                f'{fingerprint(state.device_key_id)}; the key of this one is '
                f'{fingerprint(self._device_key_id)}. Give one of them another name, or have the '
                f"manager forget '{self._device}' if this machine replaces it"
            )
        if not self._is_newer(state, sealed):
            return None
        if first_contact and not self._key_id:
            self._trust(sealed.key_id, state.manager_id)
        self._notices.settle('order')
        self._notices.settle('refused')
        self._last = sealed
        return state

    def _is_newer(self, state: DesiredState, sealed: SealedState) -> bool:
        if self._last is None or self._last.key_id != sealed.key_id:
            return True
        last = (self._last.epoch, self._last.revision)
        if state.order > last:
            return True
        if state.order == last and sealed.body == self._last.body:
            return False
        what = 'an older' if state.order < last else 'another'
        self._notices.put(
            'order',
            f'ignored {what} desired state {state.order} after {last} from manager '
            f"'{state.manager_id:.80}': was its database restored from a backup? "
            'Then run `roost manager recover`',
        )
        return False

    def _trust(self, key_id: str, manager_id: str) -> None:
        durable.replace(self._path, f'{key_id}\n'.encode())
        self._key_id = key_id
        self._notices.put(
            'trust',
            f"trusted manager '{manager_id:.80}' at first contact, by the key "
            f'{fingerprint(key_id)}; the parameter manager_key pins it: {key_id}',
        )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding='ascii').strip()
    except FileNotFoundError:
        return None
