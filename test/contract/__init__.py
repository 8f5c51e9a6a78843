# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire, proved from outside: nothing of Roost is imported here but `roost_interfaces`.

A fake device faces a real manager, and a fake manager a real executor. Both are written from
`src/roost_interfaces/README.md` alone, as a stranger would write them in another language.
"""
