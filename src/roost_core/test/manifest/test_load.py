# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable

from builders import TURTLE
import pytest

from roost_core.manifest import load, Loaded, ManifestFile
from roost_core.package import (
    Architecture,
    Component,
    DeviceRuntime,
    Endpoint,
    EndpointType,
    EnvironmentEntry,
    Executable,
    HttpProbe,
    ImagePullPolicy,
    Limits,
    LivenessProbe,
    Package,
    RestartPolicy,
    RosEndpoint,
    RosInterface,
    Runtime,
    SecretKeyRef,
    SharedMemory,
    Ulimit,
)
from roost_core.problem import Problem, ResultCode

Load = Callable[..., Loaded]

PACKAGE = """\
    # A comment.
    apiVersion: roost/v1
    kind: Package
    metadata:
      name: turtle
      version: "1.0"
      description: A turtle.
      labels: {team: zoo}
    spec:
      singleton: true
      bindable: false
      components:
        - name: main
          runtime: device
          device: {runtime: docker, arch: [amd64], restart: on-failure}
          ros:
            enabled: true
            distro: jazzy
            nodes: [/turtle_*]
            topics: [{name: /pose, type: geometry_msgs/msg/Pose, qos: reliable}]
            services: [{name: /reset, type: std_srvs/srv/Trigger}]
            actions: [{name: /goto, type: a/action/GoTo}]
          environment:
            - {name: SPEED, default: "1", description: Metres in a second.}
            - {name: NAME, exposed: true, exposedName: TURTLE_NAME}
            - {name: TOKEN, valueFrom: {secret: {name: uplink, key: token}}}
          executables:
            - name: brain
              image: registry.local:5000/turtle:1.0
              command: echo hello | cat
              imagePullPolicy: Always
              pullSecret: site
              limits: {cpus: 1, memory: 512Mi}
              user: 1000
              groups: [dialout, 20]
              devices: [/dev/ttyUSB0]
              gpus: 2
              capAdd: [NET_ADMIN]
              privileged: true
              ulimits: {nofile: 1024, core: {soft: 0, hard: -1}}
              tmpfs: [/tmp]
              sharedMemory: private
              workingDirectory: /home
              livenessProbe: {exec: test -e /ok, initialDelay: 1m, period: 500ms, timeout: 2}
              stopTimeout: 500ms
        - name: site
          runtime: cloud
          cloud: {replicas: 3}
          endpoints:
            - {name: WEB, type: external-http, port: 80, targetPort: 8080}
            - {name: API, type: internal-tcp, port: 90}
            - {name: MANY, type: internal-udp-range, portRange: 5000-5010}
          executables: [{name: web, image: web, command: [serve, "--all"]}]
    """

DEPLOYMENT = """\
    apiVersion: roost/v1
    kind: Deployment
    metadata: {name: turtle-0, labels: {a: b}, description: A turtle.}
    spec:
      package: {name: turtle, version: "1.0"}
      components:
        main:
          device: rover1
          restart: never
          network: default
          environment: {SPEED: "2"}
          images: {brain: turtle:2}
          volumes:
            - {volume: data, mountPath: /data}
            - {volume: data, mountPath: /m, subPath: maps/a, readOnly: true, executables: [brain]}
          configs:
            - {config: turtle, mountPath: /etc/turtle}
            - {config: maps, mountPath: /maps, executables: [eyes]}
        site: {cloud: aws}
      dependsOn:
        - {deployment: simulator, condition: ready}
        - deployment: other
      environment: {NAME: leo}
      allowOffline: true
    """


