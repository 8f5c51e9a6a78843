# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: Roost beside its peers, measured in the same run."""
