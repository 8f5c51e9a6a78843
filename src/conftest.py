# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Properties are tested without a deadline for each example: a busy machine is no defect."""

from hypothesis import settings

settings.register_profile('roost', deadline=None)
settings.load_profile('roost')
