# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Native processes: trees, shims, records, output."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import pwd
import re
import signal
import subprocess
import tempfile

import pytest

from roost_core import error_codes
from roost_core.observed import InstanceState
from roost_core.package import Limits, Ulimit
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import Resync, RuntimeFault
from roost_executor.runtimes.process import ProcessRuntime
from roost_executor.runtimes.shim import kernel
from testbed import eventually

RUNNING, ENDED = InstanceState.RUNNING, InstanceState.ENDED

# A program as `ros2 launch` is one: children in its group, and others that left it.
TREE = 'sleep 2001 & setsid sleep 2002 & (setsid sh -c "sleep 2003 & sleep 2004" &) ; sleep 2005'


@pytest.fixture
def bench(process_bench):
    """Give native processes."""
    return process_bench


def folder(bench, identity) -> Path:
    return bench.state_dir / 'processes' / identity.token


def record(bench, identity, name: str) -> dict:
    return json.loads((folder(bench, identity) / name).read_text())


def output(bench, identity) -> str:
    return (folder(bench, identity) / 'output.log').read_text()


def tree_of(bench, identity) -> dict[int, int]:
    """Return pid and start time of all that runs below an instance's shim."""
    return kernel.descendants(record(bench, identity, 'run.json')['shim_pid'])


def living(processes: dict[int, int]) -> list[int]:
    return [pid for pid, started in processes.items() if kernel.start_time(pid) == started]


def words_of(pid: int) -> list[str]:
    try:
        return Path(f'/proc/{pid}/cmdline').read_text().split('\0')
    except (FileNotFoundError, ProcessLookupError):  # a shell's helper that is gone already
        return ['']


@pytest.fixture
def tree(bench):
    """Give an instance that has grown a tree of six processes, and that tree."""
    identity = bench.run(bench.desired(command=('sh', '-c', TREE))).identity
    wanted = {'2001', '2002', '2003', '2004', '2005'}

    def grown() -> dict[int, int]:
        found = tree_of(bench, identity)
        arguments = [words_of(pid) for pid in found]
        assert {words[1] for words in arguments if words[0] == 'sleep'} == wanted
        return tree_of(bench, identity)  # without shells that have done their part by now

    return identity, eventually(grown, 30, 'the tree has grown')


def test_stopping_ends_the_whole_tree(bench, tree):
    identity, processes = tree
    bench.runtime.stop(identity, timeout_sec=5)
    assert living(processes) == []


def test_what_outlives_its_command_is_ended(bench, tree):
    identity, processes = tree
    bench.kill(identity)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (137, False)
    assert living(processes) == []


def test_a_killed_shim_takes_the_whole_tree_along(bench, tree):
    identity, processes = tree
    os.kill(record(bench, identity, 'run.json')['shim_pid'], signal.SIGKILL)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (137, False)
    eventually(lambda: not living(processes), 30, 'all have ended')
    assert bench.only() == told


def test_a_shim_killed_while_no_executor_runs(bench, tree):
    identity, processes = tree
    os.kill(record(bench, identity, 'run.json')['shim_pid'], signal.SIGKILL)
    runtime = ProcessRuntime(bench.state_dir)
    eventually(lambda: runtime.list()[0].state is ENDED, 30, 'the end is known')
    eventually(lambda: not living(processes), 30, 'all have ended')


def test_sigterm_to_the_shim_is_a_person_stopping_it(bench, tree):
    identity, processes = tree
    os.kill(record(bench, identity, 'run.json')['shim_pid'], signal.SIGTERM)
    told = bench.seen.wait_state(identity, ENDED)
    assert told.by_hand
    assert living(processes) == []


def test_an_order_to_stop_can_be_hurried(bench, stubborn):
    identity = bench.run(bench.desired(command=stubborn, stop_timeout_sec=60)).identity
    os.kill(record(bench, identity, 'run.json')['shim_pid'], signal.SIGTERM)
    bench.runtime.remove(identity)
    bench.seen.wait_gone(identity)


def test_a_process_belongs_to_its_instance(bench, tree):
    identity, processes = tree
    other = bench.run(bench.desired(name='other'))
    mine = bench.runtime.identify([*processes, os.getpid(), other.pid])
    assert mine == {**dict.fromkeys(processes, identity), other.pid: other.identity}
    low = other.pid & 0xFFFF
    assert bench.runtime.identify([low], bits=16) == {low: other.identity}


