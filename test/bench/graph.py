# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast the graph of many nodes is drawn, and what it costs while nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, ExitStack
import os
from pathlib import Path
import subprocess
import sys
import threading
import time

import psutil
import rclpy
from rclpy.context import Context
from rclpy.node import Node

from bench import rqt
from bench.figure import Figure, median, percentile
from bench.ros_crowd import CHANGES
from roost_interfaces import msg
from roost_introspection.eyes import Eyes
from roost_introspection.joining import NetworkAddress
from roost_introspection.observer import Observer
from roost_wire import qos
from roost_wire.convert.topology import topology_of
from roost_wire.session import Session
from testbed import eventually
from testbed.domains import own_domain
from testbed.fleet import find_executable

NODES, PROCESSES, TOPICS = 200, 8, 5
ARROWS = NODES * TOPICS
RUNS = 5
SETTLE_SEC = 15.0
QUIET_SEC = 3.0
WINDOW_SEC = 30.0
LONG_SEC = 120.0
RANGE = 'LOCALHOST'
MANY = f'{NODES} nodes in {PROCESSES} processes'


def measure_full() -> Iterator[Figure]:
    """Measure graph_full_200: from the first question to the whole graph, all being discovered."""
    ours, theirs, endpoints = [], [], 0
    with own_domain() as domain, _crowd(domain), _bystander(domain) as node:
        eventually(lambda: len(rqt.refresh(node)) >= ARROWS, LONG_SEC, 'all is discovered')
        for _ in range(RUNS):
            sec, endpoints = _build(domain)
            ours.append(sec)
            began = time.perf_counter()
            rqt.refresh(node)
            theirs.append(time.perf_counter() - began)
    value, peer = median(ours), median(theirs)
    yield Figure(
        name='graph_full_200',
        value=value,
        unit='s',
        peer='rqt_graph refresh',
        peer_value=peer,
        ratio=value / peer,
        note=f'{MANY}, {endpoints} endpoints',
    )


def _build(domain: int) -> tuple[float, int]:
    """Join, wait until discovery is quiet, then look for the first time and draw."""
    changed_at = [time.monotonic()]

    def on_change() -> None:
        changed_at[0] = time.monotonic()

    eyes = Eyes(
        NetworkAddress(domain_id=domain, discovery_range=RANGE),
        node='looker',
        namespace='/roost',
        static_peers=(),
        on_change=on_change,
        complain=sys.stderr.write,
    )
    try:
        eventually(
            lambda: time.monotonic() - changed_at[0] > QUIET_SEC, LONG_SEC, 'discovery is quiet'
        )
        observer = Observer(settle_sec=0.0)
        observer.deployed(topology_of(_topology(domain)))
        began = time.perf_counter()
        snapshot, settled = eyes.look('default', '')
        while not settled:
            snapshot, settled = eyes.look('default', '')
        observer.seen('default', snapshot)
        observer.graph()
        return time.perf_counter() - began, len(snapshot.endpoints)
    finally:
        eyes.close()


