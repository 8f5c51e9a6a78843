# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is asked for beside running: stopping, restarting, another image, an order, being alive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import threading
from typing import Any

import pytest
from supervisor_rig import Device, PATIENT, updated, wanted

from roost_core import error_codes
from roost_core.instance import DesiredInstance
from roost_core.package import ImagePullPolicy, LivenessProbe, RestartPolicy
from roost_core.restart import BackOff
from roost_core.status import ReasonKind, Status
from roost_executor import durable, histories
from roost_executor.runtimes.contract import RuntimeFault
from testbed import eventually

CAMERA = wanted('camera')
TOKEN = CAMERA.identity.token


def names(device: Device) -> list[str]:
    return [name for name, _ in device.changing_calls()]


def no_registry() -> RuntimeFault:
    return RuntimeFault(
        ReasonKind.REGISTRY_UNREACHABLE,
        error_codes.REGISTRY_UNREACHABLE,
        'the registry does not answer',
    )


def run(device: Device, item: DesiredInstance = CAMERA) -> DesiredInstance:
    """Have an instance run, and forget how it came to that."""
    device.ask(item)
    device.wait_running(item)
    device.docker.calls.clear()
    return item


class Delayed:
    """A call of the engine that begins, and goes on when it is let."""

    def __init__(self, device: Device, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self._call: Callable[..., Any] = getattr(device.docker, name)
        monkeypatch.setattr(device.docker, name, self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.begun.set()
        assert self.may_go_on.wait(10.0)
        return self._call(*args, **kwargs)


def kill_at(device: Device, name: str, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> Any:
    """Have the executor be killed at a call of the engine, which does it or not; give when."""
    call = getattr(device.docker, name)
    killed = threading.Event()

    def last(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(device.docker, name, call)
        if done:
            device.kill()
            call(*args, **kwargs)
        else:
            device.kill()
        killed.set()

    monkeypatch.setattr(device.docker, name, last)
    return killed


class TestStopping:
    def test_what_is_stopped_by_choice_is_kept_and_stays_so(self, device: Device) -> None:
        halted = replace(run(device), run=False)

        device.ask(halted)

        report = device.wait_for(halted, Status.STOPPED, word='stopped by choice')
        assert (report.reason.kind, report.codes) == (ReasonKind.STOPPED_BY_CHOICE, ())
        device.restart()
        device.wait_for(halted, Status.STOPPED)
        device.reboot()
        device.wait_for(halted, Status.STOPPED)
        assert device.changing_calls() == [('stop', TOKEN)]

    @pytest.mark.parametrize('policy', RestartPolicy)
    def test_it_starts_when_that_is_chosen_again(
        self, device: Device, policy: RestartPolicy
    ) -> None:
        item = run(device, wanted('camera', restart=policy))
        device.ask(replace(item, run=False))
        device.wait_for(item, Status.STOPPED)

        device.ask(item)

        device.wait_running(item)
        assert names(device) == ['stop', 'start']

    def test_a_start_that_is_chosen_while_it_still_stops_is_not_forgotten(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item = run(device, wanted('camera', restart=RestartPolicy.NEVER))
        stop = Delayed(device, 'stop', monkeypatch)
        device.ask(replace(item, run=False))
        assert stop.begun.wait(10.0)
        assert device.wait_for(item, Status.PENDING, word='stopping').codes == ()

        device.ask(item)
        stop.may_go_on.set()

        device.wait(lambda seen: device.report_of(item).restart_count == 1, 'the start')
        device.wait_running(item)
        assert names(device) == ['stop', 'start']

    def test_a_stop_that_is_chosen_while_it_starts_is_not_told_too_early(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start = Delayed(device, 'start', monkeypatch)
        device.ask(CAMERA)
        assert start.begun.wait(10.0)

        device.ask(replace(CAMERA, run=False))

        device.wait_for(CAMERA, Status.PENDING, word='stopping')
        start.may_go_on.set()
        device.wait_for(CAMERA, Status.STOPPED, word='stopped by choice')
        assert names(device)[-1] == 'stop'

    def test_what_was_never_started_is_not_even_created(self, device: Device) -> None:
        halted = replace(CAMERA, run=False)

        device.ask(halted)

        assert not device.wait_for(halted, Status.STOPPED).started
        assert device.changing_calls() == []

    def test_a_stop_ends_the_wait_for_an_image(self, device: Device) -> None:
        device.docker.images.held.clear()
        item = wanted('camera', image='camera:2')
        device.ask(item)
        device.wait_pulling(item)

        device.ask(replace(item, run=False))

        device.wait_for(item, Status.STOPPED, word='stopped by choice')
        assert device.docker.images.here.keys() == {'camera:1'}


class TestRestarts:
    def test_what_runs_is_stopped_and_started_and_not_made_anew(self, device: Device) -> None:
        again = replace(run(device), restarts=1)

        device.ask(again)

        device.wait(lambda seen: device.report_of(again).restart_count == 1, 'a restart')
        device.wait_running(again)
        device.ask(again)
        device.restart()
        device.wait_running(again)
        assert device.changing_calls() == [('stop', TOKEN), ('start', TOKEN)]
        assert device.report_of(again).restart_count == 1

    @pytest.mark.parametrize('policy', RestartPolicy)
    def test_what_ended_is_started_whatever_the_policy(
        self, device: Device, policy: RestartPolicy
    ) -> None:
        item = run(device, wanted('camera', restart=policy))
        device.docker.end(item.identity, 143, by_hand=True)
        device.wait_for(item, Status.STOPPED, word='stopped by hand')

        device.ask(replace(item, restarts=1))

        device.wait_running(item)
        assert names(device) == ['start']

    def test_the_first_start_of_a_generation_is_no_restart(self, device: Device) -> None:
        item = replace(CAMERA, restarts=3)

        run(device, item)
        device.restart()

        device.wait_running(item)
        assert device.changing_calls() == []
        device.ask(replace(item, restarts=4))
        device.wait(lambda seen: device.report_of(item).restart_count == 1, 'a restart')

    def test_what_is_found_running_is_taken_up_whatever_was_asked_for_before(
        self, device: Device
    ) -> None:
        device.docker.create(CAMERA)
        device.docker.start(CAMERA.identity)
        device.wait(lambda seen: seen.orphans and seen.orphans[0].running, 'the instance')
        device.docker.calls.clear()

        device.ask(replace(CAMERA, restarts=2))

        device.wait_running(CAMERA)
        assert device.changing_calls() == []

    def test_a_crash_loop_is_over_when_a_restart_is_asked_for(self, tmp_path) -> None:
        with Device(tmp_path, back_off=BackOff(first_sec=0.02, cap_sec=60.0)) as device:
            item = wanted('camera', command=('sh', '-c', 'exit 3'))
            device.ask(item)
            device.wait_for(item, Status.ERROR, code=error_codes.CRASH_LOOP)
            before = device.report_of(item).restart_count

            device.ask(replace(item, restarts=1))

            device.wait(
                lambda seen: device.report_of(item).restart_count >= before + 4, 'a new beginning'
            )

    @pytest.mark.parametrize('done', [False, True])
    @pytest.mark.parametrize('step', ['stop', 'start'])
    def test_an_executor_that_is_killed_in_between_does_it_once(
        self, device: Device, monkeypatch: pytest.MonkeyPatch, step: str, done: bool
    ) -> None:
        item = run(device, wanted('camera', restart=RestartPolicy.NEVER))
        killed = kill_at(device, step, monkeypatch, done=done)
        device.ask(replace(item, restarts=1), wait=False)
        assert killed.wait(10.0)

        device.start()

        device.wait(lambda seen: device.report_of(item).restart_count == 1, 'a restart')
        device.wait_running(item)
        device.restart()
        device.wait_running(item)
        assert names(device) == ['stop', 'start']

    @pytest.mark.parametrize('policy', [RestartPolicy.NEVER, RestartPolicy.ON_FAILURE])
    def test_what_ended_before_the_next_executor_saw_it_run_was_restarted(
        self, device: Device, monkeypatch: pytest.MonkeyPatch, policy: RestartPolicy
    ) -> None:
        item = run(device, wanted('camera', restart=policy))
        killed = kill_at(device, 'start', monkeypatch, done=True)
        device.ask(replace(item, restarts=1), wait=False)
        assert killed.wait(10.0)
        device.docker.end(item.identity, 0)

        device.start()

        device.wait_for(item, Status.STOPPED, word='completed')
        assert device.report_of(item).restart_count == 1
        assert names(device) == ['stop', 'start']


class TestPowerCuts:
    def test_what_was_started_a_moment_before_is_not_started_again(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        once = wanted('once', restart=RestartPolicy.ON_FAILURE)
        killed = kill_at(device, 'start', monkeypatch, done=True)
        device.ask(once, wait=False)
        assert killed.wait(10.0)

        device.cut_power()

        device.wait_for(once, Status.ERROR, code=error_codes.EXITED)
        assert len(device.calls('start')) == 1


class TestUpdating:
    def test_a_tag_is_pulled_again_once_and_before_the_former_instance_is_stopped(
        self, device: Device
    ) -> None:
        run(device)
        device.docker.images.registry['camera:1'] = 'sha256:newer'
        newer = replace(updated(CAMERA, image='camera:1'), refresh=True)

        device.ask(newer)

        device.wait_running(newer)
        assert names(device) == ['pull', 'stop', 'remove', 'create', 'start']
        assert device.report_of(newer).image_digest == 'sha256:newer'
        device.docker.images.registry['camera:1'] = 'sha256:newest'
        device.docker.remove(newer.identity)
        device.wait(lambda seen: device.report_of(newer).restart_count == 1, 'a restart')
        device.wait_running(newer)
        assert device.report_of(newer).image_digest == 'sha256:newer'
        assert device.calls('pull') == ['camera:1']

    def test_with_the_policy_never_what_is_here_is_used(self, device: Device) -> None:
        item = wanted('camera', pull=ImagePullPolicy.NEVER)

        run(device, replace(item, refresh=True))

        assert device.docker.images.pulls == []

    @pytest.mark.parametrize('device', [PATIENT], indirect=True)
    def test_while_the_new_image_cannot_be_had_the_former_instance_runs(
        self, device: Device
    ) -> None:
        run(device)
        newer = replace(updated(CAMERA), refresh=True)
        for _ in range(3):
            device.docker.fail_next('pull', no_registry())

        device.ask(newer)

        report = device.wait_for(newer, Status.ERROR, code=error_codes.REGISTRY_UNREACHABLE)
        assert (report.former_generation, report.started) == (1, False)
        device.wait_running(newer)
        assert device.report_of(newer).former_generation == 0
        assert names(device).index('stop') > 3

    def test_the_former_plan_again_touches_nothing_while_it_runs(self, device: Device) -> None:
        run(device)
        device.docker.images.held.clear()
        newer = replace(updated(CAMERA), refresh=True)
        device.ask(newer)
        device.wait_pulling(newer)

        device.ask(CAMERA)

        device.wait_running(CAMERA)
        assert set(names(device)) == {'pull'}

    def test_after_a_power_cut_the_image_that_was_fetched_needs_no_registry(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(device)
        newer = replace(updated(CAMERA), refresh=True)
        killed = kill_at(device, 'remove', monkeypatch, done=True)
        device.ask(newer, wait=False)
        assert killed.wait(10.0)
        device.docker.images.registry.clear()

        device.cut_power()

        device.wait_running(newer)
        assert device.report_of(newer).image_digest == 'sha256:two'
        assert device.calls('pull') == ['camera:2']

    def test_a_disk_that_takes_nothing_stops_no_instance(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(device)

        def full(*_: object) -> None:
            raise OSError(28, 'No space left on device')

        with monkeypatch.context() as patch:
            patch.setattr(durable, 'replace', full)
            patch.setattr(histories, 'RETRY_SEC', 0.05)
            newer = replace(updated(CAMERA), refresh=True)
            device.ask(newer)
            report = device.wait_for(newer, Status.ERROR, code=error_codes.DISK_FULL)
            assert report.former_generation == 1
            assert 'stop' not in names(device)


class TestVeryImage:
    PINNED = replace(CAMERA, image_digest='sha256:one')

    def test_it_is_taken_whatever_its_name_means_by_now(self, device: Device) -> None:
        device.docker.images.put('camera:1', 'sha256:newer')

        run(device, self.PINNED)

        assert device.report_of(self.PINNED).image_digest == 'sha256:one'
        assert device.docker.images.pulls == []

    def test_it_is_pulled_when_it_is_not_here(self, device: Device) -> None:
        device.docker.images.here['camera:1'] = 'sha256:newer'
        device.docker.images.registry['camera@sha256:one'] = 'sha256:one'

        run(device, self.PINNED)

        assert device.report_of(self.PINNED).image_digest == 'sha256:one'
        assert device.docker.images.pulls == ['camera@sha256:one']

    def test_if_it_cannot_be_had_its_name_is_all_there_is_left(self, device: Device) -> None:
        device.docker.images.here['camera:1'] = 'sha256:newer'

        run(device, self.PINNED)

        assert device.report_of(self.PINNED).image_digest == 'sha256:newer'

    def test_if_not_even_that_helps_both_are_told(self, device: Device) -> None:
        device.docker.images.here.clear()
        device.docker.images.registry.clear()

        device.ask(self.PINNED)

        report = device.wait_for(
            self.PINNED, Status.ERROR, word='very image', code=error_codes.IMAGE_NOT_FOUND
        )
        assert 'sha256:one' in report.reason.text
        device.docker.images.registry['camera@sha256:one'] = 'sha256:one'
        device.wait_running(self.PINNED)
        assert device.report_of(self.PINNED).image_digest == 'sha256:one'


class TestBootOrder:
    def test_after_a_reboot_what_is_needed_comes_first(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        base = wanted('base')
        camera = replace(CAMERA, after=(base.slot.deployment_id,))
        device.ask(camera, base)
        device.wait_running(camera, base)
        device.stop()
        base_start = DelayedOf(device, base, monkeypatch)
        device.reboot()

        report = device.wait_for(camera, Status.PENDING, word='waiting for base to start first')
        assert report.reason.kind is ReasonKind.WAITING_FOR_ORDER
        base_start.may_go_on.set()

        device.wait_running(camera, base)
        assert device.calls('start')[-2:] == [base.identity.token, camera.identity.token]

    def test_it_waits_no_longer_than_it_may(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        base = wanted('base')
        camera = replace(CAMERA, after=(base.slot.deployment_id,))
        device.ask(camera, base)
        device.wait_running(camera, base)
        device.stop()
        device.boot_order_sec = 0.3
        base_start = DelayedOf(device, base, monkeypatch)
        device.reboot()

        device.wait_running(camera)
        assert not base_start.may_go_on.is_set()
        base_start.may_go_on.set()
        device.wait_running(base)

    def test_a_restart_of_the_executor_holds_nothing_up(self, device: Device) -> None:
        base = wanted('base', restart=RestartPolicy.NEVER)
        camera = replace(CAMERA, after=(base.slot.deployment_id,))
        device.ask(camera, base)
        device.wait_running(camera, base)
        device.stop()
        device.docker.end(camera.identity, 1)
        device.docker.end(base.identity, 1)
        device.start()

        device.wait_running(camera)


class DelayedOf(Delayed):
    """The start of one instance, which goes on when it is let; all others do at once."""

    def __init__(
        self, device: Device, item: DesiredInstance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        super().__init__(device, 'start', monkeypatch)
        self._identity = item.identity

    def __call__(self, identity: Any, **kwargs: Any) -> Any:
        if identity != self._identity:
            return self._call(identity, **kwargs)
        return super().__call__(identity, **kwargs)


class TestLiveness:
    DEAD = ('sh', '-c', 'exit 1')

    def probed(
        self, policy: RestartPolicy, command: tuple[str, ...] = DEAD, **values: Any
    ) -> DesiredInstance:
        item = wanted('camera', restart=policy)
        probe = LivenessProbe(
            exec=command, **{'period': 0.02, 'timeout': 1.0, 'failure_threshold': 3, **values}
        )
        return replace(item, spec=replace(item.spec, liveness_probe=probe))

    def test_what_answers_runs_on(self, device: Device) -> None:
        item = run(device, self.probed(RestartPolicy.ALWAYS, ('true',), failure_threshold=1))

        eventually(lambda: len(device.calls('exec')) > 3)

        assert device.report_of(item).restart_count == 0
        assert device.changing_calls() == []

    def test_what_does_not_is_stopped_and_is_to_be_looked_at(self, device: Device) -> None:
        item = self.probed(RestartPolicy.NEVER)
        device.ask(item)

        report = device.wait_for(
            item, Status.ERROR, word='did not answer its liveness probe 3 times: sh exited with'
        )

        assert report.reason.kind is ReasonKind.NOT_ALIVE
        assert report.codes == (error_codes.EXITED, error_codes.NOT_ALIVE)
        assert len(device.calls('exec')) == 3
        assert len(device.calls('stop')) == len(device.calls('start')) == 1

    def test_it_is_restarted_and_at_last_that_is_a_crash_loop(self, device: Device) -> None:
        item = self.probed(RestartPolicy.ON_FAILURE)
        device.ask(item)

        report = device.wait_for(item, Status.ERROR, code=error_codes.CRASH_LOOP)

        assert error_codes.NOT_ALIVE in report.codes
        assert report.restart_count >= 4

    def test_a_new_run_is_given_its_delay_again(self, device: Device) -> None:
        item = run(device, self.probed(RestartPolicy.ALWAYS, initial_delay=3600.0))

        device.docker.end(item.identity, 1)
        device.wait(lambda seen: device.report_of(item).restart_count == 1, 'a restart')

        assert device.calls('exec') == []

    def test_what_is_stopped_is_not_asked(self, device: Device) -> None:
        item = run(device, self.probed(RestartPolicy.ALWAYS, ('true',)))
        device.ask(replace(item, run=False))
        device.wait_for(item, Status.STOPPED)
        device.docker.calls.clear()

        device.ask(replace(item, run=False), wanted('other'))

        device.wait_running(wanted('other'))
        assert len(device.calls('exec')) <= 1
