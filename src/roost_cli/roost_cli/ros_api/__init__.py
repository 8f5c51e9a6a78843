# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The deployment manager and introspection, as a client meets them."""

from roost_cli.ros_api.manager import Manager

__all__ = ['Manager']
