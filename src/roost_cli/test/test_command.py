# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line without a manager: help, exit codes, and what is never imported."""

from __future__ import annotations

import argparse
from datetime import datetime, UTC
import io
import json
from pathlib import Path
import shlex
import subprocess
import sys
from types import SimpleNamespace

import pytest
from shown import deployment
from talker import PACKAGE

from roost_cli.command import add_verbs
from roost_cli.exits import Exit, Refused
from roost_cli.kinds import KIND_OF
from roost_cli.listing import listed
from roost_cli.main import main
from roost_cli.verb import VERBS
from roost_cli.verb.get import present
from roost_core.phase import Phase

DEPLOYMENT = """\
apiVersion: roost/v1
kind: Deployment
metadata: {name: talker}
spec:
  package: {name: talker, version: "1.0"}
  components:
    main: {device: rover1}
"""


def test_help_names_every_verb_by_the_first_line_of_its_docstring(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(['--help'])

    shown = ' '.join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for name, verb in VERBS.items():
        assert f'{name} {verb.__doc__.splitlines()[0].rstrip(".")}' in shown
    assert 'exit codes:' in shown


@pytest.mark.parametrize('name', VERBS)
def test_every_verb_has_help(name, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, '--help'])

    assert ended.value.code == 0
    assert VERBS[name].__doc__.splitlines()[0] in ' '.join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    'example', [example for verb in VERBS.values() for example in verb.EXAMPLES]
)
def test_every_example_is_a_command_line(example) -> None:
    parser = argparse.ArgumentParser(prog='roost')
    add_verbs(parser)

    assert parser.parse_args(shlex.split(example)).verb == example.split()[0]


def test_every_verb_shows_examples_of_itself() -> None:
    for name, verb in VERBS.items():
        assert verb.EXAMPLES and all(each.split()[0] == name for each in verb.EXAMPLES)


def test_the_readme_names_every_verb() -> None:
    readme = (Path(__file__).parents[3] / 'README.md').read_text(encoding='utf-8')
    table = readme.partition('| verbs of `roost` |')[2].partition('\n\n')[0]

    assert [name for name in VERBS if f'`{name}`' not in table] == []


def test_without_a_verb_it_shows_help_and_says_usage(capsys) -> None:
    assert main([]) == Exit.USAGE
    assert 'verbs:' in capsys.readouterr().err


@pytest.mark.parametrize(
    'argv',
    [
        ['--help'],
        ['explain', 'E151'],
        ['explain', 'schema'],
        ['validate', '-'],
        ['get', '--help'],
    ],
)
def test_what_needs_no_ros_does_not_import_it(argv) -> None:
    code = (
        'import sys\n'
        'from roost_cli.main import main\n'
        'try:\n'
        '    code = main(sys.argv[1:])\n'
        'except SystemExit as ended:\n'
        '    code = ended.code\n'
        "assert not {'rclpy', 'roost_interfaces', 'rich'} & set(sys.modules)\n"
        'sys.exit(code)\n'
    )

    done = subprocess.run(
        [sys.executable, '-c', code, *argv],
        input=PACKAGE,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('typed', ['DEP_E151', 'dep_e151', 'e151'])
def test_explain_finds_a_code_as_people_type_it(typed, capsys) -> None:
    assert main(['explain', typed]) == Exit.OK
    assert 'device is offline' in capsys.readouterr().out


def test_explain_of_an_unknown_code_says_what_to_do(capsys) -> None:
    assert main(['explain', 'DEP_E15']) == Exit.FAILED

    told = capsys.readouterr()
    assert told.out == ''
    assert 'did you mean DEP_E15' in told.err
    assert '`roost explain` lists all' in told.err


def test_explain_gives_the_catalogue_to_programs(capsys) -> None:
    assert main(['explain', '-o', 'json']) == Exit.OK

    entries = json.loads(capsys.readouterr().out)
    assert {'DEP_E151', 'DEP_E163'} <= {entry['code'] for entry in entries}
    assert set(entries[0]) == {'code', 'kind', 'description', 'action'}


def test_explain_schema_prints_the_schema(capsys) -> None:
    assert main(['explain', 'schema']) == Exit.OK
    assert json.loads(capsys.readouterr().out)['$schema'].startswith('https://json-schema.org/')


def test_validate_takes_a_folder(tmp_path, capsys) -> None:
    (tmp_path / 'talker.yaml').write_text(PACKAGE)

    assert main(['validate', str(tmp_path)]) == Exit.OK
    assert 'Package/talker' in capsys.readouterr().err


def test_validate_takes_the_files_of_a_folder_for_alternatives(tmp_path, capsys) -> None:
    (tmp_path / 'native.yaml').write_text(PACKAGE)
    (tmp_path / 'container.yaml').write_text(PACKAGE.replace('1000', '2000'))

    assert main(['validate', str(tmp_path)]) == Exit.OK
    assert main(['validate', '--together', str(tmp_path)]) == Exit.FAILED
    assert 'is there twice' in capsys.readouterr().out


def test_validate_reads_secrets_and_the_folders_of_configs(tmp_path, capsys) -> None:
    (tmp_path / 'all.yaml').write_text(
        'apiVersion: roost/v1\nkind: Secret\nmetadata: {name: token}\n'
        'spec: {type: opaque, data: {key: hunter2}}\n---\n'
        'apiVersion: roost/v1\nkind: Config\nmetadata: {name: nav}\nspec: {filesFrom: params}\n'
    )
    (tmp_path / 'params').mkdir()
    (tmp_path / 'params' / 'nav.yaml').write_text('speed: 1')

    assert main(['validate', str(tmp_path)]) == Exit.OK
    told = capsys.readouterr()
    assert 'Secret/token, Config/nav' in told.err
    assert 'hunter2' not in told.out + told.err


def test_validate_holds_a_deployment_against_its_package(tmp_path, capsys) -> None:
    file = tmp_path / 'both.yaml'
    file.write_text(f'{PACKAGE}---\n{DEPLOYMENT}')
    assert main(['validate', str(file)]) == Exit.OK

    file.write_text(f'{PACKAGE}---\n{DEPLOYMENT.replace("main", "mian")}')
    assert main(['validate', str(file)]) == Exit.FAILED
    assert 'both.yaml:18:5' in capsys.readouterr().out


def test_validate_finds_mounts_and_images_that_the_package_cannot_have(tmp_path, capsys) -> None:
    asked = '{device: rover1, images: {ruun: a}, volumes: [{volume: maps, mountPath: /maps}]}'
    file = tmp_path / 'both.yaml'
    file.write_text(f'{PACKAGE}---\n{DEPLOYMENT.replace("{device: rover1}", asked)}')

    assert main(['validate', str(file)]) == Exit.FAILED
    told = capsys.readouterr().out
    assert 'volumes are mounted into containers only' in told
    assert "has no executable 'ruun'; it has run" in told


def verbs() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='roost')
    add_verbs(parser)
    return parser