def test_a_package(load_texts: Load) -> None:
    loaded = load_texts(PACKAGE)

    assert loaded.problems == ()
    assert [document.content for document in loaded.documents] == [
        Package(
            name='turtle',
            version='1.0',
            description='A turtle.',
            labels={'team': 'zoo'},
            singleton=True,
            bindable=False,
            components=(
                Component(
                    name='main',
                    runtime=Runtime.DEVICE,
                    device_runtime=DeviceRuntime.DOCKER,
                    arch=(Architecture.AMD64,),
                    restart=RestartPolicy.ON_FAILURE,
                    ros=RosInterface(
                        enabled=True,
                        distro='jazzy',
                        nodes=('/turtle_*',),
                        topics=(
                            RosEndpoint(
                                name='/pose', type='geometry_msgs/msg/Pose', qos='reliable'
                            ),
                        ),
                        services=(RosEndpoint(name='/reset', type='std_srvs/srv/Trigger'),),
                        actions=(RosEndpoint(name='/goto', type='a/action/GoTo'),),
                    ),
                    environment=(
                        EnvironmentEntry(
                            name='SPEED', default='1', description='Metres in a second.'
                        ),
                        EnvironmentEntry(name='NAME', exposed=True, exposed_name='TURTLE_NAME'),
                        EnvironmentEntry(
                            name='TOKEN', value_from=SecretKeyRef(name='uplink', key='token')
                        ),
                    ),
                    executables=(
                        Executable(
                            name='brain',
                            image='registry.local:5000/turtle:1.0',
                            command=('sh', '-c', 'echo hello | cat'),
                            image_pull_policy=ImagePullPolicy.ALWAYS,
                            pull_secret='site',
                            limits=Limits(cpus=1.0, memory=512 * 1024 * 1024),
                            user='1000',
                            groups=('dialout', '20'),
                            devices=('/dev/ttyUSB0',),
                            gpus='2',
                            cap_add=('NET_ADMIN',),
                            privileged=True,
                            ulimits={
                                'nofile': Ulimit(soft=1024, hard=1024),
                                'core': Ulimit(soft=0, hard=-1),
                            },
                            tmpfs=('/tmp',),
                            shared_memory=SharedMemory.PRIVATE,
                            working_directory='/home',
                            liveness_probe=LivenessProbe(
                                exec=('sh', '-c', 'test -e /ok'),
                                initial_delay=60.0,
                                period=0.5,
                                timeout=2.0,
                            ),
                            stop_timeout=0.5,
                        ),
                    ),
                ),
                Component(
                    name='site',
                    runtime=Runtime.CLOUD,
                    replicas=3,
                    endpoints=(
                        Endpoint(
                            name='WEB',
                            type=EndpointType.EXTERNAL_HTTP,
                            port=80,
                            target_port=8080,
                        ),
                        Endpoint(
                            name='API', type=EndpointType.INTERNAL_TCP, port=90, target_port=90
                        ),
                        Endpoint(
                            name='MANY',
                            type=EndpointType.INTERNAL_UDP_RANGE,
                            port_range='5000-5010',
                        ),
                    ),
                    executables=(Executable(name='web', image='web', command=('serve', '--all')),),
                ),
            ),
        )
    ]


def test_a_deployment(load_texts: Load) -> None:
    loaded = load_texts(DEPLOYMENT)

    assert loaded.problems == ()
    assert [document.content for document in loaded.documents] == [TURTLE]


@pytest.mark.parametrize(
    ('form', 'probe'),
    [
        ('exec: {command: a b}', LivenessProbe(exec=('sh', '-c', 'a b'))),
        ('exec: {command: [a, b]}', LivenessProbe(exec=('a', 'b'))),
        ('exec: [a, b], failureThreshold: 1', LivenessProbe(exec=('a', 'b'), failure_threshold=1)),
        ('http: {port: 80}', LivenessProbe(http=HttpProbe(port=80))),
        ('http: {port: 80, path: /ok}', LivenessProbe(http=HttpProbe(port=80, path='/ok'))),
        ('tcp: {port: 7}, initialDelay: 0.5', LivenessProbe(tcp=7, initial_delay=0.5)),
    ],
)
@pytest.mark.parametrize('runtime', ['docker', 'preinstalled'])
def test_liveness_probes(load_texts: Load, runtime: str, form: str, probe: LivenessProbe) -> None:
    image = 'image: a, ' if runtime == 'docker' else ''
    (document,) = load_texts(
        'apiVersion: roost/v1\nkind: Package\nmetadata: {name: p, version: "1"}\n'
        f'spec: {{components: [{{name: c, runtime: device, device: {{runtime: {runtime}}}, '
        f'executables: [{{name: e, {image}command: [a], livenessProbe: {{{form}}}}}]}}]}}\n'
    ).documents

    assert isinstance(document.content, Package)
    assert document.content.components[0].executables[0].liveness_probe == probe


def test_documents_come_in_the_order_of_the_files(load_texts: Load) -> None:
    loaded = load_texts(DEPLOYMENT, PACKAGE)

    assert [(document.file, document.resource) for document in loaded.documents] == [
        ('a.yaml', 'Deployment/turtle-0'),
        ('b.yaml', 'Package/turtle'),
    ]


