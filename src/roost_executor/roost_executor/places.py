# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""All slots as the supervisor keeps them, and what they say of each other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from roost_core import boot_order
from roost_core.instance import Slot
from roost_core.names import DeploymentId
from roost_core.reconcile import Circumstances, SlotView
from roost_executor.observe import Picture
from roost_executor.place import Place


class Places(dict[Slot, Place]):
    """Places by slot. Only the supervisor's own thread touches them.

    They are put in by `at` and taken out by `drop` alone.
    """

    def __init__(self, picture: Picture) -> None:
        """Begin with none; the picture tells what exists in them."""
        super().__init__()
        self._picture = picture
        self._slots_of: dict[DeploymentId, set[Slot]] = {}
        self._waiting: set[Slot] = set()

    def at(self, slot: Slot) -> Place:
        """Give the place of a slot, a new one if need be."""
        place = self.get(slot)
        if place is None:
            place = self[slot] = Place(slot)
            self._slots_of.setdefault(slot.deployment_id, set()).add(slot)
        return place

    def drop(self, slot: Slot) -> None:
        """Forget a place."""
        del self[slot]
        self._waiting.discard(slot)
        siblings = self._slots_of[slot.deployment_id]
        siblings.discard(slot)
        if not siblings:
            del self._slots_of[slot.deployment_id]

    def view(self, place: Place, around: Circumstances) -> SlotView:
        """Join what is known of a place, and for whom it waits."""
        view = place.view(self._picture.of(place.slot))
        name = boot_order.waits_for(view, self._views_of, around)
        if not name:
            self._waiting.discard(place.slot)
            return view
        self._waiting.add(place.slot)
        return replace(view, waits_for=name)

    def whose_turn_it_may_be(self, touched: Collection[Slot]) -> list[Slot]:
        """List what waits for deployments of which something changed."""
        return [
            slot
            for slot in self._waiting
            if (desired := self[slot].desired) is not None
            and any(each.deployment_id in desired.after for each in touched)
        ]

    def _views_of(self, deployment_id: DeploymentId) -> list[SlotView]:
        slots = self._slots_of.get(deployment_id, ())
        return [self[slot].view(self._picture.of(slot)) for slot in slots]