def test_options_may_stand_between_names() -> None:
    args = verbs().parse_args(['restart', 'camera', '--wait', 'driver'])
    assert (args.name, args.wait, args.components) == ('camera', True, ['driver'])

    args = verbs().parse_args(['get', 'devices', '-o', 'json', 'rover1', '--timeout', '2'])
    assert (args.kind, args.names, args.output) == ('devices', ['rover1'], 'json')

    args = verbs().parse_args(['manager', 'recover', '--yes'])
    assert args.yes


def test_what_follows_two_dashes_is_a_command_as_it_is() -> None:
    args = verbs().parse_args(['exec', 'camera', '-i', '--', 'ls', '-la', '--', '-i'])
    assert (args.name, args.stdin, args.command) == ('camera', True, ['ls', '-la', '--', '-i'])

    args = verbs().parse_args(['shell', 'camera', 'driver/main', '--', 'top', '-d', '1'])
    assert (args.place, args.command) == ('driver/main', ['top', '-d', '1'])

    args = verbs().parse_args(['shell', 'camera', '--', 'top'])
    assert (args.place, args.command) == ('', ['top'])

    args = verbs().parse_args(['exec', 'camera', 'driver', '--', 'ls'])
    assert (args.place, args.command) == ('driver', ['ls'])


@pytest.mark.parametrize(
    ('argv', 'told'),
    [
        (['gett'], "there is no 'gett'; did you mean 'get'?"),
        (['get', 'devises'], "there is no 'devises'; did you mean 'devices'?"),
        (['get', 'camera'], "there is no 'camera'; choose from deployments, "),
        (
            ['update', 'camera', '--imge', 'a=b'],
            "roost update: error: unrecognized arguments: --imge a=b; did you mean '--image'?",
        ),
        (
            ['exec', 'camera', 'driver', 'ls', '--', 'pwd'],
            "'ls' is no COMPONENT[/EXECUTABLE]; what",
        ),
        (['exec', 'camera', 'ls', '/'], "'/' is no COMPONENT[/EXECUTABLE]; what to run goes"),
        (['events', '--since', '10m'], "--since: '10m' is no number of an event: that is"),
        (['logs', 'camera', '--generation', '0'], "'0' is no whole number from 1 on"),
        (['graph', 'camera', '--depth', '0'], "'0' is no whole number from 1 on"),
        (['logs', 'camera', '--tail', '-1'], "'-1' is no whole number from 0 on"),
        (['logs', 'camera', '--tail', '99999999999'], "'99999999999' is more than 2147483647"),
        (['logs', 'camera', '--tail', 'x'], "'x' is no whole number from 0 on"),
        (['update', 'camera', '--on-failure', 'kep'], "there is no 'kep'; did you mean 'keep'?"),
        (['logs', 'camera', '--timeout', 'x'], "'x' is no number of seconds"),
    ],
)
def test_a_wrong_word_is_told_where_it_is_wrong(argv, told, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)

    assert ended.value.code == Exit.USAGE
    assert told in capsys.readouterr().err


