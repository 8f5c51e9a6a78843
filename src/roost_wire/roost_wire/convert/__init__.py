# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Domain to messages and back: messages go no further than here and a node's ros_api."""
