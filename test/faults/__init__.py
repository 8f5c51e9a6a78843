# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a fleet survives: killed programs, power cuts, cut links, strangers, full disks."""