def test_a_pid_that_somebody_else_has_now_is_not_the_instance(bench):
    identity = bench.run(bench.desired()).identity
    run = record(bench, identity, 'run.json')
    bench.runtime.stop(identity, timeout_sec=5)
    stranger = subprocess.Popen(['sleep', '1000'], start_new_session=True)
    try:
        run['pid'] = run['shim_pid'] = stranger.pid
        (folder(bench, identity) / 'run.json').write_text(json.dumps(run))
        assert bench.only().state is ENDED
        bench.runtime.stop(identity, timeout_sec=0)
        bench.runtime.remove(identity)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_nothing_of_an_earlier_boot_runs(bench):
    identity = bench.run(bench.desired()).identity
    run = record(bench, identity, 'run.json')
    path = folder(bench, identity) / 'run.json'
    path.write_text(json.dumps({**run, 'boot_id': 'an earlier boot'}))
    found = bench.only()
    assert (found.state, found.exit_code, found.by_hand) == (ENDED, None, False)
    assert kernel.start_time(run['pid']) == run['start'], 'who has the pid now is left alone'
    path.write_text(json.dumps(run))


def test_a_record_that_was_cut_short_is_none(bench):
    desired = bench.desired()
    bench.runtime.create(desired)
    (folder(bench, desired.identity) / 'instance.json').write_text('{"identity": {"slo')
    assert bench.runtime.list() == ()
    bench.runtime.create(desired)
    assert bench.only().identity == desired.identity


def test_a_removal_that_was_cut_short_is_finished(bench):
    desired = bench.desired()
    bench.runtime.create(desired)
    path = folder(bench, desired.identity)
    left = path.rename(path.with_name(f'.{path.name}.removed'))
    assert ProcessRuntime(bench.state_dir).list() == ()
    assert not left.exists()


def test_a_start_by_two_executors_starts_once(bench):
    identity = bench.run(bench.desired()).identity
    run = record(bench, identity, 'run.json')
    path = folder(bench, identity) / 'run.json'
    path.unlink()  # as if it had not been written yet
    bench.runtime.start(identity)
    assert not path.exists(), 'the shim that runs holds the lock'
    path.write_text(json.dumps(run))


def test_output_is_kept_with_time_and_stream(bench):
    identity = bench.run_to_end(
        bench.desired(command=('sh', '-c', 'echo out; echo err >&2; printf rest'))
    ).identity
    lines = output(bench, identity).splitlines()
    pattern = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) F (.*)'
    found = {match.groups() for match in (re.fullmatch(pattern, line) for line in lines)}
    assert found == {('stdout', 'out'), ('stdout', 'rest'), ('stderr', 'err')}


def test_long_lines_are_kept_in_parts(bench):
    command = ('sh', '-c', "head -c 40000 /dev/zero | tr '\\0' x; echo; echo end")
    identity = bench.run_to_end(bench.desired(command=command)).identity
    lines = [line.split(' ', 3)[1:] for line in output(bench, identity).splitlines()]
    assert [tag for _, tag, _ in lines] == ['P', 'P', 'F', 'F']
    assert ''.join(text for _, _, text in lines[:3]) == 40000 * 'x'


def test_output_is_rotated(bench):
    runtime = ProcessRuntime(bench.state_dir, log_bytes=1_000_000, log_files=3)
    desired = bench.desired(command=('sh', '-c', 'seq 1 100000'))
    runtime.create(desired)
    runtime.start(desired.identity)
    eventually(lambda: bench.only().state is ENDED, 30, 'it ends')
    names = ('output.log', 'output.log.1', 'output.log.2')
    kept = [folder(bench, desired.identity) / name for name in names]
    assert output(bench, desired.identity).endswith(' F 100000\n')
    assert not (folder(bench, desired.identity) / 'output.log.3').exists()
    assert all(0 < path.stat().st_size <= 1_000_000 for path in kept)


