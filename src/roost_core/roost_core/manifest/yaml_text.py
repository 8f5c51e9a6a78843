# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes manifests back as YAML."""

from __future__ import annotations

from enum import StrEnum

import yaml

from roost_core.manifest.forms import Shown, write
from roost_core.manifest.scalars import is_text

_RARE_BREAKS = frozenset('\x85\u2028\u2029')


class _Dumper(yaml.SafeDumper):
    """Indents lists, repeats instead of aliasing, and quotes what no reader is to misread."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML quotes what YAML 1.1 does not take for text; we read by YAML 1.2.
    style = None if is_text(text) else "'"
    if not _RARE_BREAKS.isdisjoint(text):
        style = '"'  # in single quotes, PyYAML writes them so that they are read as spaces
    return dumper.represent_scalar('tag:yaml.org,2002:str', str(text), style=style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(StrEnum, _represent_text)


def to_yaml(content: Shown) -> str:
    """Write a manifest; loading it gives the same content. Defaults are left out.

    Raises:
        ValueError: a config without a folder has a file that is not text.
    """
    return dump(write(content))


def dump(content: object) -> str:
    """Write what consists of mappings, lists and scalars, in their order."""
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=99)
    return text
