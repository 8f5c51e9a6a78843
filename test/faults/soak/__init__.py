# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""
A long life of a fleet: much is asked of it, and all that can happen to it does, at random.

What is asked and done is chosen by a seed alone, never by what is seen, so that a finding can be
looked for again; only moments differ. Run by `scripts/soak`; a short life is a test.
"""
