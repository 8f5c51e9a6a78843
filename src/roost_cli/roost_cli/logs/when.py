# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Moments as people name them: '10m' ago, or a time."""

from __future__ import annotations

import argparse
from datetime import datetime
import re
import time

_UNITS = {'s': 1.0, 'm': 60.0, 'h': 3600.0, 'd': 86400.0}
_AGO = re.compile(r'(?:\d+(?:\.\d+)?[smhd])+')
_PART = re.compile(r'(\d+(?:\.\d+)?)([smhd])')

FORMS = "'90s', '10m', '1h30m' or '2d' ago, or a time such as '2026-11-20T19:15' or '19:15'"


def moment(text: str) -> float:
    """Read a moment and give its Unix time; a time without a zone is one of this machine."""
    if _AGO.fullmatch(text):
        return time.time() - sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text))
    if re.fullmatch(r'\d\d?:\d\d(:\d\d)?', text):
        text = f'{datetime.now():%Y-%m-%d}T{"0" if text[1] == ":" else ""}{text}'
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text:.40}' is none of {FORMS}") from error
