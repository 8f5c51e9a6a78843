# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which executable runs a node, and how that is known."""

from graph_builders import deployment, device, in_container, native, participant, prefix, topology
import pytest

from roost_core.graph.attribution import (
    Attributor,
    DECLARED,
    GUID_PREFIX,
    HOST_NAME,
    Place,
    PROCESS_TREE,
    Question,
)
from roost_core.graph.dds_names import participant_from_prefix
from roost_core.graph.snapshot import ParticipantSource


def place(name):
    return Place(f'{name}-id', 'main', 'run')


def attribute(deployed, process, answers=None, node='/driver'):
    attributor = Attributor(deployed, answers or {})
    return attributor.node(node, process, attributor.process(process))


def test_a_container_is_known_by_its_host_name():
    found = attribute(topology(deployment('camera')), in_container(1, 'camera'))

    assert (found.source, found.place, found.device) == (HOST_NAME, place('camera'), 'rover1')


def test_two_containers_of_one_host_name_are_not_guessed_between():
    deployed = topology(deployment('camera'), deployment('camera'))

    found = attribute(deployed, in_container(1, 'camera'))

    assert found.place is None
    assert 'camera-host' in found.source


class TestNativeProcesses:
    """One robot with a native driver; its executor knows the process tree."""

    robot = device('rover1', 'id1', host_name='raspberrypi')
    deployed = topology(native('driver'), robot)
    process = participant(7, host_name='raspberrypi', host_id='id1', process_id=4711)

    def test_the_executor_is_asked(self):
        asked = Attributor(self.deployed, {}).questions([self.process])

        assert asked == {'rover1': (Question(prefix(7), 4711, False),)}
        assert 'not answered yet' in attribute(self.deployed, self.process).source

    def test_its_answer_counts_and_is_not_asked_for_again(self):
        answers = {prefix(7): {'rover1': place('driver')}}

        found = attribute(self.deployed, self.process, answers)

        assert (found.source, found.place, found.device) == (
            PROCESS_TREE,
            place('driver'),
            'rover1',
        )
        assert not Attributor(self.deployed, answers).questions([self.process])

    def test_a_foreign_process_stays_foreign(self):
        found = attribute(self.deployed, self.process, {prefix(7): {'rover1': None}})

        assert found.place is None
        assert found.source == "no executable of 'rover1'"

    def test_an_answer_about_a_deployment_that_is_gone_does_not_count(self):
        found = attribute(self.deployed, self.process, {prefix(7): {'rover1': place('gone')}})

        assert found.place is None

    def test_nobody_is_asked_about_a_strange_container_on_the_device(self):
        # Its pid is of another pid namespace, and could be that of any process of the device.
        stranger = participant(8, host_name='0a1b2c3d', host_id='id1', process_id=4711)

        assert not Attributor(self.deployed, {}).questions([stranger])
        assert attribute(self.deployed, stranger).source == "host '0a1b2c3d' is no device"

    def test_a_device_without_native_executables_or_offline_is_not_asked(self):
        without = topology(deployment('camera'), self.robot)
        offline = topology(native('driver'), device('rover1', 'id1', online=False))

        assert not Attributor(without, {}).questions([self.process])
        assert not Attributor(offline, {}).questions([self.process])

    def test_host_id_decides_between_robots_of_one_host_name(self):
        deployed = topology(
            native('driver'), self.robot, device('rover2', 'id2', host_name='raspberrypi')
        )

        assert list(Attributor(deployed, {}).questions([self.process])) == ['rover1']

    def test_a_host_id_that_nobody_knows_leaves_the_host_name(self):
        # An interface came up after the executor started, so the process hashed another id.
        process = participant(7, host_name='raspberrypi', host_id='new', process_id=4711)
        deployed = topology(
            native('driver'),
            native('other', device='rover2'),
            self.robot,
            device('rover2', 'id2', host_name='raspberrypi'),
        )

        assert set(Attributor(deployed, {}).questions([process])) == {'rover1', 'rover2'}
        found = attribute(
            deployed, process, {prefix(7): {'rover1': place('driver'), 'rover2': None}}
        )
        assert found.place == place('driver')

    def test_two_devices_that_both_claim_a_process_are_not_guessed_between(self):
        process = participant(7, host_name='raspberrypi', host_id='new', process_id=4711)
        deployed = topology(
            native('driver'),
            native('other', device='rover2'),
            self.robot,
            device('rover2', 'id2', host_name='raspberrypi'),
        )

        found = attribute(
            deployed, process, {prefix(7): {'rover1': place('driver'), 'rover2': place('other')}}
        )

        assert found.place is None
        assert found.source == "known to several devices: 'rover1', 'rover2'"


def test_a_prefix_alone_leads_to_the_executor_too():
    deployed = topology(native('driver'), device('rover1', '78fd'))
    process = participant_from_prefix('010f78fdf5581a4000000000')

    asked = Attributor(deployed, {}).questions([process])
    found = attribute(deployed, process, {process.gid_prefix: {'rover1': place('driver')}})

    assert asked == {'rover1': (Question(process.gid_prefix, 0x58F5, True),)}
    assert (found.source, found.place) == (GUID_PREFIX, place('driver'))


class TestDeclaredNodes:
    """What a package declares counts where nothing better is known, and never against it."""

    unknown = participant(9, source=ParticipantSource.GUID_PREFIX)

    @pytest.mark.parametrize('declared', ['/driver', '/dri*', '/*'])
    def test_a_blind_look_leaves_the_name(self, declared):
        found = attribute(topology(deployment('base', nodes=[declared])), self.unknown)

        assert (found.source, found.place) == (DECLARED, place('base'))

    def test_a_name_that_two_declare_decides_nothing(self):
        deployed = topology(
            deployment('base', nodes=['/driver']), deployment('arm', nodes=['/dri*'])
        )

        found = attribute(deployed, self.unknown)

        assert found.place is None
        assert 'declared by 2 executables' in found.source

    def test_one_executable_may_declare_a_name_twice(self):
        found = attribute(topology(deployment('base', nodes=['/driver', '/*'])), self.unknown)

        assert found.place == place('base')

    def test_an_executable_that_does_not_run_has_no_nodes(self):
        deployed = topology(deployment('base', nodes=['/driver'], running=False))

        assert attribute(deployed, self.unknown).place is None

    def test_a_process_on_a_laptop_is_not_a_container(self):
        laptop = participant(9, host_name='laptop', host_id='idl', process_id=5)

        found = attribute(topology(deployment('base', nodes=['/driver'])), laptop)

        assert (found.place, found.source) == (None, "host 'laptop' is no device")

    def test_an_executor_that_said_no_is_believed(self):
        deployed = topology(
            native('base', nodes=['/driver']), device('rover1', 'id1', host_name='pi')
        )
        process = participant(9, host_name='pi', host_id='id1', process_id=5)

        assert attribute(deployed, process).place == place('base')
        assert attribute(deployed, process, {prefix(9): {'rover1': None}}).place is None
