# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Machines: power, links, and the end of everything with its owner."""

import os
from pathlib import Path
import signal
import subprocess
import sys

from testbed.process import NodeProcess
from testbed.site import Site
from testbed.wait import eventually
from testbed.workspace import ROOT, Workspace

OWNER = """
import sys
from testbed.site import Site
machine = Site().machine('rover1')
print(machine.pid, flush=True)
sys.stdin.read()
"""


def ping(machine, host):
    return machine.run('busybox', 'ping', '-c1', '-W1', host, check=False).returncode == 0


def test_machines_reach_each_other_by_name_and_nothing_else(site):
    rover1, rover2 = site.machine('rover1'), site.machine('rover2')
    eventually(lambda: ping(rover1, 'rover2'))
    eventually(lambda: ping(rover2, 'rover1'))
    assert not ping(rover1, '192.0.2.1')
    assert rover1.run('hostname').stdout == 'rover1\n'


def test_a_cut_link_carries_nothing_until_it_is_healed(site):
    rover1, rover2 = site.machine('rover1'), site.machine('rover2')
    rover1.cut_link()
    assert not ping(rover1, 'rover2')
    assert not ping(rover2, 'rover1')
    rover1.heal_link()
    eventually(lambda: ping(rover1, 'rover2'))


def test_a_reboot_ends_all_programs_and_gives_a_new_boot_id(site):
    rover1 = site.machine('rover1')
    program = site.process('sleep', rover1, ['sleep', '1000']).start()
    boot_id = rover1.run('cat', '/proc/sys/kernel/random/boot_id').stdout
    rover1.power_off()
    assert program.wait_exit() == -signal.SIGKILL
    rover1.power_on()
    assert rover1.run('cat', '/proc/sys/kernel/random/boot_id').stdout != boot_id
    assert 'sleep' not in rover1.run('ps', 'ax').stdout
    rover2 = site.machine('rover2')
    eventually(lambda: ping(rover2, 'rover1'))


def test_a_program_gets_its_signals_and_its_exit_code_is_told(site):
    script = 'import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); '
    script += 'print("ready", flush=True); signal.pause()'
    program = site.process('program', site.machine('rover1'), [sys.executable, '-c', script])
    program.start().wait_log('ready')
    program.sigterm()
    assert program.wait_exit() == 3
    program.start().wait_log('ready')
    program.kill9()
    assert program.wait_exit() == -signal.SIGKILL
    assert program.log.count('ready\n') == 2


def test_machines_end_with_their_owner_and_the_next_run_sweeps_the_rest():
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, '-c', OWNER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        pid = int(owner.stdout.readline())
        left_over = [path for path in ROOT.iterdir() if path.name.startswith(f'{owner.pid}-')]
        owner.kill()
    eventually(lambda: not Path(f'/proc/{pid}').exists(), 30, 'the machine has ended')
    assert len(left_over) == 1
    Workspace().close()
    assert not left_over[0].exists()


def test_a_closed_site_leaves_nothing(make_site):
    site = make_site()
    process = site.process('sleep', site.machine('rover1'), ['sleep', '1000']).start()
    path = site.directory('rover1')
    site.close()
    assert isinstance(process, NodeProcess) and not process.running
    assert not path.exists()
    assert isinstance(site, Site)
