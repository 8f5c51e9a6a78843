# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The dependency graph: from what is seen on networks and what is deployed, to what is drawn.

`dds_names` turns DDS endpoints into ROS ones, `attribution` finds the executable behind each,
`build` joins all of it, `findings` tells what is odd in it, `needs` who needs what, `view` applies
the switches, `dot` and `text` draw.
"""
