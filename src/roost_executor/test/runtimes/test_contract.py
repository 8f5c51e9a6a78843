# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What every runtime keeps: one suite for containers, native processes and the fake."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import time

import pytest

from roost_core.observed import InstanceState
from roost_core.package import DeviceRuntime
from roost_executor.runtimes.contract import Gone, Resync, RuntimeFault

CREATED, RUNNING, ENDED = InstanceState.CREATED, InstanceState.RUNNING, InstanceState.ENDED


def test_what_is_created_does_not_run(any_bench):
    desired = any_bench.desired()
    any_bench.runtime.create(desired)
    told = any_bench.seen.wait_state(desired.identity, CREATED)
    assert told == any_bench.only()
    assert (told.deployment_name, told.exit_code, told.started_at) == ('front', None, None)


def test_what_is_started_runs(bench):
    before = time.time()
    told = bench.run(bench.desired())
    listed = bench.only()
    assert listed.state is RUNNING
    assert listed.identity == told.identity
    assert listed.instance_id == told.instance_id != ''
    assert listed.pid > 0
    assert told.started_at == pytest.approx(listed.started_at, abs=0.5)
    assert before - 0.1 < listed.started_at < time.time() + 0.1


def test_a_spec_of_its_own_is_kept(bench):
    told = bench.run(bench.desired(stop_timeout_sec=3.5))
    assert told.stop_timeout_sec == bench.only().stop_timeout_sec == 3.5


def test_the_same_intent_twice_is_free(any_bench):
    desired = any_bench.desired()
    first = any_bench.run(desired)
    any_bench.runtime.create(desired)
    any_bench.runtime.start(desired.identity)
    again = any_bench.only()
    assert (again.instance_id, again.state) == (first.instance_id, RUNNING)
    assert any_bench.seen.states(desired.identity) == [CREATED, RUNNING]


def test_creating_at_the_same_time_creates_once(any_bench):
    desired = any_bench.desired()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: any_bench.runtime.create(desired), range(8)))
    assert any_bench.only().identity == desired.identity


def test_starting_at_the_same_time_starts_once(any_bench):
    desired = any_bench.desired()
    any_bench.runtime.create(desired)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: any_bench.runtime.start(desired.identity), range(8)))
    assert any_bench.only().state is RUNNING
    any_bench.runtime.stop(desired.identity, timeout_sec=5)
    any_bench.seen.wait_state(desired.identity, ENDED)
    assert any_bench.seen.states(desired.identity) == [CREATED, RUNNING, ENDED]


def test_what_is_stopped_has_ended_and_not_by_hand(bench):
    identity = bench.run(bench.desired()).identity
    bench.runtime.stop(identity, timeout_sec=5)
    assert bench.only().state is ENDED
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand, told.oom_killed, told.pid) == (143, False, False, 0)
    assert told.ended_at >= told.started_at


def test_stopping_what_does_not_run_is_an_outcome(any_bench):
    desired = any_bench.desired()
    any_bench.runtime.stop(desired.identity, timeout_sec=5)
    any_bench.runtime.create(desired)
    any_bench.runtime.stop(desired.identity, timeout_sec=5)
    any_bench.runtime.start(desired.identity)
    any_bench.runtime.stop(desired.identity, timeout_sec=5)
    any_bench.runtime.stop(desired.identity, timeout_sec=5)
    assert any_bench.only().state is ENDED


def test_what_ignores_sigterm_is_killed(bench, stubborn):
    desired = bench.desired(command=stubborn)
    if bench.kind is DeviceRuntime.DOCKER and hasattr(bench, 'fake'):
        bench.fake.stubborn.add(desired.identity.token)
    bench.run_until_it_writes(desired)
    bench.runtime.stop(desired.identity, timeout_sec=0.3)
    assert bench.only().exit_code == 137
    assert not bench.seen.wait_state(desired.identity, ENDED).by_hand


def test_what_gets_no_time_to_end_is_ended(any_bench):
    identity = any_bench.run(any_bench.desired()).identity
    any_bench.runtime.stop(identity, timeout_sec=0)
    assert any_bench.only().state is ENDED
    any_bench.runtime.stop(identity, timeout_sec=0)


def test_what_is_removed_is_gone(any_bench):
    identity = any_bench.run(any_bench.desired()).identity
    any_bench.runtime.remove(identity)
    assert any_bench.runtime.list() == ()
    any_bench.seen.wait_gone(identity)
    any_bench.runtime.remove(identity)
    any_bench.runtime.stop(identity, timeout_sec=1)


def test_starting_what_does_not_exist_is_a_fault(any_bench):
    with pytest.raises(RuntimeFault) as refused:
        any_bench.runtime.start(any_bench.desired().identity)
    assert refused.value.code.startswith('DEP_E')


def test_an_exit_code_is_told_after_the_start(bench):
    desired = bench.desired(command=('sh', '-c', 'exit 3'))
    told = bench.run_to_end(desired)
    assert (told.exit_code, told.by_hand, told.command_missing) == (3, False, False)
    assert bench.only().exit_code == 3
    assert bench.seen.states(desired.identity) == [CREATED, RUNNING, ENDED]


def test_sigkill_from_outside_is_an_end_like_any_other(bench):
    identity = bench.run(bench.desired()).identity
    bench.kill(identity)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand, told.oom_killed) == (137, False, False)


def test_a_person_who_stops_it_is_told_of(bench):
    identity = bench.run(bench.desired()).identity
    bench.stop_by_hand(identity)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (143, True)


