# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

import pytest

from roost_core.config import ConfigSpec
from roost_core.manifest import folders as folders_module
from roost_core.manifest import folders_named, load, Loaded, ManifestFile
from roost_core.manifest.paths import clashes
from roost_core.problem import ResultCode


def _config(folder: str, name: str = 'maps') -> str:
    return (
        f'apiVersion: roost/v1\nkind: Config\nmetadata: {{name: {name}}}\n'
        f'spec: {{filesFrom: {folder}}}\n'
    )


def _load(files: Mapping[str, bytes] | None, folder: str = 'maps') -> Loaded:
    folders = {} if files is None else {('a.yaml', folder): files}
    return load([ManifestFile(name='a.yaml', text=_config('maps'))], folders=folders)


def test_the_files_of_a_folder() -> None:
    files = {'a.yaml': b'a', 'b/c.pgm': b'\x00\xff'}

    (document,) = _load(files).documents

    assert document.content == ConfigSpec(name='maps', files=files, files_from='maps')


@pytest.mark.parametrize('folder', ['other', 'maps/', './maps'])
def test_a_folder_that_was_not_sent(folder: str) -> None:
    (problem,) = _load({'a': b''}, folder).problems

    assert str(problem) == (
        "a.yaml:4:19: Config/maps spec.filesFrom: the folder 'maps' was not sent; "
        '`roost apply` does that'
    )


def test_folders_belong_to_the_file_that_names_them() -> None:
    files = [ManifestFile(name=name, text=_config('maps', name)) for name in ('a', 'b')]

    (problem,) = load(files, folders={('a', 'maps'): {'x': b''}}).problems

    assert problem.resource == 'Config/b'


def test_a_folder_without_files() -> None:
    (problem,) = _load({}).problems

    assert problem.text == "the folder 'maps' has no files; a config has at least one"


@pytest.mark.parametrize('path', ['/etc/passwd', '../a', 'a/../b', '', 'a//b', 'a\n', 'é' * 200])
def test_paths_that_lead_elsewhere(path: str) -> None:
    (problem,) = _load({path: b'', 'b': b''}).problems

    assert problem.message.endswith('is not possible in a config')
    assert problem.message.isprintable()


def test_a_file_that_is_a_folder() -> None:
    (problem,) = _load({'a': b'', 'a/b': b'', 'ab': b''}).problems

    assert problem.message == "'a' cannot be both a file and the folder of 'a/b'"


def test_their_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders_module, 'MAX_CONFIG_BYTES', 2 * 1024 * 1024)
    half = b'x' * 1024 * 1024

    assert _load({'a': half, 'b': half}).problems == ()
    (problem,) = _load({'a': half, 'b': half, 'c': b'x'}).problems
    assert problem.code == ResultCode.TOO_LARGE
    assert problem.message == 'its files have more than 2 MiB together'


def test_a_problem_elsewhere_does_not_hide_a_folder_that_is_missing() -> None:
    text = f'kind: Nothing\n---\n{_config("maps")}'

    problems = load([ManifestFile(name='a.yaml', text=text)]).problems

    assert [problem.line for problem in problems] == [1, 6]


def test_folders_that_are_named() -> None:
    text = '\n---\n'.join(
        [
            _config('maps', 'a'),
            _config('robots/urdf', 'b'),
            _config('maps', 'c'),
            _config('/etc', 'd'),
            _config('a/../../etc', 'e'),
            _config('[x]', 'f'),
            _config('elsewhere', 'g').replace('Config', 'Package'),
            '[broken',
            _config('last', 'h'),
        ]
    )

    assert folders_named(ManifestFile(name='a.yaml', text=text)) == ['maps', 'robots/urdf', 'last']


@pytest.mark.parametrize('text', ['', b'\xff', '[', '\x00', 'kind: Config\nspec: [filesFrom]'])
def test_nothing_is_named(text: str | bytes) -> None:
    assert folders_named(ManifestFile(name='a.yaml', text=text)) == []


def test_clashes_are_found_in_one_pass() -> None:
    many = [f'{index}/a/b/c' for index in range(100_000)]

    assert list(clashes([*many, '7/a'])) == [('7/a', '7/a/b/c')]
