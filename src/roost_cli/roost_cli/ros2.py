# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The same verbs as `ros2 roost`; the only module that needs ros2cli."""

from __future__ import annotations

import argparse
from typing import Any

from ros2cli.command import CommandExtension

from roost_cli.command import add_verbs, run


class RoostCommand(CommandExtension):  # type: ignore[misc]  # ros2cli has no types
    """Deploy ROS 2 software to a fleet, and see what runs and who talks to whom."""

    def add_arguments(self, parser: argparse.ArgumentParser, cli_name: str) -> None:
        """Add the verbs."""
        self._parser = parser
        add_verbs(parser)

    def main(self, *, parser: argparse.ArgumentParser, args: Any) -> int:
        """Run the verb."""
        return run(self._parser, args)
