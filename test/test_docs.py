# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The documents say what the code says, and their links lead somewhere."""

import importlib.util
from pathlib import Path
import re
import subprocess

import pytest

ROOT = Path(__file__).parent.parent

_spec = importlib.util.spec_from_file_location('generate', ROOT / 'docs' / 'generate.py')
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)

DOCUMENTS = sorted(
    ROOT / name
    for name in subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split('\0')
    if name and (ROOT / name).exists()
)


def test_the_documents_are_current():
    stale = [
        str(path.relative_to(ROOT))
        for path, text in generate.documents().items()
        if not path.exists() or path.read_text(encoding='utf-8') != text
    ]

    assert stale == [], 'run scripts/docs'


def test_the_picture_shows_every_transition():
    arrows = set(re.findall(r'"(.+)" -> "(.+)"', generate.dot()))
    drawn = re.findall(r'<title>(.+?)&#45;&gt;(.+?)</title>', generate.SVG.read_text())

    assert len(arrows) > 10
    assert {pair for pair in drawn if pair[0] != 'start'} == arrows, 'run scripts/docs'


def test_every_generated_section_is_used():
    text = ''.join(path.read_text(encoding='utf-8') for path in DOCUMENTS)

    assert [name for name in generate.SECTIONS if f'generated: {name} -->' not in text] == []


def test_the_wire_names_every_service_and_action():
    package = ROOT / 'src' / 'roost_interfaces'
    text = (package / 'README.md').read_text(encoding='utf-8')
    files = [*package.glob('srv/*.srv'), *package.glob('action/*.action')]
    names = {re.sub('(?<!^)([A-Z])', r'_\1', path.stem).lower() for path in files}

    assert len(names) > 20
    assert sorted(name for name in names if f'`{name}`' not in text) == []


@pytest.mark.parametrize('path', DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = re.sub(r'```.*?```|`[^`]*`', '', path.read_text(encoding='utf-8'), flags=re.DOTALL)
    targets = re.findall(r'\]\(([^)#\s]+)[^)]*\)', text)

    assert [
        target for target in targets if '://' not in target and not (path.parent / target).exists()
    ] == []


@pytest.mark.parametrize('name', ['architecture.md', 'nomenclature.md', 'state_model.md'])
def test_files_that_are_named_exist(name):
    text = (ROOT / 'docs' / name).read_text(encoding='utf-8')
    named = set(
        re.findall(r'`((?:src|roost_\w+|scripts|test|docs|config|launch)/[\w./*-]+)`', text)
    )

    missing = [
        each
        for each in sorted(named)
        if not any(ROOT.glob(each)) and not any(ROOT.glob(f'src/*/{each}'))
    ]
    assert named
    assert missing == []