def test_a_name_that_nothing_listed_has_gets_a_guess() -> None:
    rover = SimpleNamespace(name='rover1')

    with pytest.raises(Refused, match="no device 'rover11'; did you mean 'rover1'"):
        listed(KIND_OF['devices'], ['rover11'], lambda: (rover,))


def test_validate_prints_each_problem_at_its_line(tmp_path, capsys) -> None:
    file = tmp_path / 'talker.yaml'
    file.write_text(PACKAGE.replace('runtime: preinstalled', 'runtime: preinstaled'))

    assert main(['validate', str(file)]) == Exit.FAILED

    told = capsys.readouterr()
    assert told.out.startswith(f'{file}:8:')
    assert 'Package/talker spec.components[0].device.runtime: ' in told.out
    assert "; did you mean 'preinstalled'?" in told.out


@pytest.mark.parametrize(
    ('argv', 'told'),
    [
        (['validate', '/nowhere.yaml'], "'/nowhere.yaml' cannot be read: No such file"),
        (['delete'], 'name what to delete: -f FILE, or KIND NAME...'),
        (['delete', 'camera.yaml'], "there is no kind 'camera.yaml'"),
        (['delete', 'networks'], 'name the networks to delete'),
        (['delete', 'device', 'rover1'], 'roost forget DEVICE'),
        (['delete', '-f', '/nowhere.yaml'], "'/nowhere.yaml' cannot be read"),
        (['update', 'camera', '--image', 'driver'], 'is not [COMPONENT/]EXECUTABLE=IMAGE'),
        (['update', 'camera', '--cancel', '--component', 'driver'], 'takes no other choice'),
        (['devices', '--for', 'rover:/arm'], 'is not PACKAGE[:VERSION][/COMPONENT]'),
        (['describe', 'network', 'lab', '1.0'], 'VERSION is for packages'),
        (['deprovision'], 'name deployments, or select them with -l'),
        (['get', 'devices', '--all'], 'are for deployments, not devices'),
        (['graph', '-o', 'graph.gif'], 'is none of text, dot, svg, png, json'),
        (['graph', '-o', 'graph.pdf'], 'name ends in .txt, .dot, .svg, .png or .json'),
        (['graph', '-o', '/nowhere/graph.svg'], "written: there is no folder '/nowhere'"),
        (['graph', '--findings', '-o', 'findings.svg'], 'give text, or -o json, or -o FILE.json'),
        (['graph', '--depth', '2'], 'name one'),
        (['up', '--devices', '0'], 'a device needs a name of lower-case letters'),
        (['up', '--name', 'Rover-'], 'a device needs a name of lower-case letters'),
        (['up', '--domain-id', '300'], 'a number from 0 to 232'),
        (['manager', 'recover'], 'add --yes'),
        (['logs', 'camera', '-f', '--until', '10m'], 'choose one'),
        (['logs', 'camera', '--since', '1m', '--until', '2m'], 'nothing is between them'),
        (['logs', 'camera', 'driver', '-c', 'driver'], 'name the same'),
        (['shell', 'camera'], '`roost exec` runs commands without one'),
        (['exec', 'camera'], "name what to run behind '--': roost exec camera -- COMMAND"),
        (['exec', 'camera', 'ls'], "or, if it is 'ls', roost exec camera -- ls"),
    ],
)
def test_a_wrong_command_line_says_what_would_be_right(argv, told, capsys, monkeypatch) -> None:
    monkeypatch.setattr('sys.stdin', io.StringIO())

    assert main(argv) == Exit.USAGE
    assert told in capsys.readouterr().err


def test_a_closed_pipe_is_no_error() -> None:
    program = [sys.executable, '-m', 'roost_cli.main', 'explain', 'schema']
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b''
        assert running.wait(30) == 0


def test_a_name_stands_for_the_deployment_that_has_it_now() -> None:
    former = deployment(id='1', phase=Phase.DEPLOYMENT_STOPPED)
    later = deployment(
        id='2', phase=Phase.DEPLOYMENT_STOPPED, created_at=datetime(2026, 11, 20, tzinfo=UTC)
    )
    now = deployment(id='3')
    other = deployment(id='4', name='map')

    assert present([former, later, now, other], ['turtle', 'map']) == (now, other)
    assert present([former, later], ['turtle']) == (later,)
    assert present([former, later, now], ['1', 'turtle']) == (former, now)


def test_ctrl_c_is_quiet_while_modules_are_imported() -> None:
    program = (
        'import sys\n'
        'class Interrupt:\n'
        '    def find_spec(self, name, *_):\n'
        '        if name == "roost_cli.command":\n'
        '            raise KeyboardInterrupt\n'
        'sys.meta_path.insert(0, Interrupt())\n'
        'from roost_cli.main import main\n'
        'sys.exit(main(["get"]))\n'
    )

    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, '\n')
