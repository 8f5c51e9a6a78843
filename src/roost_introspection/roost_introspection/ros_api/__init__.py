# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Where introspection meets the ROS API: messages go no further than here."""
