# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing a manifest and loading it again gives the same, for every package and deployment."""

from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.deployment import ComponentSpec, DependencySpec, DeploymentSpec
from roost_core.manifest import load, ManifestFile, to_yaml
from roost_core.names import DeviceName
from roost_core.package import (
    Component,
    DeviceRuntime,
    Endpoint,
    EndpointType,
    EnvironmentEntry,
    Executable,
    Limits,
    Package,
    PackageRef,
    RosEndpoint,
    RosInterface,
    Runtime,
    SharedMemory,
    Ulimit,
)

NAMES = st.one_of(
    st.from_regex(r'[a-z][a-z0-9-]{0,62}', fullmatch=True), st.sampled_from(['null', 'yes', 'e1'])
)
VARIABLES = st.from_regex(r'(?!ROOST_)[A-Za-z_][A-Za-z0-9_]{0,20}', fullmatch=True)
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters='\x00', exclude_categories=['Cs'])),
    st.sampled_from(['1', '1.0', 'yes', '~', '0o7', '<<', '# a', '- a', 'a: b', '*a', '\n', ' ']),
)
LABELS = st.dictionaries(
    st.from_regex(r'[A-Za-z0-9][A-Za-z0-9._/-]{0,62}', fullmatch=True),
    st.from_regex(r'[A-Za-z0-9._/-]{0,63}', fullmatch=True),
    max_size=3,
)
VERSIONS = st.from_regex(r'[A-Za-z0-9._+-]{1,64}', fullmatch=True)
IMAGES = st.sampled_from(['turtle', 'registry.local:5000/a/b:1.0', 'a@sha256:' + '0' * 64])
PORTS = st.integers(1, 65535)
ENVIRONMENTS = st.dictionaries(VARIABLES, TEXTS, max_size=3)
RANGES = {each for each in EndpointType if each.endswith('-range')}


def unique(parts: st.SearchStrategy, **size: int) -> st.SearchStrategy[tuple]:
    return st.lists(parts, unique_by=lambda part: part.name, max_size=3, **size).map(tuple)


def tuples(parts: st.SearchStrategy) -> st.SearchStrategy[tuple]:
    return st.lists(parts, max_size=2).map(tuple)


IN_CONTAINERS = {
    'image': IMAGES,
    'devices': tuples(st.just('/dev/ttyUSB0')),
    'gpus': st.sampled_from(['', 'all', '1']),
    'cap_add': tuples(st.just('NET_ADMIN')),
    'privileged': st.booleans(),
    'tmpfs': tuples(st.sampled_from(['/tmp', '/run:size=64m'])),
    'shared_memory': st.none() | st.sampled_from(SharedMemory),
}


