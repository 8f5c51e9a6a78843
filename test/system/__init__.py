# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""
Roost from end to end: real nodes on real machines with real engines, as its users meet it.

Tests of a module share one fleet, unless they break it; each uses names of its own.
"""
