# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Write into the documents what the code knows: phases, statuses, kinds of reasons, codes.

Between `<!-- generated: NAME -->` and `<!-- end -->` a document has what the code says. Meanings
come from the comments of the messages, transitions from `roost_core.phase`, error codes from
`roost_core.error_codes`. Run by scripts/docs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
import re
import subprocess
import sys
import textwrap

from roost_core.error_codes import CATALOGUE
from roost_core.phase import Phase, TRANSITIONS
from roost_core.status import ReasonKind

FOLDER = Path(__file__).parent
INTERFACES = FOLDER.parent / 'src' / 'roost_interfaces'
DOT = FOLDER / 'pictures' / 'phases.dot'
SVG = DOT.with_suffix('.svg')

START = Phase.IN_PROGRESS


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table."""
    titles = list(titles)
    lines = [titles, ['---'] * len(titles), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def meanings(message: str, prefix: str) -> list[tuple[str, str, str]]:
    """Read the constants of a message: name without prefix, value, comment."""
    text = (INTERFACES / 'msg' / f'{message}.msg').read_text(encoding='utf-8')
    found = re.findall(rf'^\S+ {prefix}_(\w+)=(\S+)(?: +# (.*))?$', text, re.MULTILINE)
    return [(name, value.strip('"'), comment) for name, value, comment in found]


def phases() -> str:
    """List phases, what they mean, and what can follow."""
    numbers = {name: (value, comment) for name, value, comment in meanings('Deployment', 'PHASE')}
    rows = []
    for phase in Phase:
        value, meaning = numbers[phase.name]
        following = ', '.join(str(each) for each in Phase if each in TRANSITIONS[phase])
        rows.append([f'**{phase}**', value, meaning, following or 'none: final'])
    return table(['phase', '`PHASE_*`', 'meaning', 'next'], rows)


def statuses() -> str:
    """List statuses of executables."""
    rows = [
        [f'**{name.capitalize()}**', value, meaning]
        for name, value, meaning in meanings('ExecutableState', 'STATUS')
    ]
    return table(['status', '`STATUS_*`', 'of an executable'], rows)


def reason_kinds() -> str:
    """List the stable words for reasons."""
    return textwrap.fill(' '.join(f'`{kind}`' for kind in ReasonKind if kind), 118)


def result_codes() -> str:
    """List the outcomes of requests."""
    rows = [[f'`{value}`', meaning] for _, value, meaning in meanings('Result', 'CODE')]
    return table(['code', 'meaning'], rows)


def error_codes() -> str:
    """List the catalogue."""
    rows = [
        [f'`{entry.code}`', str(entry.kind), entry.description, entry.action]
        for entry in CATALOGUE
    ]
    return table(['code', 'kind', 'what it means', 'what to do'], rows)


def dot() -> str:
    """Draw the transitions."""
    lines = [
        '// Written by scripts/docs from roost_core.phase.TRANSITIONS.',
        'digraph phases {',
        '  rankdir=LR; bgcolor=transparent;',
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica];',
        '  start [shape=point];',
        f'  start -> "{START}";',
    ]
    lines += [f'  "{phase}" [peripheries=2];' for phase in Phase if not TRANSITIONS[phase]]
    lines += [
        f'  "{phase}" -> "{following}";'
        for phase in Phase
        for following in Phase
        if following in TRANSITIONS[phase]
    ]
    return '\n'.join([*lines, '}', ''])


SECTIONS: dict[str, Callable[[], str]] = {
    'phases': phases,
    'statuses': statuses,
    'reason kinds': reason_kinds,
    'result codes': result_codes,
    'error codes': error_codes,
}

SECTION = re.compile(r'(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)', re.DOTALL)


def rewritten(text: str) -> str:
    """Give a document with all its generated sections as the code has them now."""
    return SECTION.sub(lambda found: f'{found[1]}\n{SECTIONS[found[2]]()}\n\n{found[3]}', text)


def documents() -> dict[Path, str]:
    """Give what every document with generated sections, and the drawing, should be."""
    wanted = {DOT: dot()}
    for path in sorted(FOLDER.rglob('*.md')):
        text = path.read_text(encoding='utf-8')
        if SECTION.search(text):
            wanted[path] = rewritten(text)
    return wanted


def main() -> None:
    """Write all that is out of date, and name it."""
    DOT.parent.mkdir(exist_ok=True)
    for path, text in documents().items():
        if not path.exists() or path.read_text(encoding='utf-8') != text:
            path.write_text(text, encoding='utf-8')
            sys.stdout.write(f'{path.relative_to(FOLDER.parent)}\n')
    subprocess.run(['dot', '-Tsvg', '-o', str(SVG), str(DOT)], check=True, timeout=60)


if __name__ == '__main__':
    main()
