# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Identity of an instance."""

from dataclasses import replace

from roost_core.document import canonical_json, from_document, parse_json, to_document
from roost_core.instance import DesiredInstance, InstanceSpec, Slot
from roost_core.names import DeploymentId
from roost_core.package import DeviceRuntime, RestartPolicy


def desired() -> DesiredInstance:
    return DesiredInstance(
        slot=Slot(DeploymentId('camera-1'), 'driver', 'main'),
        deployment_name='camera',
        generation=1,
        restart=RestartPolicy.ALWAYS,
        spec=InstanceSpec(runtime=DeviceRuntime.DOCKER, image='camera:1'),
    )


def test_equal_instances_have_one_identity():
    assert desired().identity == desired().identity


def test_generation_and_spec_make_another_identity():
    first = desired()
    tokens = {
        first.identity.token,
        replace(first, generation=2).identity.token,
        replace(first, spec=replace(first.spec, image='camera:2')).identity.token,
    }

    assert len(tokens) == 3


def test_a_remembered_identity_is_neither_compared_nor_written():
    asked, fresh = desired(), desired()
    asked.identity  # noqa: B018  (remembers it)

    document = to_document(asked)

    assert asked == fresh
    assert document == to_document(fresh)
    assert from_document(DesiredInstance, parse_json(canonical_json(document))) == fresh


def test_another_policy_is_the_same_instance():
    assert replace(desired(), restart=RestartPolicy.NEVER).identity == desired().identity