def test_the_environment_is_the_devices_without_the_executors_own(bench, monkeypatch):
    monkeypatch.setenv('ROOST_SECRET', 'x')
    monkeypatch.setenv('ROS_DOMAIN_ID', '99')
    monkeypatch.setenv('NOTIFY_SOCKET', '/run/x')
    monkeypatch.setenv('CAMERA', 'of the device')
    desired = bench.desired(command=('env',), environment={'ROOST_DEVICE': 'rover1', 'A': 'b\nc'})
    identity = bench.run_to_end(desired).identity
    written = [line.split(' ', 3)[3] for line in output(bench, identity).splitlines()]
    variables = dict(line.split('=', 1) for line in written if '=' in line)
    assert variables['CAMERA'] == 'of the device'
    assert variables['ROOST_DEVICE'] == 'rover1'
    assert variables['ROOST_INSTANCE'] == identity.token
    assert (variables['A'], 'c' in written) == ('b', True)
    assert {'ROOST_SECRET', 'ROS_DOMAIN_ID', 'NOTIFY_SOCKET'}.isdisjoint(variables)
    assert 'PYTHONHOME' not in variables


def test_a_process_has_a_clean_start(bench):
    command = ('sh', '-c', 'grep -E "^Sig(Blk|Ign)" /proc/self/status; ls -l /proc/$$/fd')
    identity = bench.run_to_end(bench.desired(command=command)).identity
    text = output(bench, identity)
    assert re.search(r'SigBlk:\s0{16}', text)
    assert re.search(r'SigIgn:\s0{16}', text)
    assert '0 -> /dev/null' in text
    assert len(re.findall(r' -> ', text)) == 3


def test_user_groups_folder_and_limits(bench, tmp_path):
    user = pwd.getpwnam('nobody')
    desired = bench.desired(
        command=('sh', '-c', 'id -u; id -g; id -G; pwd; ulimit -n; echo $HOME'),
        user='nobody',
        groups=('video',),
        working_directory='/usr',
        ulimits={'nofile': Ulimit(soft=100, hard=200)},
    )
    identity = bench.run_to_end(desired).identity
    written = [line.split(' ', 3)[3] for line in output(bench, identity).splitlines()]
    uid, gid, groups, cwd, files, home = written
    assert (int(uid), int(gid), cwd, int(files)) == (user.pw_uid, user.pw_gid, '/usr', 100)
    assert '44' in groups.split()
    assert home == user.pw_dir


def test_a_command_beside_it_runs_as_the_program_does(bench):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        desired = bench.desired(
            user='nobody', working_directory=folder, environment={'ANSWER': '42'}
        )
        identity = bench.run(desired).identity
        inside = ('sh', '-c', 'test "$ANSWER" = 42 && test "$(id -un)" = nobody && pwd > here')
        assert bench.runtime.exec(identity, inside, timeout_sec=5) == 0
        assert (Path(folder) / 'here').read_text().strip() == folder


@pytest.mark.parametrize(
    ('spec', 'word'),
    [
        ({'user': 'nobody-known'}, "user 'nobody-known'"),
        ({'groups': ('nogroup-known',)}, "group 'nogroup-known'"),
        ({'ulimits': {'files': Ulimit(soft=1, hard=1)}}, "ulimit 'files'"),
        ({'limits': Limits(memory=1), 'privileged': True}, 'limits, privileged'),
        ({'command': ()}, 'an empty command'),
    ],
)
def test_what_cannot_be_had_is_refused_at_once(bench, spec, word):
    with pytest.raises(RuntimeFault, match=word) as refused:
        bench.runtime.create(bench.desired(**spec))
    assert refused.value.code == error_codes.SPAWN_FAILED
    assert bench.runtime.list() == ()


def test_a_start_that_fails_leaves_it_created(bench):
    desired = bench.desired(working_directory='/nowhere')
    bench.runtime.create(desired)
    with pytest.raises(RuntimeFault, match=r'working directory .*No such file') as refused:
        bench.runtime.start(desired.identity)
    assert refused.value.code == error_codes.SPAWN_FAILED
    assert bench.only().state is InstanceState.CREATED