def test_what_has_ended_starts_again(any_bench):
    identity = any_bench.run(any_bench.desired()).identity
    any_bench.kill(identity)
    first = any_bench.seen.wait_state(identity, ENDED)
    so_far = len(any_bench.seen.events)
    any_bench.runtime.start(identity)
    again = any_bench.seen.wait_state(identity, RUNNING, after=so_far)
    assert again.exit_code is None
    assert again.started_at > first.started_at
    assert any_bench.only().state is RUNNING


def test_every_run_is_told(bench):
    desired = bench.desired(command=('sh', '-c', 'exit 1'))
    for runs in range(1, 4):
        so_far = len(bench.seen.events)
        bench.start(desired)
        bench.seen.wait_state(desired.identity, ENDED, after=so_far)
        assert bench.seen.states(desired.identity) == [CREATED, *[RUNNING, ENDED] * runs]


def test_a_missing_command_is_told_as_such(bench):
    desired = bench.desired(command=('missing', '--flag'))
    told = bench.run_to_end(desired)
    assert (told.exit_code, told.command_missing) == (127, True)
    assert bench.only().command_missing


def test_generations_stand_side_by_side(any_bench):
    old, new = any_bench.desired(), any_bench.desired(generation=2)
    any_bench.run(old)
    any_bench.run(new)
    any_bench.runtime.remove(old.identity)
    assert any_bench.only().identity == new.identity


def test_twenty_at_the_same_time(any_bench):
    wanted = [any_bench.desired(name=f'node-{number}') for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(any_bench.start, wanted))
    for desired in wanted:
        any_bench.seen.wait_state(desired.identity, RUNNING)
    assert {each.state for each in any_bench.runtime.list()} == {RUNNING}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: any_bench.runtime.remove(each.identity), wanted))
    for desired in wanted:
        any_bench.seen.wait_gone(desired.identity)
    assert any_bench.runtime.list() == ()


def test_a_watch_begins_with_all_there_is(any_bench):
    running = any_bench.run(any_bench.desired())
    later = type(any_bench.seen)()
    watch = any_bench.runtime.watch(later)
    resync = later.wait_for(Resync)
    assert later.events[0] is resync
    assert [each.identity for each in resync.instances] == [running.identity]
    watch.close()
    told = len(later.events)
    any_bench.runtime.remove(running.identity)
    any_bench.seen.wait_gone(running.identity)
    assert len(later.events) == told


def test_a_callback_that_raises_does_not_end_the_watch(bench, caplog):
    seen = type(bench.seen)()

    def touchy(event):
        seen(event)
        raise ValueError('a defect of the caller')

    watch = bench.runtime.watch(touchy)
    seen.wait_for(Resync)
    identity = bench.run(bench.desired()).identity
    bench.runtime.remove(identity)
    seen.wait_for(Gone)
    watch.close()
    assert 'a defect of the caller' in caplog.text


def test_a_restarted_executor_finds_what_runs_and_learns_its_end(bench):
    running = bench.run(bench.desired())
    runtime = bench.restarted()
    seen = type(bench.seen)()
    watch = runtime.watch(seen)
    (adopted,) = seen.wait_for(Resync).instances
    assert replace(adopted, started_at=None, pid=0) == replace(running, started_at=None, pid=0)
    bench.kill(running.identity)
    assert seen.wait_state(running.identity, ENDED).exit_code == 137
    watch.close()
    runtime.close()


def test_a_restarted_executor_learns_what_ended_meanwhile(bench):
    bench.run_to_end(bench.desired(command=('sh', '-c', 'exit 4')))
    runtime = bench.restarted()
    (found,) = runtime.list()
    assert (found.state, found.exit_code) == (ENDED, 4)
    runtime.close()


def test_the_last_output_explains(bench):
    desired = bench.desired(command=('sh', '-c', 'echo fine; echo "no camera" >&2; exit 1'))
    if hasattr(bench, 'fake'):
        bench.run(desired)
        bench.fake.end(desired.identity, 1, output='no camera')
    else:
        bench.run_to_end(desired)
    assert bench.runtime.last_output(desired.identity) == 'no camera'
    assert bench.runtime.last_output(bench.desired(name='other').identity) == ''


def test_a_command_is_run_beside_an_instance(bench):
    identity = bench.run(bench.desired(environment={'ANSWER': '42'})).identity
    assert bench.runtime.exec(identity, ('true',), timeout_sec=5) == 0
    assert bench.runtime.exec(identity, ('sh', '-c', 'exit 3'), timeout_sec=5) == 3
    assert bench.runtime.exec(identity, ('missing',), timeout_sec=5) in (126, 127)
    assert bench.only().state is RUNNING


def test_a_command_that_hangs_is_given_up(bench):
    identity = bench.run(bench.desired()).identity
    began = time.monotonic()
    assert bench.runtime.exec(identity, ('sleep', '1000'), timeout_sec=0.5) is None
    assert time.monotonic() - began < 5.0
    assert bench.only().state is RUNNING


def test_nothing_is_run_beside_what_does_not_run(any_bench):
    desired = any_bench.desired()
    with pytest.raises(RuntimeFault):
        any_bench.runtime.exec(desired.identity, ('true',), timeout_sec=5)
    any_bench.runtime.create(desired)
    with pytest.raises(RuntimeFault):
        any_bench.runtime.exec(desired.identity, ('true',), timeout_sec=5)


def test_what_shares_the_network_of_the_device_is_reached_there(bench):
    identity = bench.run(bench.desired()).identity
    assert bench.runtime.address(identity) == '127.0.0.1'


def test_facts(any_bench):
    assert any_bench.runtime.facts().disk_free_bytes > 0


def test_an_image_that_is_not_here(any_bench):
    assert any_bench.runtime.image('registry:5000/nowhere:1') is None
