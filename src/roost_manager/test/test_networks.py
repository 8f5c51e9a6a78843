# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks and volumes: deployed like deployments, and needed by them."""

from builders import facts
from manager_rig import deployment, package
import pytest

from roost_core.network import DOMAIN_POOL
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status
from roost_manager.plan import Action

ROS_PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {name: talker, version: '1'}
spec:
  components:
    - name: main
      runtime: device
      ros: {enabled: true}
      executables: [{name: run, image: 'run:1'}]
"""


def network(name, **spec):
    return f'\n{{apiVersion: roost/v1, kind: Network, metadata: {{name: {name}}}, spec: {spec}}}\n'


def volume(name, **spec):
    spec = {'device': 'rover1', **spec}
    return f'\n{{apiVersion: roost/v1, kind: Volume, metadata: {{name: {name}}}, spec: {spec}}}\n'


def talker(name='talk', **component):
    return f"""
apiVersion: roost/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  package: {{name: talker, version: '1'}}
  components: {{main: {dict(device='rover1', **component)}}}
"""


ROUTED = {'type': 'routed', 'runtime': 'device', 'device': 'rover1', 'port': 12000}


@pytest.fixture
def fleet(rig):
    """Give a fleet with a device that tells its address."""
    rig.device(facts=facts(address='192.0.2.7'))
    rig.apply(package(), ROS_PACKAGE)
    return rig


def found(rig, name, kind=ResourceKind.NETWORK):
    return rig.fleet.named(name, kind)


def environment(rig, name):
    (kept,) = [each for each in rig.desired().keep if each.deployment_name == name]
    return kept.spec.environment


def problems(rig, *documents):
    return [(each.code, each.message) for each in rig.plan(*documents).problems]


def test_a_native_network_runs_at_once_and_gets_a_free_domain(fleet):
    fleet.apply(network('lab'), network('yard', domainId=9))

    lab, yard = found(fleet, 'lab'), found(fleet, 'yard')
    assert (lab.phase, lab.status) == (Phase.SUCCEEDED, Status.RUNNING)
    assert lab.domain_id == DOMAIN_POOL[0]
    assert yard.domain_id == 9


def test_members_of_a_native_network_are_told_its_domain(fleet):
    fleet.apply(network('lab', domainId=9), talker(network='lab'))

    assert environment(fleet, 'talk')['ROS_DOMAIN_ID'] == '9'
    assert 'ROS_DISCOVERY_SERVER' not in environment(fleet, 'talk')


def test_members_of_a_routed_network_wait_for_its_server(fleet):
    fleet.apply(network('lab', **ROUTED), talker(network='lab'))

    assert 'waiting for network lab: Provisioning' in fleet['talk'].reason.text
    fleet.settle()
    assert fleet['talk'].phase is Phase.SUCCEEDED
    told = environment(fleet, 'talk')
    assert told['ROS_DISCOVERY_SERVER'] == '192.0.2.7:12000'
    assert told['RMW_IMPLEMENTATION'] == 'rmw_fastrtps_cpp'


def test_what_is_on_a_network_in_error_is_in_error_too_and_recovers(fleet):
    fleet.apply(network('lab', **ROUTED), talker(network='lab'))
    fleet.settle()
    (server,) = [each.slot for each in fleet.desired().keep if each.slot.component == 'server']

    fleet.change('rover1', server, status=Status.ERROR, codes=('DEP_E152',))

    assert fleet['talk'].codes == ('DEP_E156',)
    assert 'network lab is in error' in fleet['talk'].reason.text
    fleet.change('rover1', server, status=Status.RUNNING, codes=())
    assert (fleet['talk'].status, fleet['talk'].codes) == (Status.RUNNING, ())


def test_two_networks_share_neither_domain_nor_server(fleet):
    fleet.apply(network('lab', **ROUTED))

    assert problems(fleet, network('yard', domainId=1)) == [
        ('CONFLICT', "ROS domain 1 belongs to network 'lab'")
    ]
    assert problems(fleet, network('yard', **ROUTED)) == [
        ('CONFLICT', "port 12000 of rover1 is that of network 'lab'")
    ]
    assert problems(fleet, network('yard', domainId=7))[0][0] == 'CONFLICT'


def test_two_networks_of_one_request_share_no_domain(fleet):
    fleet.apply(network('lab'), network('yard'))

    assert found(fleet, 'lab').domain_id != found(fleet, 'yard').domain_id
    assert problems(fleet, network('a', domainId=50), network('b', domainId=50)) == [
        ('CONFLICT', "ROS domain 50 belongs to network 'a'")
    ]


def test_the_built_in_network_has_its_name_for_itself(fleet):
    assert problems(fleet, network('default')) == [
        ('CONFLICT', "'default' is the built-in network")
    ]


def test_what_is_in_use_is_not_deprovisioned_and_goes_with_its_users(fleet):
    fleet.apply(network('lab', **ROUTED), talker(network='lab'))
    fleet.settle()

    fleet.deprovision('talk')
    fleet.settle()

    assert found(fleet, 'lab').status is Status.RUNNING


def test_a_network_can_only_change_its_labels(fleet):
    fleet.apply(network('lab', **ROUTED))

    assert problems(fleet, network('lab', **{**ROUTED, 'port': 13000})) == [
        ('CONFLICT', "network 'lab' is there, and its port cannot change")
    ]
    (change,) = fleet.apply(network('lab', **ROUTED)).changes
    assert change.action is Action.UNCHANGED


def test_a_volume_is_mounted_by_what_waits_for_it(fleet):
    fleet.apply(
        volume('maps'),
        talker(volumes=[{'volume': 'maps', 'mountPath': '/maps', 'readOnly': True}]),
    )

    assert 'waiting for volume maps' in fleet['talk'].reason.text
    fleet.settle()
    (kept,) = [each for each in fleet.desired().keep if each.deployment_name == 'talk']
    (mount,) = kept.spec.mounts
    assert (mount.source, mount.target, mount.read_only) == (
        found(fleet, 'maps', ResourceKind.VOLUME).id,
        '/maps',
        True,
    )


def test_a_volume_of_another_device_is_refused(fleet):
    fleet.device('rover2')

    asked = talker(volumes=[{'volume': 'maps', 'mountPath': '/maps'}])

    assert problems(fleet, volume('maps', device='rover2'), asked) == [
        ('REFUSED', "volume 'maps' is on rover2, and component 'main' goes to rover1")
    ]
    assert problems(fleet, asked) == [('NOT_FOUND', "there is no volume 'maps'")]


def test_a_name_is_taken_within_its_kind_only(fleet):
    fleet.apply(network('base'), volume('base'), deployment('base'))

    assert len(fleet.fleet.deployments) == 3


def test_networks_survive_the_manager(fleet):
    fleet.apply(network('lab', **ROUTED), volume('maps'), talker(network='lab'))
    fleet.settle()
    before = fleet.desired().keep

    fleet.restart()
    fleet.settle()

    assert fleet.desired().keep == before
    assert found(fleet, 'lab').status is Status.RUNNING
