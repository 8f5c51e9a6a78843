# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Waits for changes of the ROS graph: the one event of rcl that rclpy does not pass on.

Every middleware triggers a guard condition of rcl when a participant, node or endpoint comes or
goes, https://docs.ros.org/en/jazzy/p/rcl/ (graph.h, `rcl_node_get_graph_guard_condition`). rclpy
has no way to wait for it and looks again and again instead, so rcl is called here by its C names.
"""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import threading

from rclpy.node import Node

_OK = 0
_FOR_EVER = -1
# An rcl_wait_set_t is six pointers, six sizes and one more pointer; zeros are an empty one.
_WAIT_SET_BYTES = 256
_JOIN_SEC = 5.0


class _Allocator(ctypes.Structure):
    """As rcutils_allocator_t: four functions and their state."""

    _fields_ = tuple(
        (name, ctypes.c_void_p)
        for name in ('allocate', 'deallocate', 'reallocate', 'zero_allocate', 'state')
    )


class GraphEvents:
    """Calls back after each change of the graph, on a thread of its own that otherwise sleeps."""

    def __init__(self, node: Node, on_change: Callable[[], None]) -> None:
        """Begin to wait; on_change must not block.

        Raises:
            OSError: rcl cannot be called.
        """
        self._node = node
        self._on_change = on_change
        self._wake = node.create_guard_condition(lambda: None)
        self._closing = threading.Event()
        self._rcl = _rcl()
        changed = self._rcl.rcl_node_get_graph_guard_condition(node.handle.pointer)
        if not changed:
            raise OSError('rcl gives no guard condition for its graph')
        self._conditions = (changed, self._wake.handle.pointer)
        self._wait_set = ctypes.create_string_buffer(_WAIT_SET_BYTES)
        self._check(
            self._rcl.rcl_wait_set_init(
                self._wait_set,
                *(0, len(self._conditions), 0, 0, 0, 0),
                node.context.handle.pointer,
                _allocator(),
            )
        )
        self._thread = threading.Thread(target=self._wait, name='graph events', daemon=True)
        self._thread.start()

    def close(self) -> bool:
        """End, before the node does; tell whether nothing uses the node any more."""
        self._closing.set()
        self._wake.trigger()
        self._thread.join(_JOIN_SEC)
        return not self._thread.is_alive()

    def _wait(self) -> None:
        try:
            while True:
                self._check(self._rcl.rcl_wait_set_clear(self._wait_set))
                for condition in self._conditions:
                    self._check(
                        self._rcl.rcl_wait_set_add_guard_condition(self._wait_set, condition, None)
                    )
                self._check(self._rcl.rcl_wait(self._wait_set, _FOR_EVER))
                if self._closing.is_set():
                    return
                self._on_change()
        finally:
            self._rcl.rcl_wait_set_fini(self._wait_set)

    def _check(self, returned: int) -> None:
        if returned != _OK:
            raise OSError(f'rcl cannot wait for its graph, it returned {returned}')


def _rcl() -> ctypes.CDLL:
    rcl = ctypes.CDLL('librcl.so')
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    rcl.rcl_node_get_graph_guard_condition.argtypes = (pointer,)
    rcl.rcl_node_get_graph_guard_condition.restype = pointer
    rcl.rcl_wait_set_init.argtypes = (pointer, *(size,) * 6, pointer, _Allocator)
    rcl.rcl_wait_set_clear.argtypes = (pointer,)
    rcl.rcl_wait_set_add_guard_condition.argtypes = (pointer, pointer, pointer)
    rcl.rcl_wait.argtypes = (pointer, ctypes.c_int64)
    rcl.rcl_wait_set_fini.argtypes = (pointer,)
    return rcl


def _allocator() -> _Allocator:
    rcutils = ctypes.CDLL('librcutils.so')
    rcutils.rcutils_get_default_allocator.restype = _Allocator
    allocator: _Allocator = rcutils.rcutils_get_default_allocator()
    return allocator
