# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor over an engine in memory."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
import threading
from typing import Any

import pytest
from supervisor_rig import DEADLINE_SEC, Device, FOREVER, PATIENT, removal, updated, wanted

from roost_core import error_codes
from roost_core.instance import Identity
from roost_core.observed import InstanceState
from roost_core.package import DeviceRuntime, ImagePullPolicy, RestartPolicy
from roost_core.restart import BackOff
from roost_core.status import ReasonKind, Status
from roost_executor.runtimes.contract import RuntimeFault

CAMERA = wanted('camera')


def refused(text: str = 'no such option') -> RuntimeFault:
    return RuntimeFault(ReasonKind.CREATE_FAILED, error_codes.CREATE_FAILED, text)


class TestKeeping:
    def test_what_is_desired_is_created_and_started(self, device: Device) -> None:
        device.ask(CAMERA)

        report = device.wait_for(CAMERA, Status.RUNNING)
        assert report.started
        assert report.image_digest == 'sha256:one'
        assert report.host_name == CAMERA.identity.token
        assert report.restart_count == 0
        assert device.calls('create') == device.calls('start') == [CAMERA.identity.token]

    def test_the_same_intent_twice_does_nothing(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.calls.clear()

        device.ask(wanted('camera'))

        assert device.report_of(CAMERA).status is Status.RUNNING
        assert device.docker.calls == []

    def test_a_restart_of_the_executor_adopts_and_touches_nothing(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.calls.clear()

        device.restart()

        assert device.wait_for(CAMERA, Status.RUNNING).restart_count == 0
        assert device.changing_calls() == []

    def test_what_was_created_and_not_started_before_a_restart_is_started(
        self, device: Device
    ) -> None:
        device.docker.create(CAMERA, image_digest='sha256:one')
        device.wait(lambda seen: seen.orphans, 'the instance')
        device.docker.calls.clear()

        device.ask(CAMERA)

        device.wait_running(CAMERA)
        assert device.changing_calls() == [('start', CAMERA.identity.token)]

    def test_what_someone_removed_is_created_again(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)

        device.docker.remove(CAMERA.identity)

        device.wait(lambda seen: device.report_of(CAMERA).restart_count == 1, 'a restart')
        device.wait_running(CAMERA)
        assert len(device.calls('create')) == 2

    def test_an_update_replaces_after_the_new_image_is_here(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.images.held.clear()
        device.docker.calls.clear()
        newer = updated(CAMERA)

        device.ask(newer)
        device.wait_for(newer, Status.PENDING, word='pulling camera:2')
        assert device.calls('stop') == []
        device.docker.images.held.set()

        device.wait_running(newer)
        assert [each.identity for each in device.docker.list()] == [newer.identity]
        assert [name for name, _ in device.changing_calls()] == [
            'pull',
            'stop',
            'remove',
            'create',
            'start',
        ]

    def test_a_slot_that_waits_does_not_hold_up_the_others(self, device: Device) -> None:
        device.docker.images.held.clear()
        waiting = [wanted(f'slow{number}', image='camera:2') for number in range(20)]

        device.ask(*waiting, CAMERA)

        device.wait_running(CAMERA)
        device.wait_for(waiting[0], Status.PENDING, word='pulling camera:2')
        device.docker.images.held.set()
        device.wait_running(*waiting)

    def test_a_runtime_that_is_not_offered_is_an_error(self, device: Device) -> None:
        native = wanted('base', runtime=DeviceRuntime.PREINSTALLED)

        device.ask(native, CAMERA)

        report = device.wait_for(native, Status.ERROR, code=error_codes.RUNTIME_MISSING)
        assert report.reason.kind is ReasonKind.RUNTIME_MISSING
        device.wait_running(CAMERA)


class TestRestarting:
    def test_what_ends_starts_again(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)

        device.docker.end(CAMERA.identity, 1)

        device.wait(lambda seen: device.report_of(CAMERA).restart_count == 1, 'a restart')
        device.wait_running(CAMERA)
        assert len(device.calls('create')) == 1

    def test_what_ends_again_and_again_is_a_crash_loop(self, device: Device) -> None:
        crashing = wanted('crash', command=('sh', '-c', 'exit 3'))

        device.ask(crashing)

        report = device.wait_for(crashing, Status.ERROR, code=error_codes.CRASH_LOOP)
        assert report.exit_code == 3
        assert report.restart_count >= 4
        device.wait(lambda seen: device.report_of(crashing).restart_count >= 8, 'further attempts')

    def test_the_last_line_of_output_explains_an_end(self, device: Device) -> None:
        once = wanted('once', restart=RestartPolicy.NEVER)
        device.ask(once)
        device.wait_running(once)

        red = '\x1b[31mcannot open\x1b[0m'
        device.docker.end(once.identity, 2, output=f'starting\n{red} /dev/video0\n')

        device.wait_for(
            once, Status.ERROR, word=': cannot open /dev/video0', code=error_codes.EXITED
        )

    def test_completed_work_is_not_repeated(self, device: Device) -> None:
        job = wanted('job', command=('sh', '-c', 'exit 0'), restart=RestartPolicy.ON_FAILURE)

        device.ask(job)

        report = device.wait_for(job, Status.STOPPED, word='completed')
        assert report.exit_code == 0
        assert len(device.calls('start')) == 1

    def test_what_a_person_stopped_stays_stopped(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)

        device.docker.end(CAMERA.identity, 143, by_hand=True)
        device.wait_for(CAMERA, Status.STOPPED, word='stopped by hand')
        device.restart()

        device.wait_for(CAMERA, Status.STOPPED, word='stopped by hand')
        assert len(device.calls('start')) == 1

    def test_a_missing_command_is_not_restarted(self, device: Device) -> None:
        typo = wanted('typo', command=('missing',))

        device.ask(typo)

        device.wait_for(typo, Status.ERROR, word='missing', code=error_codes.EXITED)
        assert len(device.calls('start')) == 1

    def test_after_a_reboot_only_always_starts_again(self, device: Device) -> None:
        keeper = wanted('keeper')
        failing = wanted('failing', restart=RestartPolicy.ON_FAILURE)
        by_hand = wanted('byhand')
        device.ask(keeper, failing, by_hand)
        device.wait_running(keeper, failing, by_hand)
        device.docker.end(by_hand.identity, 143, by_hand=True)
        device.wait_for(by_hand, Status.STOPPED)

        device.reboot()

        device.wait_running(keeper, by_hand)
        device.wait_for(failing, Status.ERROR)

    def test_counts_survive_a_restart_of_the_executor(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.end(CAMERA.identity, 1)
        device.wait(lambda seen: device.report_of(CAMERA).restart_count == 1, 'a restart')

        device.restart()

        assert device.wait_for(CAMERA, Status.RUNNING).restart_count == 1

    def test_a_clock_that_is_set_back_delays_no_restart_for_long(self, device: Device) -> None:
        device.stop()
        ahead = [3600.0]
        now = device.clock
        device.clock = lambda: now() + ahead[0]
        device.start()
        crashing = wanted('crash', command=('sh', '-c', 'exit 3'))
        device.ask(crashing)
        device.wait_for(crashing, Status.ERROR, code=error_codes.CRASH_LOOP)
        count = device.report_of(crashing).restart_count

        ahead[0] = 0.0

        device.wait(
            lambda seen: device.report_of(crashing).restart_count > count + 3, 'further restarts'
        )


class TestFailing:
    @pytest.mark.parametrize('device', [PATIENT], indirect=True)
    def test_a_step_that_fails_is_told_and_tried_again(self, device: Device) -> None:
        for _ in range(3):
            device.docker.fail_next('create', refused())

        device.ask(CAMERA)

        device.wait_for(CAMERA, Status.ERROR, word='no such', code=error_codes.CREATE_FAILED)
        device.wait_running(CAMERA)
        assert len(device.calls('create')) == 4

    def test_delays_grow(self, tmp_path: Path) -> None:
        slow = BackOff(first_sec=0.05, factor=10.0, cap_sec=100.0)
        with Device(tmp_path, back_off=slow) as device:
            for _ in range(3):
                device.docker.fail_next('create', refused())

            device.ask(CAMERA)

            device.wait(
                lambda seen: (seen.instances[0].reason.retry_in_sec or 0.0) > 3.0,
                'the delay after the third attempt',
            )
            assert len(device.calls('create')) == 3

    def test_a_newer_intent_clears_a_failure(self, device: Device) -> None:
        device.ask(wanted('camera', image='none:1'))
        device.wait_for(CAMERA, Status.ERROR, code=error_codes.IMAGE_NOT_FOUND)

        device.ask(CAMERA)

        device.wait_running(CAMERA)

    @pytest.mark.parametrize('device', [PATIENT], indirect=True)
    def test_what_nobody_foresaw_is_told_and_ends_nothing(self, device: Device) -> None:
        def broken(*_: object, **__: object) -> None:
            device.docker.create = type(device.docker).create.__get__(device.docker)
            raise ZeroDivisionError('oops')

        device.docker.create = broken  # type: ignore[method-assign]

        device.ask(CAMERA)

        device.wait_for(CAMERA, Status.ERROR, word='oops', code=error_codes.EXECUTOR_DEFECT)
        device.wait_running(CAMERA)

    def test_an_engine_that_goes_away_blocks_and_loses_nothing(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.calls.clear()

        device.docker.go_away()
        device.wait_for(CAMERA, Status.ERROR, code=error_codes.ENGINE_UNREACHABLE)
        device.docker.come_back()

        assert device.wait_for(CAMERA, Status.RUNNING).restart_count == 0
        assert device.changing_calls() == []

    def test_what_was_asked_for_while_the_engine_was_away_is_done_after(
        self, device: Device
    ) -> None:
        device.docker.go_away()
        device.ask(CAMERA)
        device.wait_for(CAMERA, Status.ERROR, code=error_codes.ENGINE_UNREACHABLE)

        device.docker.come_back()

        device.wait_running(CAMERA)

    def test_an_end_that_the_engine_did_not_tell_is_found(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)

        device.docker.go_away()
        device.docker.end(CAMERA.identity, 1)
        device.docker.come_back()

        device.wait(lambda seen: device.report_of(CAMERA).restart_count == 1, 'a restart')
        device.wait_running(CAMERA)


class TestPulling:
    def test_one_pull_serves_all_who_wait(self, device: Device) -> None:
        device.docker.images.held.clear()
        waiting = [wanted(f'robot{number}', image='camera:2') for number in range(5)]

        device.ask(*waiting)
        for item in waiting:
            device.wait_for(item, Status.PENDING, word='pulling camera:2')
        device.docker.images.held.set()

        device.wait_running(*waiting)
        assert device.docker.images.pulls == ['camera:2']

    def test_what_was_pulled_is_not_told_to_be_looked_for(self, device: Device) -> None:
        device.docker.images.held.clear()
        item = wanted('camera', image='camera:2')
        device.ask(item)
        device.wait_for(item, Status.PENDING, word='pulling camera:2')
        pulled = len(device.situations)
        device.docker.images.held.set()

        device.wait_running(item)
        kinds = [each.instances[0].reason.kind for each in device.situations[pulled:]]
        steps = [kind for kind, _ in groupby(kinds)]
        order = [ReasonKind.PULLING, ReasonKind.CREATING, ReasonKind.NONE]
        assert steps == [each for each in order if each in steps]

    def test_an_image_that_is_here_is_not_pulled(self, device: Device) -> None:
        device.ask(CAMERA)

        device.wait_running(CAMERA)
        assert device.docker.images.pulls == []

    def test_always_pulls_before_each_creation_and_not_at_restarts(self, device: Device) -> None:
        always = wanted('camera', pull=ImagePullPolicy.ALWAYS)
        device.ask(always)
        device.wait_running(always)
        assert device.docker.images.pulls == ['camera:1']

        device.docker.end(always.identity, 1)
        device.wait(lambda seen: device.report_of(always).restart_count == 1, 'a restart')
        device.docker.remove(always.identity)
        device.wait(lambda seen: device.report_of(always).restart_count == 2, 'another')
        assert device.docker.images.pulls == ['camera:1']

        newer = updated(always, image='camera:1')
        device.ask(newer)
        device.wait_running(newer)
        assert device.docker.images.pulls == ['camera:1', 'camera:1']

    def test_never_does_not_pull(self, device: Device) -> None:
        never = wanted('camera', image='camera:2', pull=ImagePullPolicy.NEVER)

        device.ask(never)

        device.wait_for(never, Status.ERROR, word='is Never', code=error_codes.IMAGE_NOT_FOUND)
        assert device.docker.images.pulls == []

        device.docker.images.here['camera:2'] = 'sha256:two'
        device.wait_running(never)

    def test_an_image_that_is_nowhere_is_found_once_it_is_pushed(self, device: Device) -> None:
        missing = wanted('camera', image='camera:3')
        device.ask(missing)
        device.wait_for(missing, Status.ERROR, code=error_codes.IMAGE_NOT_FOUND)

        device.docker.images.registry['camera:3'] = 'sha256:three'

        device.wait_running(missing)

    def test_once_an_image_is_here_it_is_not_told_to_be_missing(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create, pushed = device.docker.create, threading.Event()

        def wait_and_create(*args: Any, **kwargs: Any) -> None:
            assert pushed.wait(DEADLINE_SEC)
            create(*args, **kwargs)

        monkeypatch.setattr(device.docker, 'create', wait_and_create)
        missing = wanted('camera', image='camera:3')
        device.ask(missing)
        device.wait_for(missing, Status.ERROR, code=error_codes.IMAGE_NOT_FOUND)

        device.docker.images.registry['camera:3'] = 'sha256:three'

        device.wait_for(missing, Status.PENDING, word='being created')
        pushed.set()
        device.wait_running(missing)

    def test_an_image_that_vanished_after_its_pull_is_pulled_again(self, device: Device) -> None:
        item = wanted('camera', image='camera:2')
        vanished = RuntimeFault(ReasonKind.IMAGE_NOT_FOUND, error_codes.IMAGE_NOT_FOUND, 'gone')
        device.docker.fail_next('create', vanished)
        device.ask(item)

        device.wait_running(item)
        assert device.calls('image') == ['camera:2', 'camera:2']

    def test_a_newer_intent_ends_a_pull(self, device: Device) -> None:
        device.docker.images.held.clear()
        slow = wanted('camera', image='camera:2')
        device.ask(slow)
        device.wait_pulling(slow)

        device.ask(updated(slow, image='camera:1'))

        device.wait_running(updated(slow, image='camera:1'))
        assert device.docker.images.held.is_set()  # the fake sets it when a pull is ended
        assert 'camera:2' not in device.docker.images.here

    def test_a_pull_goes_on_while_somebody_waits_for_it(self, device: Device) -> None:
        device.docker.images.held.clear()
        one, other = wanted('one', image='camera:2'), wanted('other', image='camera:2')
        device.ask(one, other)
        device.wait_pulling(one, other)

        device.ask(other, remove=[removal('one')])
        device.wait(lambda seen: seen.removals[0].done, 'the removal')
        assert not device.docker.images.held.is_set()
        device.docker.images.held.set()

        device.wait_running(other)
        assert device.docker.images.pulls == ['camera:2']


class TestRemoving:
    def test_what_is_named_is_stopped_and_removed(self, device: Device) -> None:
        other = wanted('other')
        device.ask(CAMERA, other)
        device.wait_running(CAMERA, other)

        device.ask(other, remove=[removal('camera')])

        seen = device.wait(lambda seen: seen.removals[0].done, 'the removal')
        assert seen.removals[0].deployment_id == 'camera-1'
        assert [each.identity for each in device.docker.list()] == [other.identity]
        assert [name for name, _ in device.changing_calls()][-2:] == ['stop', 'remove']

    def test_a_slot_that_is_named_is_emptied_and_the_rest_of_its_deployment_stays(
        self, device: Device
    ) -> None:
        dropped = wanted('camera', executable='preview')
        device.ask(CAMERA, dropped)
        device.wait_running(CAMERA, dropped)

        device.ask(CAMERA, remove_slots=[dropped.slot])
        device.restart()

        device.wait(lambda _: len(device.docker.list()) == 1, 'the removal')
        assert [each.identity for each in device.docker.list()] == [CAMERA.identity]
        device.ask(CAMERA, dropped, remove_slots=[dropped.slot])
        device.wait_running(CAMERA, dropped)

    def test_nothing_is_removed_at_once(self, device: Device) -> None:
        device.ask(remove=[removal('camera')])

        device.wait(lambda seen: seen.removals[0].done, 'the removal')

    def test_what_is_not_named_any_more_is_an_orphan_and_left_alone(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.calls.clear()

        device.ask()
        seen = device.wait(lambda seen: seen.orphans, 'an orphan')
        device.restart()
        device.wait(lambda seen: seen.orphans, 'an orphan after a restart')

        assert seen.orphans[0].slot == CAMERA.slot
        assert seen.orphans[0].running
        assert device.changing_calls() == []

    def test_an_orphan_is_removed_once_it_is_named(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.ask()
        device.wait(lambda seen: seen.orphans, 'an orphan')

        device.ask(remove=[removal('camera')])

        device.wait(lambda seen: seen.removals[0].done and not seen.orphans, 'the removal')
        assert device.docker.list() == ()

    def test_without_any_desired_state_all_is_left_alone(self, device: Device) -> None:
        device.docker.create(CAMERA)
        device.docker.start(CAMERA.identity)

        device.wait(lambda seen: seen.orphans and seen.orphans[0].running, 'an orphan')

        assert len(device.changing_calls()) == 2

    @pytest.mark.parametrize('device', [PATIENT], indirect=True)
    def test_how_far_it_is_and_why_it_fails_is_told(self, device: Device) -> None:
        held = threading.Event()
        stop = device.docker.stop

        def slow_stop(identity: Identity, *, timeout_sec: float) -> None:
            held.wait(10)
            stop(identity, timeout_sec=timeout_sec)

        device.docker.stop = slow_stop  # type: ignore[method-assign]
        device.ask(CAMERA)
        device.wait_running(CAMERA)

        device.ask(remove=[removal('camera')])
        seen = device.wait(lambda seen: seen.removals, 'a removal')
        assert seen.removals[0].reason.kind is ReasonKind.STOPPING
        assert 'driver/main' in seen.removals[0].reason.text
        busy = RuntimeFault(ReasonKind.EXITED, error_codes.REMOVE_FAILED, 'device is busy')
        device.docker.fail_next('remove', busy)
        held.set()

        device.wait(lambda seen: 'busy' in seen.removals[0].reason.text, 'the failure')
        device.wait(lambda seen: seen.removals[0].done, 'the removal after all')

    def test_while_the_engine_is_away_it_is_not_confirmed(self, device: Device) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.docker.go_away()

        device.ask(remove=[removal('camera'), removal('never-here')])

        seen = device.wait(
            lambda seen: (
                len(seen.removals) == 2
                and seen.removals[0].reason.kind is ReasonKind.ENGINE_UNREACHABLE
            ),
            'removals',
        )
        assert not seen.removals[0].done
        assert seen.removals[1].done
        device.docker.come_back()
        device.wait(lambda seen: seen.removals[0].done, 'the removal')

    def test_what_an_engine_may_have_that_was_not_heard_yet_is_not_confirmed(
        self, device: Device
    ) -> None:
        device.ask(CAMERA)
        device.wait_running(CAMERA)
        device.stop()
        device.docker.go_away()
        device.start()

        device.ask(remove=[removal('camera')])
        assert not device.wait(lambda seen: seen.removals, 'a removal').removals[0].done

        device.docker.come_back()
        device.wait(lambda seen: seen.removals[0].done, 'the removal')
        assert device.docker.list() == ()

    def test_an_engine_that_never_was_there_delays_no_removal(self, device: Device) -> None:
        device.docker.go_away()

        device.ask(remove=[removal('camera')])

        device.wait(lambda seen: seen.removals[0].done, 'the removal')

    def test_every_generation_of_a_deployment_is_removed(self, device: Device) -> None:
        for generation in (1, 2):
            former = wanted('camera', generation=generation)
            device.docker.create(former)
            device.docker.start(former.identity)
        device.wait(lambda seen: len(seen.orphans) == 2, 'the instances')

        device.ask(remove=[removal('camera')])

        device.wait(lambda seen: seen.removals[0].done, 'the removal')
        assert device.docker.list() == ()


def test_the_newest_intent_ends_the_steps_under_way(device: Device) -> None:
    held, entered = threading.Event(), threading.Event()
    create = device.docker.create

    def slow_create(desired, *, image_digest=''):
        entered.set()
        held.wait(10)
        create(desired, image_digest=image_digest)

    device.docker.create = slow_create  # type: ignore[method-assign]
    device.ask(CAMERA)
    assert entered.wait(10)

    device.ask(remove=[removal('camera')])
    held.set()

    device.wait(lambda seen: seen.removals[0].done, 'the removal')
    assert device.docker.list() == ()
    assert device.calls('start') == []


def test_close_leaves_everything_running(device: Device) -> None:
    device.ask(CAMERA)
    device.wait_running(CAMERA)

    device.stop()

    assert [each.state for each in device.docker.list()] == [InstanceState.RUNNING]


def test_two_hundred_slots(device: Device) -> None:
    many = [wanted(f'robot{number}', command=FOREVER) for number in range(200)]

    device.ask(*many)
    device.wait_running(*many)
    device.docker.calls.clear()
    device.docker.end(many[7].identity, 1)

    device.wait(lambda seen: device.report_of(many[7]).restart_count == 1, 'a restart')
    device.wait_running(many[7])
    assert device.changing_calls() == [('start', many[7].identity.token)]