def measure_change() -> Iterator[Figure]:
    """Measure graph_change_200 and graph_idle: introspection beside the crowd."""
    with ExitStack() as stack:
        domain = stack.enter_context(own_domain())
        crowd = stack.enter_context(_crowd(domain))
        node = stack.enter_context(_bystander(domain))
        seer = stack.enter_context(_introspection(domain))
        session = stack.enter_context(Session('bench', namespace='/roost', domain_id=domain))
        arrived: dict[str, float] = {}
        drawn = threading.Event()

        def on_graph(graph: msg.DependencyGraph) -> None:
            now = time.perf_counter()
            for edge in graph.edges:
                arrived.setdefault(edge.label, now)
            drawn.set()

        session.node.create_subscription(
            msg.DependencyGraph, '/roost/introspection/graph', on_graph, qos.LATCHED
        )
        topology = session.node.create_publisher(
            msg.Topology, '/roost/deployment_manager/topology', qos.LATCHED
        )
        topology.publish(_topology(domain))
        between = {f'/topic{number}/t0' for number in range(0, NODES, NODES // PROCESSES)}
        eventually(lambda: between <= arrived.keys(), LONG_SEC, 'the whole graph is drawn')
        time.sleep(SETTLE_SEC)
        yield _idle(seer)
        ours = [
            _change(crowd[1], f'/change{number}', arrived.get) for number in range(CHANGES // 2)
        ]
        theirs = [
            _change(crowd[1], f'/change{number}', lambda label: _refreshed(node, label))
            for number in range(CHANGES // 2, CHANGES)
        ]
        value, peer = percentile(ours, 99), percentile(theirs, 99)
        yield Figure(
            name='graph_change_200',
            value=value,
            unit='s p99',
            peer='rqt_graph, refreshed without pause',
            peer_value=peer,
            ratio=value / peer,
            note=f'p50 {median(ours):.2f} beside {median(theirs):.2f}, {MANY}',
        )


def _change(
    process: subprocess.Popen[str], topic: str, seen: Callable[[str], float | None]
) -> float:
    """Have a publisher made; return how long it takes until its arrow is seen."""
    assert process.stdin is not None
    began = time.perf_counter()
    process.stdin.write(f'{topic}\n')
    process.stdin.flush()
    return eventually(lambda: seen(topic), LONG_SEC, topic, period_sec=0.005) - began


def _refreshed(node: Node, topic: str) -> float | None:
    if any(label == topic for *_, label in rqt.refresh(node)):
        return time.perf_counter()
    return None


def _idle(process: psutil.Process) -> Figure:
    before = _cpu(process)
    time.sleep(WINDOW_SEC)
    percent = (_cpu(process) - before) / WINDOW_SEC * 100.0
    pss = process.memory_full_info().pss / 1e6
    return Figure(
        name='graph_idle', value=percent, unit='% of core', note=f'{MANY}, PSS {pss:.0f} MB'
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _topology(domain: int) -> msg.Topology:
    """Say that each process of the crowd is a deployment of one container."""
    return msg.Topology(
        deployments=[
            msg.TopologyDeployment(
                id=f'crowd{number}',
                name=f'crowd{number}',
                phase=msg.Deployment.PHASE_SUCCEEDED,
                status=msg.Deployment.STATUS_RUNNING,
                components=[msg.TopologyComponent(component='main', network='default')],
                executables=[
                    msg.TopologyExecutable(
                        component='main',
                        executable='main',
                        device='rover1',
                        runtime='docker',
                        host_name=_host(number),
                        running=True,
                    )
                ],
            )
            for number in range(PROCESSES)
        ],
        networks=[
            msg.TopologyNetwork(
                name='default', domain_id=domain, discovery_range=RANGE, running=True
            )
        ],
    )


def _host(number: int) -> str:
    return f'crowd-{number}-host'


@contextmanager
def _crowd(domain: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Run the nodes, each process under a host name of its own, as containers have."""
    program = str(Path(__file__).with_name('ros_crowd.py'))
    with ExitStack() as stack:
        crowd = []
        for number in range(PROCESSES):
            named = f'hostname {_host(number)} && exec "$@"'
            counts = map(str, (number, NODES // PROCESSES, NODES, TOPICS))
            argv = ['unshare', '--uts', 'sh', '-c', named, 'sh', sys.executable, program, *counts]
            crowd.append(stack.enter_context(_process(argv, domain)))
        for process in crowd:
            assert process.stdout is not None
            assert process.stdout.readline() == 'ready\n'
        yield crowd


@contextmanager
def _introspection(domain: int) -> Iterator[psutil.Process]:
    argv = [str(find_executable('roost_introspection', 'introspection'))]
    with _process(argv, domain) as process:
        yield psutil.Process(process.pid)


@contextmanager
def _process(argv: list[str], domain: int) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'ROS_AUTOMATIC_DISCOVERY_RANGE': RANGE}
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _bystander(domain: int) -> Iterator[Node]:
    """Give a node to ask as rqt_graph does."""
    context = Context()
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = RANGE
    rclpy.init(context=context, domain_id=domain)
    node = Node('bystander', context=context)
    try:
        yield node
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)
