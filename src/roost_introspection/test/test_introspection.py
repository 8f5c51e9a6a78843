# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The node as a process: real nodes in, the graph out."""

import itertools
import signal
import socket
import threading
import time

import pytest
from std_msgs.msg import String

from roost_interfaces import msg, srv
from roost_wire import qos
from roost_wire.calls import call
from roost_wire.convert.graph import EDGE_KIND_OF
from roost_wire.session import Session
from testbed.wait import eventually

SOON_SEC = 30.0
# How far the graph may be behind: after the last node's start or clean end, and after a kill.
BEHIND_SEC = 3.0
BEHIND_KILL_SEC = 26.0

OWN_HOST = 'roost-0123456789abcdef'


class Observed:
    """Introspection on a domain, a stand-in for the manager, and what introspection says."""

    def __init__(self, domain, **parameters):
        settings = itertools.chain.from_iterable(
            ('-p', f'{name}:={value}') for name, value in parameters.items()
        )
        self._domain = domain
        self.process = domain.start(
            '-m', 'roost_introspection.main', '--ros-args', *settings
        ).ready('watching network')
        self.session = Session('stand_in', namespace='/roost', domain_id=domain.id)
        self.session.start()
        node = self.session.node
        self._topologies = node.create_publisher(
            msg.Topology, '/roost/deployment_manager/topology', qos.LATCHED
        )
        self._revisions = itertools.count(1)
        self.graphs = []
        self.dots = []
        self.snapshots = []
        for type_, name, kept in (
            (msg.DependencyGraph, 'graph', self.graphs),
            (msg.GraphSnapshot, 'snapshot', self.snapshots),
            (String, 'dot', self.dots),
        ):
            node.create_subscription(
                type_, f'/roost/introspection/{name}', kept.append, qos.LATCHED
            )
        self._client = node.create_client(srv.GetGraph, '/roost/introspection/get_graph')

    def deploy(self, *deployments, devices=(), networks=None):
        self._topologies.publish(
            msg.Topology(
                revision=next(self._revisions),
                deployments=list(deployments),
                devices=list(devices),
                networks=[network(self._domain)] if networks is None else list(networks),
            )
        )

    def get(self, **request):
        return call(self._client, srv.GetGraph.Request(**request), timeout_sec=SOON_SEC)

    def arrows(self):
        return arrows_of(self.graphs[-1]) if self.graphs else None

    def sources(self):
        """Give how each node is known, by its name."""
        return {each.name: each.source for each in self.nodes()}

    def nodes(self):
        return self.graphs[-1].nodes if self.graphs else ()

    def eventually_arrows(self, *expected, timeout_sec=SOON_SEC):
        def drawn():
            assert self.arrows() == sorted(expected)
            return True

        eventually(drawn, timeout_sec)


def arrows_of(graph):
    labels = {vertex.id: vertex.label for vertex in graph.vertices}
    return sorted(
        (EDGE_KIND_OF[edge.kind].value, labels[edge.source], labels[edge.target], edge.label)
        for edge in graph.edges
    )


def deployment(name, *needs, host_name='', device='rover1', nodes=()):
    return msg.TopologyDeployment(
        id=f'{name}-id',
        name=name,
        phase=msg.Deployment.PHASE_SUCCEEDED,
        status=msg.Deployment.STATUS_RUNNING,
        dependencies=[f'{each}-id' for each in needs],
        executables=[
            msg.TopologyExecutable(
                component='main',
                executable='run',
                device=device,
                runtime='docker' if host_name else 'preinstalled',
                host_name=host_name,
                running=True,
            )
        ],
        components=[msg.TopologyComponent(component='main', nodes=list(nodes))],
    )


def network(domain, name='default', **values):
    """Give a network on a domain; the built-in one unless it has an id."""
    return msg.TopologyNetwork(
        name=name,
        domain_id=domain.id,
        phase=msg.Deployment.PHASE_SUCCEEDED,
        status=msg.Deployment.STATUS_RUNNING,
        running=True,
        **{'discovery_range': 'LOCALHOST', **values},
    )


def this_device(name='rover1'):
    return msg.TopologyDevice(
        name=name,
        host_name=socket.gethostname(),
        executor=f'/roost/devices/{name}/executor',
        online=True,
    )


def as_container(host_name):
    """Give a prefix that runs a program under another host name, as a container has."""
    script = f'hostname {host_name} && exec "$@"'
    return ('unshare', '--user', '--map-root-user', '--uts', 'sh', '-c', script, 'sh')


