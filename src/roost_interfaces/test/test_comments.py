# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The interfaces explain themselves: every file, every field, every enumeration."""

from dataclasses import dataclass
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for kind in ('msg', 'srv', 'action') for path in ROOT.glob(f'{kind}/*.{kind}'))

# In a request, 0 is what a client gets that says nothing.
DEFAULTS_OF_REQUESTS = {'ON_CANCEL_LEAVE', 'ON_FAILURE_DEFAULT'}

CONSTANT = re.compile(r'(\S+) +([A-Za-z0-9_]+)=("[^"]*"|\S+)(?: +# (\S.*))?')
FIELD = re.compile(r'([A-Za-z0-9_/\[\]<>=]+) +([a-z][a-z0-9_]*)(?: +# (\S.*))?')


@dataclass(frozen=True)
class Line:
    """A line that declares something."""

    type: str
    name: str
    value: str
    comment: str


def parse(text):
    """Return what a file declares, in order."""
    declared = []
    for line in text.splitlines():
        if not line or line.startswith('#') or line == '---':
            continue
        if found := CONSTANT.fullmatch(line):
            type_, name, value, comment = found.groups()
        elif found := FIELD.fullmatch(line):
            type_, name, comment = found.groups()
            value = ''
        else:
            raise AssertionError(f'cannot be read: {line}')
        declared.append(Line(type_, name, value, comment or ''))
    return declared


def complaints_of(text, kind):
    """List what an interface file leaves unsaid."""
    found = []
    head = text.splitlines()[2:4]
    if not head or not head[0].startswith('# '):
        found.append('it does not say what it is for')
    if kind == 'msg' and 'Written by' not in text.partition('\n\n')[0]:
        found.append('it does not say who writes it')
    declared = parse(text)
    for place, line in enumerate(declared):
        if not line.value:
            if not line.comment:
                found.append(f'{line.name} has no comment')
            continue
        if not re.fullmatch('[A-Z][A-Z0-9_]*', line.name):
            found.append(f'{line.name} is not UPPER_SNAKE')
        prefixes = [line.name[:at] for at, letter in enumerate(line.name) if letter == '_']
        later = [other.comment for other in declared[place + 1 :] if not other.value]
        if not any(f'{prefix}_*' in comment for prefix in prefixes for comment in later) and not (
            line.type == 'string' and any('codes above' in comment for comment in later)
        ):
            found.append(f'{line.name} belongs to no field below it')
        if line.value == '0' and not (
            line.name.endswith('_UNKNOWN') or line.name in DEFAULTS_OF_REQUESTS
        ):
            found.append(f'{line.name} is 0, which means unknown')
    for prefix in {line.name.rpartition('_')[0] for line in declared if line.value == '0'}:
        if next(line.value for line in declared if line.name.startswith(f'{prefix}_')) != '0':
            found.append(f'{prefix}_* does not begin with 0')
    return found


def test_there_are_interfaces():
    assert len(FILES) > 40


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_an_interface_explains_itself(path):
    assert complaints_of(path.read_text(encoding='utf-8'), path.parent.name) == []


@pytest.mark.parametrize(
    ('lines', 'complaint'),
    [
        (['string name'], 'name has no comment'),
        (['uint8 KIND_OTHER=0', 'uint8 kind  # one of KIND_*'], 'which means unknown'),
        (['uint8 KIND_UNKNOWN=0', 'uint8 kind  # its kind'], 'belongs to no field below it'),
        (['uint8 kind  # one of KIND_*', 'uint8 KIND_UNKNOWN=0'], 'belongs to no field below it'),
        (['uint8 Kind_x=1', 'uint8 kind  # one of Kind_*'], 'is not UPPER_SNAKE'),
    ],
)
def test_what_is_unsaid_is_noticed(lines, complaint):
    text = '\n'.join(['# licence', '# licence', '# A thing. Written by the manager.', '', *lines])

    assert [complaint in found for found in complaints_of(text, 'msg')] == [True]
