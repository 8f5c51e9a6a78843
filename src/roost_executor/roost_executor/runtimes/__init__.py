# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Runtimes: how a device runs instances. One contract, one module or two for each runtime."""