class Executor:
    """The part of an executor that is asked; knows pids and what deployment each belongs to."""

    def __init__(self, session, known, device='rover1'):
        self.asked = []
        self.answering = threading.Event()
        self.answering.set()
        self._known = known
        session.node.create_service(
            srv.IdentifyProcesses,
            f'/roost/devices/{device}/executor/identify_processes',
            self._answer,
        )

    def _answer(self, request, response):
        self.asked.extend(request.pids)
        response.result.ok = self.answering.is_set()
        for pid in request.pids:
            name = self._known.get(pid, '')
            response.processes.append(
                msg.ProcessIdentity(
                    pid=pid,
                    found=bool(name),
                    deployment_id=f'{name}-id',
                    component='main',
                    executable='run',
                )
            )
        return response


@pytest.fixture
def observe(domain):
    opened = []

    def observe_(**parameters):
        observed = Observed(domain, **parameters)
        opened.append(observed)
        return observed

    yield observe_
    for observed in opened:
        observed.session.close()
        assert observed.process.end(signal.SIGTERM) == 0
        assert 'Traceback' not in observed.process.log


def test_containers_are_drawn_as_their_deployments(domain, observe):
    observed = observe()
    domain.nodes(
        {'name': '/sim', 'pub': ['/pose'], 'serve': ['/reset'], 'act': ['/drive']},
        {'name': '/sim_helper', 'sub': ['/pose']},
        prefix=as_container(OWN_HOST),
    )
    domain.nodes({'name': '/rviz', 'sub': ['/pose'], 'call': ['/reset'], 'ask': ['/drive']})

    observed.deploy(deployment('simulator', host_name=OWN_HOST), deployment('turtle', 'simulator'))

    others = '1 other ROS node'
    observed.eventually_arrows(
        ('dependency', 'turtle', 'simulator', ''),
        ('topic', 'simulator', others, '/pose'),
        ('service', 'simulator', others, '/reset'),
        ('action', 'simulator', others, '/drive'),
    )

    def known():
        assert {(each.name, each.source) for each in observed.nodes()} == {
            ('sim', 'container host name'),
            ('sim_helper', 'container host name'),
            ('rviz', f"host '{socket.gethostname()}' is no device"),
        }
        return True

    eventually(known, SOON_SEC)


def test_native_twins_are_told_apart_by_the_executor(domain, observe):
    observed = observe()
    left = domain.nodes({'name': '/driver', 'pub': ['/left']})
    right = domain.nodes({'name': '/driver', 'pub': ['/right']})
    foreign = domain.nodes({'name': '/mapper', 'sub': ['/left', '/right']})
    executor = Executor(observed.session, {left.pid: 'left', right.pid: 'right'})

    observed.deploy(deployment('left'), deployment('right'), devices=[this_device()])

    observed.eventually_arrows(
        ('topic', 'left', '1 other ROS node', '/left'),
        ('topic', 'right', '1 other ROS node', '/right'),
    )

    def known():
        assert {(each.name, each.deployment_id, each.source) for each in observed.nodes()} == {
            ('driver', 'left-id', 'process tree'),
            ('driver', 'right-id', 'process tree'),
            ('mapper', '', "no executable of 'rover1'"),
        }
        return True

    eventually(known, SOON_SEC)
    assert {left.pid, right.pid, foreign.pid} <= set(executor.asked)


def test_an_executor_that_cannot_answer_yet_is_asked_again(domain, observe):
    observed = observe(identify_timeout_sec=0.3)
    driver = domain.nodes({'name': '/driver', 'pub': ['/scan']})
    executor = Executor(observed.session, {driver.pid: 'driver'})
    executor.answering.clear()
    observed.deploy(deployment('driver'), devices=[this_device()])
    eventually(lambda: executor.asked.count(driver.pid) > 1, SOON_SEC, 'it is asked twice')
    waiting = "not answered yet by 'rover1'"
    eventually(lambda: observed.sources().get('driver') == waiting, SOON_SEC)

    executor.answering.set()

    eventually(lambda: observed.sources()['driver'] == 'process tree', SOON_SEC)
    asked = len(executor.asked)
    domain.nodes({'name': '/other', 'pub': ['/x']})
    eventually(lambda: 'other' in observed.sources(), SOON_SEC)
    assert driver.pid not in executor.asked[asked:]


