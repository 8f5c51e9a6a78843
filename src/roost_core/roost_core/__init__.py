# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The domain of Roost: pure functions over frozen data. Needs no ROS, Docker or SQL."""
