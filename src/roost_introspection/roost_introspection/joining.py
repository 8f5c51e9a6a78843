# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Joins a network as a node that has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
import threading

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

# Beyond there are no ports, and Fast DDS ends the process.
_GREATEST_DOMAIN = 232
_NO_TYPE_DESCRIPTIONS = Parameter('start_type_description_service', value=False)

# The environment belongs to the whole process, and contexts read it while they start.
_environment_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAddress:
    """How a network is joined.

    Attributes:
        discovery_range: as ROS_AUTOMATIC_DISCOVERY_RANGE has it.
        discovery_server: address and port; empty for peer-to-peer discovery.
    """

    domain_id: int
    discovery_range: str
    discovery_server: str = ''


def join(address: NetworkAddress, *, name: str, namespace: str) -> Node:
    """Join a network with a node in a context of its own, which nobody needs to spin.

    Raises:
        OSError: the network cannot be joined.
    """
    if address.domain_id > _GREATEST_DOMAIN:
        raise OSError(
            f'ROS domain {address.domain_id} cannot be joined: {_GREATEST_DOMAIN} is the greatest'
        )
    context = Context()
    with _environment(address):
        try:
            rclpy.init(
                context=context,
                domain_id=address.domain_id,
                signal_handler_options=SignalHandlerOptions.NO,
            )
            # Only now is there a participant.
            return Node(
                name,
                namespace=namespace,
                context=context,
                enable_rosout=False,
                start_parameter_services=False,
                parameter_overrides=[_NO_TYPE_DESCRIPTIONS],
            )
        except Exception as error:
            context.try_shutdown()
            raise OSError(f'ROS domain {address.domain_id} cannot be joined: {error}') from error


def leave(node: Node) -> None:
    """Leave the network."""
    node.destroy_node()
    node.context.try_shutdown()


@contextmanager
def _environment(address: NetworkAddress) -> Iterator[None]:
    """Have the environment say how a network is joined, which can be said nowhere else."""
    values = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': address.discovery_range or 'SUBNET',
        # Fast DDS keeps what it once read of a variable that is unset: empty is not unset.
        'ROS_DISCOVERY_SERVER': address.discovery_server,
        # Others are told only of the endpoints that match their own.
        'ROS_SUPER_CLIENT': 'TRUE' if address.discovery_server else 'FALSE',
    }
    with _environment_lock:
        before = {name: os.environ[name] for name in values if name in os.environ}
        os.environ.update(values)
        try:
            yield
        finally:
            for name in values:
                del os.environ[name]
            os.environ.update(before)
