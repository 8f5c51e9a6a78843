# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing a manifest and loading it again gives the same, for all that may be shown."""

from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.config import ConfigSpec
from roost_core.deployment import (
    ComponentSpec,
    ConfigMount,
    DependencySpec,
    DeploymentSpec,
    VolumeMount,
)
from roost_core.manifest import Content, load, ManifestFile, problems_of, to_yaml
from roost_core.names import DeviceName
from roost_core.network import NetworkSpec, NetworkType
from roost_core.package import (
    Component,
    DeviceRuntime,
    Endpoint,
    EndpointType,
    EnvironmentEntry,
    Executable,
    HttpProbe,
    Limits,
    LivenessProbe,
    Package,
    PackageRef,
    RestartPolicy,
    RosEndpoint,
    RosInterface,
    Runtime,
    SecretKeyRef,
    SharedMemory,
    Ulimit,
)
from roost_core.volume import VolumeSpec

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


TIMES = st.floats(0.1, 3600)
COMMANDS = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
PROBES = st.sampled_from(
    [
        {'exec': COMMANDS},
        {
            'http': st.builds(
                HttpProbe, port=PORTS, path=st.from_regex(r'/[!-~]{0,20}', fullmatch=True)
            )
        },
        {'tcp': PORTS},
    ]
).flatmap(
    lambda how: st.builds(
        LivenessProbe,
        initial_delay=st.floats(0, 3600),
        period=TIMES,
        timeout=TIMES,
        failure_threshold=st.integers(1, 1000),
        **how,
    )
)
IN_CONTAINERS = {
    'image': IMAGES,
    'pull_secret': st.sampled_from(['', 'site']),
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
        command=COMMANDS,
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
        liveness_probe=st.none() | PROBES,
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
        st.one_of(
            st.builds(
                EnvironmentEntry,
                name=VARIABLES,
                default=st.none() | TEXTS,
                description=TEXTS,
                exposed=st.just(False),
                exposed_name=st.just(''),
                value_from=st.none(),
            ),
            st.builds(
                EnvironmentEntry,
                name=VARIABLES,
                value_from=st.builds(SecretKeyRef, name=NAMES, key=st.sampled_from(['1', 'a.b'])),
            ),
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
FILES = st.from_regex(r'[A-Za-z0-9_-]{1,20}( [A-Za-z]{1,5})?\.[a-z]{1,4}', fullmatch=True)
FOLDERS = st.from_regex(r'[A-Za-z0-9_-]{1,9}(/[a-zé]{1,9})?', fullmatch=True)
EXECUTABLES = st.lists(NAMES, max_size=2, unique=True).map(tuple)
MOUNTS = st.tuples(
    st.lists(
        st.builds(
            VolumeMount,
            volume=NAMES,
            mount_path=FOLDERS.map(lambda path: f'/volumes/{path}'),
            sub_path=st.just('') | FOLDERS,
            read_only=st.booleans(),
            executables=EXECUTABLES,
        ),
        unique_by=lambda mount: mount.mount_path,
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(
            ConfigMount,
            config=NAMES,
            mount_path=FOLDERS.map(lambda path: f'/configs/{path}'),
            executables=EXECUTABLES,
        ),
        unique_by=lambda mount: mount.mount_path,
        max_size=2,
    ).map(tuple),
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
                volumes=MOUNTS.map(lambda mounts: mounts[0]),
                configs=MOUNTS.map(lambda mounts: mounts[1]),
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


METADATA = {'name': NAMES, 'description': TEXTS, 'labels': LABELS}
PLACED = st.sampled_from(
    [
        {'runtime': st.just(Runtime.DEVICE), 'device': st.just(DeviceName('rover_1'))},
        {'runtime': st.just(Runtime.CLOUD), 'cloud': st.just('aws')},
    ]
)
DOMAINS = st.none() | st.integers(0, 232)
RESOURCES = st.one_of(
    st.builds(NetworkSpec, domain_id=DOMAINS, **METADATA),
    PLACED.flatmap(
        lambda place: st.builds(
            NetworkSpec,
            type=st.just(NetworkType.ROUTED),
            domain_id=DOMAINS,
            port=st.none() | PORTS,
            **({'restart': st.sampled_from(RestartPolicy)} if 'device' in place else {}),
            **place,
            **METADATA,
        )
    ),
    PLACED.flatmap(
        lambda place: st.builds(
            VolumeSpec,
            **({'host_path': st.sampled_from(['', '/srv/a b'])} if 'device' in place else {}),
            **place,
            **METADATA,
        )
    ),
    st.builds(
        ConfigSpec,
        files=st.dictionaries(FILES, TEXTS.map(str.encode), min_size=1, max_size=3),
        **METADATA,
    ),
    st.builds(
        ConfigSpec,
        files=st.dictionaries(FILES, st.binary(max_size=9), min_size=1, max_size=3),
        files_from=FOLDERS,
        **METADATA,
    ),
)


@given(PACKAGES | DEPLOYMENTS | RESOURCES)
def test_what_was_written_loads_as_the_same(content: Content) -> None:
    text = to_yaml(content)
    folders = (
        {('a.yaml', content.files_from): content.files} if isinstance(content, ConfigSpec) else {}
    )

    loaded = load([ManifestFile(name='a.yaml', text=text)], folders=folders)

    assert loaded.problems == ()
    assert [document.content for document in loaded.documents] == [content]
    assert to_yaml(loaded.documents[0].content) == text
    assert problems_of(content) == ()


def test_files_that_are_no_text_are_not_written() -> None:
    with pytest.raises(ValueError, match='utf-8'):
        to_yaml(ConfigSpec(name='a', files={'a': b'\xff'}))


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