def executables(**changes: st.SearchStrategy) -> st.SearchStrategy[Executable]:
    return st.builds(
        Executable,
        name=NAMES,
        command=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
        limits=st.builds(
            Limits,
            cpus=st.none() | st.floats(0.01, 64),
            memory=st.none() | st.integers(6 * 1024 * 1024, 2**53),
        ),
        user=st.sampled_from(['', 'leo', '1000', '1000:20']),
        groups=tuples(st.sampled_from(['dialout', '20'])),
        ulimits=st.dictionaries(
            st.sampled_from(['nofile', 'core']),
            st.integers(0, 2**40).map(lambda limit: Ulimit(soft=limit // 2, hard=limit)),
        ),
        working_directory=st.sampled_from(['', '/', '/home/a b']),
        stop_timeout=st.floats(0, 3600),
        **changes,
    )


def endpoints_of(kind: EndpointType) -> st.SearchStrategy[Endpoint]:
    if kind in RANGES:
        return st.builds(
            Endpoint, name=VARIABLES, type=st.just(kind), port_range=st.just('5000-5010')
        )
    return st.builds(Endpoint, name=VARIABLES, type=st.just(kind), port=PORTS, target_port=PORTS)


PROVIDED = {
    kind: tuples(st.builds(RosEndpoint, name=st.just('/a/b'), type=st.just(name), qos=TEXTS))
    for kind, name in (
        ('topics', 'std_msgs/msg/String'),
        ('services', 'std_srvs/srv/Trigger'),
        ('actions', 'a/action/GoTo'),
    )
}
COMMON = {
    'name': NAMES,
    'ros': st.builds(
        RosInterface,
        distro=st.sampled_from(['', 'jazzy']),
        nodes=tuples(st.just('/a_*')),
        **PROVIDED,
    ),
    'environment': unique(
        st.builds(
            EnvironmentEntry, name=VARIABLES, default=st.none() | TEXTS, exposed=st.just(False)
        )
    ),
}
COMPONENTS = st.one_of(
    st.builds(
        Component,
        runtime=st.just(Runtime.DEVICE),
        device_runtime=st.just(DeviceRuntime.DOCKER),
        replicas=st.just(1),
        endpoints=st.just(()),
        executables=unique(executables(**IN_CONTAINERS), min_size=1),
        **COMMON,
    ),
    st.builds(
        Component,
        runtime=st.just(Runtime.DEVICE),
        device_runtime=st.just(DeviceRuntime.PREINSTALLED),
        replicas=st.just(1),
        endpoints=st.just(()),
        executables=unique(executables(), min_size=1),
        **COMMON,
    ),
    st.builds(
        Component,
        runtime=st.just(Runtime.CLOUD),
        replicas=st.integers(1, 1000),
        endpoints=unique(st.sampled_from(EndpointType).flatmap(endpoints_of)),
        executables=unique(executables(**IN_CONTAINERS), min_size=1),
        **COMMON,
    ),
)
PACKAGES = st.builds(
    Package,
    name=NAMES,
    version=VERSIONS,
    description=TEXTS,
    labels=LABELS,
    components=unique(COMPONENTS, min_size=1),
)
DEPLOYMENTS = st.builds(
    DeploymentSpec,
    name=NAMES.map(lambda name: f'd{name}'[:63]),
    description=TEXTS,
    labels=LABELS,
    package=st.builds(PackageRef, name=NAMES, version=VERSIONS),
    components=st.dictionaries(
        NAMES,
        st.one_of(
            st.builds(
                ComponentSpec,
                device=st.just(DeviceName('rover_1')),
                cloud=st.just(''),
                network=NAMES,
                environment=ENVIRONMENTS,
                images=st.dictionaries(NAMES, IMAGES, max_size=2),
            ),
            st.builds(ComponentSpec, cloud=st.just('aws'), environment=ENVIRONMENTS),
        ),
        min_size=1,
        max_size=3,
    ),
    depends_on=st.lists(
        st.builds(DependencySpec, deployment=st.from_regex(r'[a-c][a-z]{0,5}', fullmatch=True)),
        unique_by=lambda dependency: dependency.deployment,
        max_size=2,
    ).map(tuple),
    environment=ENVIRONMENTS,
)


@given(PACKAGES | DEPLOYMENTS)
def test_what_was_written_loads_as_the_same(content: Package | DeploymentSpec) -> None:
    text = to_yaml(content)

    loaded = load([ManifestFile(name='a.yaml', text=text)])

    assert loaded.problems == ()
    assert [document.content for document in loaded.documents] == [content]
    assert to_yaml(loaded.documents[0].content) == text


def test_it_reads_as_people_write_it() -> None:
    package = Package(
        name='turtle',
        version='1.0',
        components=(
            Component(
                name='main',
                runtime=Runtime.DEVICE,
                device_runtime=DeviceRuntime.PREINSTALLED,
                ros=RosInterface(enabled=True, nodes=('/turtle',)),
                executables=(Executable(name='main', command=('turtle', '--fast')),),
            ),
        ),
    )

    assert to_yaml(package) == dedent("""\
        apiVersion: roost/v1
        kind: Package
        metadata:
          name: turtle
          version: '1.0'
        spec:
          components:
            - name: main
              runtime: device
              device:
                runtime: preinstalled
              ros:
                enabled: true
                nodes:
                  - /turtle
              executables:
                - name: main
                  command:
                    - turtle
                    - --fast
        """)


@pytest.mark.parametrize('text', ['yes', '1.0', '~', 'null', '0o7', '1e3', '.nan', '', '12:30'])
def test_what_any_reader_may_take_for_something_else_is_quoted(text: str) -> None:
    spec = DeploymentSpec(
        name='a',
        package=PackageRef(name='p', version='1'),
        components={'main': ComponentSpec(device=DeviceName('r'))},
        environment={'A': text},
    )

    assert f"A: '{text}'" in to_yaml(spec)
