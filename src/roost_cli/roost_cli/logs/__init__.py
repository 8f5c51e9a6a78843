# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Output of executables: read from devices, put in order, written for people and programs."""
