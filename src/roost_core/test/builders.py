# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Builders: a fleet and what is seen of it, in as few words as a case needs.

A deployment has one component, `main`, on `rover1`, with one executable, `run`, unless told
otherwise. Everything is keyed by short names: the id of the deployment `camera` is `camera-id`.
"""

from dataclasses import replace

from roost_core import lifecycle
from roost_core.deployment import (
    ComponentSpec,
    Condition,
    ConfigMount,
    Dependency,
    DependencySpec,
    DeploymentSpec,
    VolumeMount,
)
from roost_core.device import DeviceView
from roost_core.instance import DesiredInstance, Identity, InstanceSpec, Slot
from roost_core.liveness import Liveness
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import RosNetwork
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import (
    Architecture,
    Component,
    DeviceRuntime,
    EnvironmentEntry,
    Executable,
    Package,
    PackageRef,
    RestartPolicy,
    RosInterface,
    Runtime,
)
from roost_core.phase import Phase
from roost_core.report import DeviceFacts, InstanceReport, RemovalReport
from roost_core.status import NO_REASON, Reason, ReasonKind, Status
from roost_core.world import DependencyView, World

NOW = 1_000_000.0
NETWORK = RosNetwork(name='default', domain_id=7, discovery_range='LOCALHOST')

# Asks for all that a deployment can ask for.
TURTLE = DeploymentSpec(
    name='turtle-0',
    description='A turtle.',
    labels={'a': 'b'},
    package=PackageRef(name='turtle', version='1.0'),
    components={
        'main': ComponentSpec(
            device=DeviceName('rover1'),
            restart=RestartPolicy.NEVER,
            network='default',
            environment={'SPEED': '2'},
            images={'brain': 'turtle:2'},
            volumes=(
                VolumeMount(volume='data', mount_path='/data'),
                VolumeMount(
                    volume='data',
                    mount_path='/m',
                    sub_path='maps/a',
                    read_only=True,
                    executables=('brain',),
                ),
            ),
            configs=(
                ConfigMount(config='turtle', mount_path='/etc/turtle'),
                ConfigMount(config='maps', mount_path='/maps', executables=('eyes',)),
            ),
        ),
        'site': ComponentSpec(cloud='aws'),
    },
    depends_on=(
        DependencySpec(deployment='simulator', condition=Condition.READY),
        DependencySpec(deployment='other'),
    ),
    environment={'NAME': 'leo'},
    allow_offline=True,
)


def component(name='main', *, executables=('run',), variables=(), ros=False, **values):
    return Component(
        name=name,
        runtime=values.pop('runtime', Runtime.DEVICE),
        ros=RosInterface(enabled=ros),
        environment=tuple(
            each if isinstance(each, EnvironmentEntry) else EnvironmentEntry(name=each)
            for each in variables
        ),
        executables=tuple(Executable(name=each, image=f'{each}:1') for each in executables),
        **values,
    )


def package(*components, name='pack', version='1', **values):
    return Package(name=name, version=version, components=components or (component(),), **values)


def spec(name='camera', *needs, of=None, on='rover1', places=None, **values):
    """Ask for a deployment of a package, on one device or component by component."""
    pack = of or package()
    devices = places or {each.name: on for each in pack.components}
    return DeploymentSpec(
        name=name,
        package=pack.ref,
        components=values.pop(
            'components',
            {part: ComponentSpec(device=DeviceName(device)) for part, device in devices.items()},
        ),
        depends_on=tuple(DependencySpec(deployment=each) for each in needs),
        **values,
    )


def id_of(name):
    return DeploymentId(f'{name}-id')


def accepted(name='camera', *needs, of=None, **values):
    """Give a deployment that was just accepted."""
    pack = of or package()
    return lifecycle.create(
        id_of(name),
        spec(name, *needs, of=pack, **values),
        pack,
        dependencies=[Dependency(id=id_of(each), name=each) for each in needs],
        default_network='default',
        created_at=NOW,
        created_by='ann',
    )


def facts(**values):
    return DeviceFacts(
        architecture=values.pop('architecture', Architecture.AMD64),
        runtimes=values.pop('runtimes', (DeviceRuntime.DOCKER, DeviceRuntime.PREINSTALLED)),
        **values,
    )


def says(deployment, status=Status.RUNNING, *, part='main', executable='run', **values):
    """Give what a device says of one executable; started, when that is not said."""
    generations = {each.name: each.generation for each in deployment.components}
    return InstanceReport(
        slot=Slot(deployment.id, part, executable),
        deployment_name=deployment.name,
        generation=values.pop('generation', generations[part]),
        status=status,
        reason=values.pop('reason', NO_REASON),
        started=values.pop('started', True),
        **values,
    )


def pulling(deployment, **values):
    why = Reason(kind=ReasonKind.PULLING, text='pulling run:1', progress=43.0)
    return says(deployment, Status.PENDING, reason=why, started=False, **values)


def failing(deployment, code, kind=ReasonKind.EXITED, text='exited with code 2', **values):
    why = Reason(kind=kind, text=text)
    return says(deployment, Status.ERROR, reason=why, codes=(code,), **values)


def completed(deployment, **values):
    why = Reason(kind=ReasonKind.COMPLETED, text='completed')
    return says(deployment, Status.STOPPED, reason=why, exit_code=0, **values)


def stopped_by_hand(deployment, **values):
    why = Reason(kind=ReasonKind.STOPPED_BY_HAND, text='stopped by hand')
    return says(deployment, Status.STOPPED, reason=why, **values)


def restarting(deployment, **values):
    why = Reason(kind=ReasonKind.RESTARTING, text='exited with code 1', retry_in_sec=8.0)
    return says(deployment, Status.PENDING, reason=why, **values)


def removal(deployment, *, done=True, reason=NO_REASON):
    return RemovalReport(deployment_id=deployment.id, done=done, reason=reason)


def device(name='rover1', *said, liveness=Liveness.ONLINE, leaving=False, known=None):
    """Give a device that said these things, of instances and of removals."""
    return DeviceView(
        name=DeviceName(name),
        liveness=liveness,
        leaving=leaving,
        facts=known or facts(),
        instances={each.slot: each for each in said if isinstance(each, InstanceReport)},
        removals={each.deployment_id: each for each in said if isinstance(each, RemovalReport)},
    )


def offline(name='rover1', *said, **values):
    return device(name, *said, liveness=Liveness.OFFLINE, **values)


def unheard(name='rover1'):
    """Give a device of which nothing was heard since the manager started."""
    return device(name, liveness=Liveness.UNKNOWN)


def dependency(name, phase=Phase.SUCCEEDED, status=Status.RUNNING, **values):
    return id_of(name), DependencyView(name=name, phase=phase, status=status, **values)


def world(*devices, of=None, needs=(), **values):
    return World(
        package=of or package(),
        devices={each.name: each for each in devices or (device(),)},
        dependencies=dict(needs),
        networks=values.pop('networks', {'default': NETWORK}),
        now=values.pop('now', NOW),
        **values,
    )


def running(name='camera', *needs, of=None, **values):
    """Give a deployment that is Succeeded and Running on rover1."""
    fresh = accepted(name, *needs, of=of, **values)
    around = [dependency(each) for each in needs]
    there = device('rover1', says(fresh))
    return lifecycle.evaluate(fresh, world(there, of=of, needs=around))


def in_phase(phase, name='camera'):
    """Give a deployment that got into a phase the way it happens."""
    match phase:
        case Phase.IN_PROGRESS:
            return accepted(name)
        case Phase.PROVISIONING:
            return lifecycle.evaluate(accepted(name), world())
        case Phase.SUCCEEDED:
            return running(name)
        case Phase.FAILED_TO_START:
            return lifecycle.evaluate(accepted(name, 'gone'), world())
        case Phase.PARTIALLY_DEPROVISIONED:
            leaving = lifecycle.deprovision(running(name), now=NOW)
            return lifecycle.evaluate(leaving, world(offline()))
        case Phase.DEPLOYMENT_STOPPED:
            leaving = lifecycle.deprovision(running(name), now=NOW)
            return lifecycle.evaluate(leaving, world(device('rover1', removal(leaving))))
        case Phase.FAILED_TO_UPDATE:  # no update exists yet
            return replace(running(name), phase=Phase.FAILED_TO_UPDATE, status=Status.ERROR)


def desired(name='camera', *, image='run:1', generation=1, restart=RestartPolicy.ALWAYS, **values):
    return DesiredInstance(
        slot=Slot(id_of(name), 'main', 'run'),
        deployment_name=name,
        generation=generation,
        restart=restart,
        spec=InstanceSpec(
            runtime=values.pop('runtime', DeviceRuntime.DOCKER), image=image, **values
        ),
    )


def observed(wanted, state=InstanceState.RUNNING, **values):
    """Give the instance of what is desired, as a runtime sees it."""
    return ObservedInstance(
        identity=wanted.identity if isinstance(wanted, DesiredInstance) else wanted,
        deployment_name='camera',
        instance_id=values.pop('instance_id', 'container-1'),
        state=state,
        **values,
    )


def ended(wanted, exit_code=0, **values):
    return observed(wanted, InstanceState.ENDED, exit_code=exit_code, **values)


def identity(name='camera', *, generation=1, spec_hash='hash'):
    return Identity(
        slot=Slot(id_of(name), 'main', 'run'), generation=generation, spec_hash=spec_hash
    )
