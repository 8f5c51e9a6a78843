# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The start of the program; it is a file of its own because Python caches what it imports only."""

import importlib
import os
import sys

if __name__ == '__main__':
    # Isolated Python does not look where the script is.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    program = 'beside' if sys.argv[1] == 'beside' else 'run'
    importlib.import_module(f'shim.{program}').main()