def test_a_file_that_may_not_be_executed_is_told_apart(bench):
    told = bench.run_to_end(bench.desired(command=('/etc/passwd',)))
    assert (told.exit_code, told.command_missing) == (126, True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own, and small."""
    path = tmp_path / 'disk'
    path.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', str(path)], check=True)
    yield path
    subprocess.run(['umount', '--lazy', str(path)], check=True)


def test_a_full_disk_costs_output_and_no_exit_code(bench, small_disk):
    runtime = ProcessRuntime(small_disk)
    seen = type(bench.seen)()
    watch = runtime.watch(seen)
    seen.wait_for(Resync)
    desired = bench.desired(command=('sh', '-c', 'seq 1 100000; exit 5'))
    runtime.create(desired)
    runtime.start(desired.identity)
    assert seen.wait_state(desired.identity, ENDED).exit_code == 5
    other = bench.desired(name='other')
    with pytest.raises(RuntimeFault) as refused:
        runtime.create(other)
        runtime.start(other.identity)
    assert refused.value.reason_kind is ReasonKind.DISK_FULL
    assert refused.value.code == error_codes.DISK_FULL
    watch.close()
    for instance in runtime.list():
        runtime.remove(instance.identity)


def fill(disk: Path) -> None:
    """Leave no room on a disk."""
    with pytest.raises(OSError, match='No space left'), (disk / 'fill').open('wb') as file:
        while True:
            file.write(bytes(4096))
            file.flush()


@pytest.fixture
def full(small_disk):
    """Give a runtime that runs one program which heeds no SIGTERM, on a disk that is full now."""
    runtime = ProcessRuntime(small_disk)
    yield runtime
    (small_disk / 'fill').unlink()
    for instance in runtime.list():
        runtime.remove(instance.identity)


STUBBORN = ('sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done')


def test_a_full_disk_hides_no_killed_shim(bench, full, small_disk):
    seen = type(bench.seen)()
    watch = full.watch(seen)
    seen.wait_for(Resync)
    desired = bench.desired(command=STUBBORN)
    full.create(desired)
    full.start(desired.identity)
    seen.wait_state(desired.identity, RUNNING)
    run = json.loads((small_disk / 'processes' / desired.identity.token / 'run.json').read_text())
    fill(small_disk)

    os.kill(run['shim_pid'], signal.SIGKILL)

    assert seen.wait_state(desired.identity, ENDED).exit_code == 137
    watch.close()
    left = {path.name for path in (small_disk / 'processes' / desired.identity.token).iterdir()}
    assert left == {'exit.json.new', 'instance.json', 'lock', 'output.log', 'run.json'}


def test_what_runs_on_a_full_disk_can_be_stopped(bench, full, small_disk):
    desired = bench.desired(command=STUBBORN)
    full.create(desired)
    full.start(desired.identity)
    fill(small_disk)

    full.stop(desired.identity, timeout_sec=0.2)

    assert full.list()[0].state is ENDED
    full.remove(desired.identity)
    assert full.list() == ()


@pytest.mark.parametrize(
    'spoil',
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path),
        lambda path: path.write_bytes(b'[' * 100_000),
    ],
)
def test_what_cannot_be_read_hides_nothing_else(bench, spoil):
    desired = bench.desired()
    bench.runtime.create(desired)
    spoiled = bench.state_dir / 'processes' / 'roost-0'
    spoiled.mkdir()
    spoil(spoiled / 'instance.json')

    seen = type(bench.seen)()
    watch = bench.runtime.watch(seen)
    assert [each.identity for each in seen.wait_for(Resync).instances] == [desired.identity]
    watch.close()


def test_an_end_that_a_newer_version_wrote_is_read(bench):
    identity = bench.run_to_end(bench.desired(command=('sh', '-c', 'exit 4'))).identity
    path = folder(bench, identity) / 'exit.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'news': 1}))
    assert bench.only().exit_code == 4


def test_a_relative_working_directory_is_the_instances_own(bench):
    command = ('sh', '-c', 'pwd; echo x >> kept; cat kept | wc -l; exit 1')
    desired = bench.desired(command=command, working_directory='.')
    identity = bench.run_to_end(desired).identity
    own = bench.state_dir / 'processes' / identity.token / 'work'
    assert bench.runtime.last_output(identity).splitlines() == [str(own), '1']
    so_far = len(bench.seen.events)
    bench.runtime.start(identity)
    bench.seen.wait_state(identity, InstanceState.ENDED, after=so_far)
    assert bench.runtime.last_output(identity).splitlines() == [str(own), '2']
    bench.runtime.remove(identity)
    assert not own.exists()
