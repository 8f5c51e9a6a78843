# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node says of a live graph: findings, and who needs what."""

import pytest
from std_msgs.msg import String

from roost_core.graph.model import FindingKind
from roost_interfaces import msg, srv
from roost_wire import qos
from roost_wire.calls import call
from roost_wire.convert.graph import graph_of
from roost_wire.convert.needs import answer_of
from roost_wire.session import Session
from testbed.wait import eventually

SOON_SEC = 30.0
SETTLE_SEC = 1.0


def deployment(name, *needs, topics=()):
    """Give a deployment of one container, whose host name is its name."""
    return msg.TopologyDeployment(
        id=f'{name}-id',
        name=name,
        phase=msg.Deployment.PHASE_SUCCEEDED,
        status=msg.Deployment.STATUS_RUNNING,
        dependencies=[f'{each}-id' for each in needs],
        components=[
            msg.TopologyComponent(
                component='main',
                network='default',
                interfaces=[
                    msg.DeclaredInterface(kind=msg.DeclaredInterface.KIND_TOPIC, name=topic)
                    for topic in topics
                ],
            )
        ],
        executables=[
            msg.TopologyExecutable(
                component='main',
                executable='run',
                device='rover1',
                runtime='docker',
                host_name=f'{name}-host',
                running=True,
            )
        ],
    )


def container(name):
    """Give a prefix that runs a program under the host name of a deployment's container."""
    script = f'hostname {name}-host && exec "$@"'
    return ('unshare', '--user', '--map-root-user', '--uts', 'sh', '-c', script, 'sh')


@pytest.fixture
def session(domain):
    domain.start(
        '-m',
        'roost_introspection.main',
        '--ros-args',
        '-p',
        f'findings_settle_sec:={SETTLE_SEC}',
    ).ready('watching network')
    with Session('stand_in', namespace='/roost', domain_id=domain.id) as session:
        yield session


@pytest.fixture
def graphs(session):
    kept = []
    session.node.create_subscription(
        msg.DependencyGraph,
        '/roost/introspection/graph',
        lambda message: kept.append(graph_of(message)),
        qos.LATCHED,
    )
    return kept


@pytest.fixture
def deploy(domain, session):
    network = msg.TopologyNetwork(
        name='default',
        domain_id=domain.id,
        discovery_range='LOCALHOST',
        phase=msg.Deployment.PHASE_SUCCEEDED,
        status=msg.Deployment.STATUS_RUNNING,
        running=True,
    )
    publisher = session.node.create_publisher(
        msg.Topology, '/roost/deployment_manager/topology', qos.LATCHED
    )

    def deploy_(*deployments):
        publisher.publish(msg.Topology(deployments=list(deployments), networks=[network]))

    return deploy_


def told(graphs):
    return [(each.kind, each.name) for each in graphs[-1].findings] if graphs else None


def test_findings_come_when_they_have_held_and_go_with_their_cause(
    domain, session, graphs, deploy
):
    domain.nodes({'name': '/sim', 'pub': ['/pose', '/debug']}, prefix=container('simulator'))
    turtle = domain.nodes(
        {'name': '/turtle', 'sub': ['/pose', '/goal'], 'call': ['/reset']},
        prefix=container('turtle'),
    )
    deploy(deployment('simulator', topics=['/pose', '/map']), deployment('turtle', 'simulator'))
    of_turtle = [(FindingKind.NO_SERVER, '/reset'), (FindingKind.NO_PUBLISHER, '/goal')]
    of_simulator = [
        (FindingKind.NOT_SEEN, '/map'),
        (FindingKind.NOT_DECLARED, '/debug'),
        (FindingKind.NO_SUBSCRIBER, '/debug'),
    ]

    eventually(lambda: told(graphs) == of_turtle + of_simulator, SOON_SEC)

    domain.nodes({'name': '/planner', 'pub': ['/goal'], 'serve': ['/reset']})
    eventually(lambda: told(graphs) == of_simulator, SOON_SEC)
    turtle.end()
    alone = [*of_simulator, (FindingKind.NO_SUBSCRIBER, '/pose')]
    eventually(lambda: told(graphs) == alone, SOON_SEC)


def test_qos_that_cannot_talk_is_seen_on_a_real_network(domain, session, graphs, deploy):
    domain.nodes({'name': '/sim', 'pub': ['/scan']}, prefix=container('simulator'))
    domain.nodes({'name': '/ear', 'sub': ['/scan']})
    deploy(deployment('simulator'))
    # That nobody listens may have been told before the listener was seen.
    eventually(lambda: graphs and graphs[-1].edges and told(graphs) == [], SOON_SEC)

    def explained():
        assert told(graphs) == [(FindingKind.QOS, '/scan')]
        message = graphs[-1].findings[0].message
        assert message.startswith("topic '/scan' does not reach node '/rviz' from 'simulator'")
        assert 'offers volatile, and the subscriber asks for transient local' in message
        return True

    with Session('rviz', namespace='/', domain_id=domain.id) as foreign:
        foreign.node.create_subscription(String, '/scan', lambda _: None, qos.LATCHED)
        eventually(explained, SOON_SEC)

    eventually(lambda: told(graphs) == [], SOON_SEC)


def test_who_needs(domain, session, graphs, deploy):
    client = session.node.create_client(srv.WhoNeeds, '/roost/introspection/who_needs')

    def ask(**request):
        return call(client, srv.WhoNeeds.Request(**request), timeout_sec=SOON_SEC)

    domain.nodes({'name': '/sim', 'pub': ['/pose']}, prefix=container('simulator'))
    domain.nodes({'name': '/turtle', 'sub': ['/pose']}, prefix=container('turtle'))
    deploy(deployment('simulator'), deployment('turtle'), deployment('board', 'turtle'))
    eventually(lambda: len(ask(what='simulator').needs) == 2, SOON_SEC)

    answer = answer_of(ask(what='simulator'))

    assert [(each.label, each.by.value, each.names, each.distance) for each in answer.needs] == [
        ('turtle', 'topic', ('/pose',), 1),
        ('board', 'dependency', (), 2),
    ]
    assert answer.summary.startswith("2 deployments would suffer if deployment 'simulator'")
    refused = ask(what='simulater').result
    assert (refused.ok, refused.code) == (False, 'NOT_FOUND')
    assert "did you mean 'simulator'?" in refused.message
