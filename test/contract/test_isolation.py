# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""These tests know nothing of Roost but its interfaces."""

import json
import os
from pathlib import Path
import subprocess
import sys

FOLDER = Path(__file__).parent

LOOK = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
loaded = {name.partition('.')[0] for name in sys.modules}
print(json.dumps(sorted(name for name in loaded if name.startswith('roost'))))
"""


def test_only_the_interfaces_of_roost_are_imported():
    modules = [f'contract.{path.stem}' for path in sorted(FOLDER.glob('*.py'))]
    done = subprocess.run(
        [sys.executable, '-c', LOOK, json.dumps(modules)],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert len(modules) > 5
    assert json.loads(done.stdout) == ['roost_interfaces']