def test_the_graph_follows_starts_ends_and_kills(domain, observe):
    observed = observe()
    observed.deploy(deployment('simulator', host_name=OWN_HOST))
    domain.nodes({'name': '/sim', 'pub': ['/pose']}, prefix=as_container(OWN_HOST))
    arrow = ('topic', 'simulator', '1 other ROS node', '/pose')

    started = domain.nodes({'name': '/viewer', 'sub': ['/pose']})
    observed.eventually_arrows(arrow, timeout_sec=BEHIND_SEC)

    started.end()
    observed.eventually_arrows(timeout_sec=BEHIND_SEC)

    killed = domain.nodes({'name': '/viewer', 'sub': ['/pose']})
    observed.eventually_arrows(arrow, timeout_sec=BEHIND_SEC)
    killed.end(signal.SIGKILL)
    observed.eventually_arrows(timeout_sec=BEHIND_KILL_SEC)


def test_nothing_is_published_when_nothing_changes(domain, observe):
    observed = observe(resync_sec=0.2)
    domain.nodes({'name': '/sim', 'pub': ['/pose']})
    eventually(lambda: 'sim' in observed.sources(), SOON_SEC)
    settled = eventually(lambda: _unchanged_for(observed, 1.5), SOON_SEC, 'quiet')

    assert settled
    revisions = [graph.revision for graph in observed.graphs]
    assert revisions == sorted(set(revisions))


def _unchanged_for(observed, seconds):
    """Tell whether many resyncs went by without a publication."""
    before = len(observed.graphs), len(observed.snapshots), len(observed.dots)
    deadline = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > deadline, seconds + 1)
    return before == (len(observed.graphs), len(observed.snapshots), len(observed.dots))


def test_latched_whole_and_consistent(domain, observe):
    observed = observe()
    domain.nodes({'name': '/sim', 'pub': ['/pose'], 'act': ['/drive']})
    eventually(lambda: 'sim' in observed.sources(), SOON_SEC)
    kept = []

    # Endpoints come one after another, and snapshots later than graphs.
    def whole():
        assert kept
        snapshot = kept[-1]
        assert (snapshot.network, snapshot.domain_id) == ('default', domain.id)
        prefixes = {each.gid_prefix for each in snapshot.participants}
        assert {each.gid[:24] for each in snapshot.endpoints} <= prefixes
        kinds = {each.name: each.kind for each in snapshot.endpoints}
        assert kinds.get('/drive') == msg.GraphEndpoint.KIND_ACTION_SERVER
        assert not any('/_action/' in name for name in kinds)
        return True

    with Session('late', domain_id=domain.id) as late:
        late.node.create_subscription(
            msg.GraphSnapshot, '/roost/introspection/snapshot', kept.append, qos.LATCHED
        )
        eventually(whole, SOON_SEC)

    eventually(lambda: observed.dots and 'pos=' in observed.dots[-1].data, SOON_SEC)


def test_get_graph_in_every_format(domain, observe):
    observed = observe()
    domain.nodes({'name': '/sim', 'pub': ['/pose']}, prefix=as_container(OWN_HOST))
    domain.nodes({'name': '/viewer', 'sub': ['/pose']})
    observed.deploy(deployment('simulator', host_name=OWN_HOST), deployment('turtle', 'simulator'))
    eventually(lambda: len(observed.arrows() or ()) == 2, SOON_SEC)
    eventually(lambda: {'sim', 'viewer'} == observed.sources().keys(), SOON_SEC)

    contents = {name: observed.get(format=name) for name in ('dot', 'svg', 'png', 'json', 'text')}
    opened = observed.get(open_foreign=True, root='simulator')
    bare = observed.get(hide_communication=True)

    assert all(response.result.ok for response in contents.values())
    assert bytes(contents['png'].content).startswith(b'\x89PNG')
    assert b'<svg' in bytes(contents['svg'].content)
    assert 'turtle  Running' in bytes(contents['text'].content).decode()
    assert contents['json'].media_type == 'application/json'
    assert 'pos=' in bytes(contents['dot'].content).decode()
    assert ('topic', 'simulator', '/viewer', '/pose') in arrows_of(opened.graph)
    assert opened.graph.root == 'deployment/simulator-id'
    assert arrows_of(bare.graph) == [('dependency', 'turtle', 'simulator', '')]


def test_a_bad_request_is_refused_in_words(observe):
    observed = observe()

    unknown = observed.get(root='nobody')
    odd = observed.get(format='gif')

    assert (unknown.result.ok, unknown.result.code) == (False, 'NOT_FOUND')
    assert "no deployment, network or volume 'nobody'" in unknown.result.message
    assert (odd.result.ok, odd.result.code) == (False, 'INVALID')


