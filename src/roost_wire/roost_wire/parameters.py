# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of nodes: declared with a description and bounds, read once, and read-only."""

from __future__ import annotations

from collections.abc import Sequence

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    ParameterType,
)
from rclpy.node import Node


def text(node: Node, name: str, default: str, description: str) -> str:
    """Declare a text and read it; one that is declared already is read only."""
    if node.has_parameter(name):
        known: str = node.get_parameter(name).value
        return known
    descriptor = ParameterDescriptor(description=description, read_only=True)
    value: str = node.declare_parameter(name, default, descriptor).value
    return value


def texts(node: Node, name: str, default: Sequence[str], description: str) -> tuple[str, ...]:
    """Declare a list of texts and read it; empty ones are left out."""
    descriptor = ParameterDescriptor(
        description=description, read_only=True, type=ParameterType.PARAMETER_STRING_ARRAY
    )
    # An empty list as default would be one of bytes: rclpy cannot tell what it is a list of.
    value = node.declare_parameter(name, list(default) or [''], descriptor).value
    return tuple(entry for entry in value if entry)


def whole(node: Node, name: str, default: int, least: int, most: int, description: str) -> int:
    """Declare a whole number with its bounds and read it."""
    descriptor = ParameterDescriptor(
        description=description,
        read_only=True,
        integer_range=[IntegerRange(from_value=least, to_value=most, step=1)],
    )
    value: int = node.declare_parameter(name, default, descriptor).value
    return value


def real(
    node: Node, name: str, default: float, least: float, most: float, description: str
) -> float:
    """Declare a number with its bounds and read it; a whole number is one too.

    Raises:
        ValueError: it is no number, or out of its bounds.
    """
    descriptor = ParameterDescriptor(
        description=description,
        read_only=True,
        dynamic_typing=True,  # '5' is a number of seconds too
        floating_point_range=[FloatingPointRange(from_value=least, to_value=most, step=0.0)],
    )
    value = node.declare_parameter(name, default, descriptor).value
    if type(value) not in (int, float) or not least <= value <= most:
        raise ValueError(f"parameter '{name}' is {value!r}, not from {least:g} to {most:g}")
    return float(value)
