# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the manager meets ROS: messages in, use cases, messages out."""
