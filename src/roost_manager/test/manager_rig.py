# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manager on a real database, with a clock that a test moves and devices that a test speaks for.

Devices answer what they are asked for only when `obey` is called.
"""

from dataclasses import dataclass, field, replace

from builders import facts, NETWORK

from roost_core.desired import compose, part_of
from roost_core.manifest import ManifestFile
from roost_core.names import DeviceName
from roost_core.report import DeviceReport, InstanceReport, RemovalReport
from roost_core.status import Status
from roost_manager import applying, deployments, deprovisioning, reports
from roost_manager.fleet import Rules
from roost_manager.manager import Clock, Manager
from roost_manager.store import Store

KEY = 'ed25519:' + 'A' * 43
RIVAL = 'ed25519:' + 'B' * 43

PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {{name: {name}, version: '{version}'}}
spec:
  singleton: {singleton}
  components:
    - name: main
      runtime: device
      executables: [{{name: run, image: '{image}'}}]
"""
DEPLOYMENT = """
apiVersion: roost/v1
kind: Deployment
metadata: {{name: {name}, labels: {labels}}}
spec:
  package: {{name: {package}, version: '{version}'}}
  components: {{main: {{device: {device}}}}}
  dependsOn: {needs}
"""


def package(name='pack', *, version='1', singleton='false', image='run:1'):
    return PACKAGE.format(name=name, version=version, singleton=singleton, image=image)


def deployment(name, *needs, of='pack', version='1', on='rover1', labels=None):
    return DEPLOYMENT.format(
        name=name,
        package=of,
        version=version,
        device=on,
        needs=[{'deployment': each} for each in needs],
        labels=labels or {},
    )


def manifest(*documents):
    return '---\n'.join(documents)


@dataclass
class Device:
    """The voice of a device, and the order of its reports."""

    name: str
    key: str = KEY
    facts: object = field(default_factory=facts)
    incarnation: int = 1
    sequence: int = 0
    instances: dict = field(default_factory=dict)
    removals: dict = field(default_factory=dict)

    def report(self, **values):
        self.sequence += 1
        return DeviceReport(
            device=DeviceName(self.name),
            incarnation=self.incarnation,
            sequence=self.sequence,
            facts=self.facts,
            instances=tuple(self.instances.values()),
            removals=tuple(self.removals.values()),
            **values,
        )

    @property
    def order(self):
        return self.incarnation, self.sequence


class Rig:
    """A manager, its clock, its database file and everything that it told."""

    def __init__(self, path):
        self.path = path
        self.wall = 1_000_000.0
        self.monotonic = 500.0
        self.told = []
        self.devices = {}
        self.start()

    def start(self):
        self.store = Store(f'sqlite:///{self.path}')
        rules = Rules(offline_after_sec=6.0, removal_deadline_sec=60.0, network=NETWORK)
        clock = Clock(wall=lambda: self.wall, monotonic=lambda: self.monotonic)
        self.manager = Manager(self.store, rules, clock, self.told.append)
        self.fleet = self.manager.fleet
        self.manager.evaluate_all()

    def stop(self):
        self.store.close()

    def restart(self):
        """Start another manager on the same database, as after a kill."""
        self.stop()
        self.start()

    # What people ask for.

    def work(self, do):
        work = self.manager.begin()
        result = do(work)
        self.manager.finish(work)
        return result

    def plan(self, *documents):
        """Check manifests and change nothing."""
        files = [ManifestFile(name='a.yaml', text=manifest(*documents))]
        return applying.apply(self.manager.begin(), self.fleet, files, by='ann')

    def apply(self, *documents):
        """Apply manifests; they must be right."""
        files = [ManifestFile(name='a.yaml', text=manifest(*documents))]

        def do(work):
            plan = applying.apply(work, self.fleet, files, by='ann')
            assert plan.problems == ()
            return plan

        return self.work(do)

    def create(self, spec, *, wait=False):
        return self.work(
            lambda work: deployments.create(work, self.fleet, spec, wait=wait, by='ann')
        )

    def deprovision(self, *names, selector='', force=False, expected_generation=0):
        return self.work(
            lambda work: deprovisioning.deprovision(
                work,
                self.fleet,
                names,
                selector=selector,
                force=force,
                expected_generation=expected_generation,
            )
        )

    # What devices say.

    def device(self, name='rover1', **values):
        """Have a device register."""
        device = self.devices[name] = Device(name, **values)
        self.hear(device.report(), key=device.key)
        return device

    def hear(self, report, *, key=KEY):
        self.work(
            lambda work: reports.take_report(
                work, self.fleet, report, key_id=key, monotonic=self.monotonic
            )
        )

    def say(self, name, **values):
        device = self.devices[name]
        self.hear(device.report(**values), key=device.key)

    def beat(self, name='rover1', *, key=KEY, order=None, uptime_sec=100.0):
        """Have a device give a sign of life; tell whether its report is asked for."""
        device = self.devices.get(name)
        return self.work(
            lambda work: reports.take_heartbeat(
                work,
                self.fleet,
                DeviceName(name),
                key,
                order or device.order,
                uptime_sec=uptime_sec,
                monotonic=self.monotonic,
            )
        )

    def pass_time(self, seconds, *, beating=()):
        """Let time pass, in which some devices give signs of life."""
        self.monotonic += seconds
        self.wall += seconds
        for name in beating:
            self.beat(name)
        self.work(lambda work: reports.tick(work, self.fleet, monotonic=self.monotonic))

    def desired(self, device='rover1'):
        """Give the desired state that the device is told."""
        record = self.fleet.devices[DeviceName(device)]
        return compose(
            [part_of(each, record.name) for each in self.fleet.on_device(record.name)],
            device=record.name,
            device_key_id=record.key_id,
            manager_id='m',
            epoch=self.fleet.epoch,
            revision=record.revision,
            owed=record.owes,
        )

    def obey(self, *names, status=Status.RUNNING, started=True, **values):
        """Have devices do what they are asked, and say so."""
        for name in names or list(self.devices):
            device, state = self.devices[name], self.desired(name)
            device.instances = {
                each.slot: InstanceReport(
                    slot=each.slot,
                    deployment_name=each.deployment_name,
                    generation=each.generation,
                    status=status,
                    started=started,
                    **values,
                )
                for each in state.keep
            }
            device.removals = {
                each.deployment_id: RemovalReport(deployment_id=each.deployment_id, done=True)
                for each in state.remove
            }
            self.say(name, applied=state.order)

    def settle(self):
        """Have all devices obey until nothing changes any more."""
        while True:
            before = {name: self.desired(name) for name in self.devices}
            self.obey()
            if before == {name: self.desired(name) for name in self.devices}:
                return

    def change(self, device, slot, **values):
        """Change what a device says of one slot."""
        instances = self.devices[device].instances
        instances[slot] = replace(instances[slot], **values)
        self.say(device)

    # What is to be seen.

    def __getitem__(self, name):
        return self.fleet.named(name)

    def slot(self, name):
        (kept,) = [each for each in self.desired().keep if each.deployment_name == name]
        return kept.slot

    def states(self):
        return {
            each.name: (str(each.phase), str(each.status))
            for each in self.fleet.deployments.values()
        }

    def events(self):
        return self.store.events(limit=10_000)

    def told_devices(self):
        """List the devices whose desired state was told since the last look."""
        names = [name for effects in self.told for name in effects.devices]
        self.told.clear()
        return names

    def forget_told(self):
        self.told.clear()
