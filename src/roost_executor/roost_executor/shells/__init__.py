# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions: programs beside instances, that somebody elsewhere talks with."""