def test_a_malformed_topology_does_no_harm(domain, observe):
    observed = observe()
    twin = deployment('twin', 'twin', 'nobody', host_name=OWN_HOST)
    twin.phase = twin.status = 250
    devices = [
        msg.TopologyDevice(name='../../etc', executor='not a name', online=True),
        msg.TopologyDevice(
            name='', host_ids=['', ''], host_name=socket.gethostname(), online=True
        ),
    ]

    observed.deploy(
        twin,
        twin,
        msg.TopologyDeployment(name='\x1b[2J"; -> {', id=''),
        deployment('x' * 100_000, nodes=['[', '**[!', '(' * 1000]),
        deployment('lost', device='../../etc'),
        deployment('void', device=''),
        devices=devices,
    )
    domain.nodes({'name': '/viewer', 'sub': ['/pose']})

    eventually(lambda: 'viewer' in observed.sources(), SOON_SEC)
    eventually(lambda: 'twin' in {each.label for each in observed.graphs[-1].vertices}, SOON_SEC)
    assert observed.get(format='svg').result.ok
    observed.deploy(deployment('simulator'))
    eventually(
        lambda: 'simulator' in {each.label for each in observed.graphs[-1].vertices}, SOON_SEC
    )


def test_each_network_is_watched_while_it_is_there(domain, other_domain, observe):
    observed = observe()
    site = network(other_domain, 'site', id='site-id')
    observed.deploy(networks=[network(domain), site])
    other_domain.nodes({'name': '/there', 'pub': ['/pose']})
    domain.nodes({'name': '/here', 'sub': ['/pose']})
    eventually(lambda: {'here', 'there'} == observed.sources().keys(), SOON_SEC)
    assert {each.name: each.network for each in observed.nodes()} == {
        'here': 'default',
        'there': 'site',
    }
    observed.eventually_arrows()
    watched = {each.network: each for each in observed.graphs[-1].networks}
    assert watched['site'].watched_from == ['here']
    assert watched['site'].domain_id == other_domain.id
    assert watched['site'].endpoints > 0
    assert {each.message for each in watched.values()} == {''}
    assert {each.label for each in observed.graphs[-1].vertices} == {'site', '2 other ROS nodes'}

    observed.deploy(networks=[network(domain)])

    eventually(lambda: {'here'} == observed.sources().keys(), SOON_SEC)
    eventually(lambda: "no longer watching network 'site'" in observed.process.log, SOON_SEC)
    assert [each.network for each in observed.graphs[-1].networks] == ['default']


def test_a_network_that_moves_is_followed(domain, other_domain, observe):
    observed = observe()
    other_domain.nodes({'name': '/there', 'pub': ['/pose']})
    observed.deploy(networks=[network(domain, 'site', id='site-id')])
    eventually(lambda: observed.graphs and observed.graphs[-1].networks, SOON_SEC)
    assert 'there' not in observed.sources()

    observed.deploy(networks=[network(other_domain, 'site', id='site-id')])

    eventually(lambda: {'there'} == observed.sources().keys(), SOON_SEC)


def test_a_network_that_cannot_be_joined_disturbs_no_other(domain, observe):
    observed = observe()
    lost = network(domain, 'lost', id='lost-id', discovery_range='NOWHERE')
    lost.domain_id = 1000
    unknown = network(domain, 'unknown', id='unknown-id', device='rover1')

    observed.deploy(networks=[network(domain), lost, unknown])
    domain.nodes({'name': '/here', 'pub': ['/pose']})

    eventually(lambda: 'here' in observed.sources(), SOON_SEC)

    def told():
        watched = {each.network: each for each in observed.graphs[-1].networks}
        assert watched['default'].message == ''
        assert watched['lost'].watched_from == watched['unknown'].watched_from == []
        assert 'cannot be joined' in watched['lost'].message
        assert watched['unknown'].message == 'its discovery server is not known yet'
        return True

    eventually(told, SOON_SEC)


def test_without_a_manager_the_own_domain_is_watched(domain, observe):
    observed = observe(manager_wait_sec=0.1)

    domain.nodes({'name': '/here', 'pub': ['/pose']})

    eventually(lambda: 'here' in observed.sources(), SOON_SEC)
    assert 'stand_in' not in observed.sources()
    eventually(lambda: observed.snapshots, SOON_SEC, 'a snapshot')
    assert observed.snapshots[-1].domain_id == domain.id