@pytest.mark.parametrize('text', ['', '# nothing', '---\n---\n', b'\xef\xbb\xbf'])
def test_nothing_is_in_an_empty_file(load_texts: Load, text: str | bytes) -> None:
    assert load_texts(text) == Loaded()
    assert load([]) == Loaded()


def test_one_problem_keeps_everything_back(load_texts: Load) -> None:
    loaded = load_texts(PACKAGE, 'kind: Deploymnet', DEPLOYMENT)

    assert loaded.documents == ()
    (problem,) = loaded.problems
    assert str(problem) == (
        "b.yaml:1:7: kind: there is no kind 'Deploymnet'; did you mean 'Deployment'?"
    )


def test_problems_of_all_files_come_in_their_order(load_texts: Load) -> None:
    loaded = load_texts('@', DEPLOYMENT.replace('"1.0"', '1.0'), 'kind: Nothing')

    assert [(problem.file, problem.line) for problem in loaded.problems] == [
        ('a.yaml', 1),
        ('b.yaml', 5),
        ('c.yaml', 1),
    ]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[a]', 'a document of a manifest is a mapping'),
        ('text', 'a document of a manifest is a mapping'),
        ('a: b', "'kind' is missing"),
        ('kind:', "'kind' is missing"),
        ('kind: 7', "there is no kind '7'"),
        ('kind: [Package]', "there is no kind ''"),
    ],
)
def test_documents_of_no_kind(load_texts: Load, text: str, message: str) -> None:
    assert [problem.message for problem in load_texts(text).problems] == [message]


def test_a_document_that_is_there_twice(load_texts: Load) -> None:
    loaded = load_texts(PACKAGE, DEPLOYMENT, PACKAGE, DEPLOYMENT)

    assert [str(problem) for problem in loaded.problems] == [
        'c.yaml:5:9: Package/turtle metadata.name: Package turtle 1.0 is there twice, '
        'first in a.yaml, line 5; keep one of them',
        'd.yaml:3:18: Deployment/turtle-0 metadata.name: Deployment turtle-0 is there twice, '
        'first in b.yaml, line 3; keep one of them',
    ]


def test_versions_of_a_package_are_different_documents(load_texts: Load) -> None:
    assert len(load_texts(PACKAGE, PACKAGE.replace('"1.0"', '"1.1"')).documents) == 2


@pytest.mark.parametrize(
    ('text', 'line'), [(b'a\nb: \xff', 2), (b'\xff\xfea\x00', 1), ('a: \udc80', 1)]
)
def test_what_is_not_utf8(load_texts: Load, text: str | bytes, line: int) -> None:
    (problem,) = load_texts(text).problems

    assert (problem.message, problem.line) == ('the file is not UTF-8', line)


def test_the_size_of_all_files_is_bounded(load_texts: Load) -> None:
    half = '#' * (700 * 1024)
    (problem,) = load_texts(half, half, 'kind: Nothing').problems

    assert (problem.file, problem.code) == ('b.yaml', ResultCode.TOO_LARGE)
    assert problem.message == 'the files are larger than 1 MiB together'


def test_a_hostile_name_of_a_file_does_no_harm() -> None:
    (problem,) = load([ManifestFile(name='a\udc80', text='[')]).problems

    assert problem.file == r'a\udc80'


@pytest.mark.parametrize(
    ('path', 'line', 'column'),
    [
        ('spec.components.main.device', 8, 15),
        ('spec.components.main', 7, 5),
        ('spec.components.gone.device', 6, 3),
        ('spec.dependsOn[1].deployment', 22, 19),
        ('', 1, 1),
    ],
)
def test_a_later_problem_is_placed(load_texts: Load, path: str, line: int, column: int) -> None:
    loaded = load_texts(PACKAGE, DEPLOYMENT)

    placed = loaded.placed(
        Problem(code='REFUSED', resource='Deployment/turtle-0', path=path, message='no')
    )

    assert (placed.file, placed.line, placed.column) == ('b.yaml', line, column)


def test_a_problem_of_something_else_stays_as_it_is(load_texts: Load) -> None:
    problem = Problem(code='REFUSED', resource='Device/rover1', message='no')

    assert load_texts(PACKAGE).placed(problem) is problem
