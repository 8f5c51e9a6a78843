# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The shim: a program that stands by one native process.

It keeps the process's output, tells how it ended, and ends all that came of it. It is run as
`python3 -I -S shim/__main__.py FOLDER [NAME=VALUE ...] -- COMMAND ...`, with the command's
environment on standard input, NUL after each variable. It leaves its parent at once, so that the
executor may come and go. It uses the standard library only, and little of that: one runs beside
each native process.

The one line on its standard output tells how the start went: 'started', 'running' (another shim
stands by already) or 'failed STAGE ERRNO'.

SIGTERM ends the command and everything that descends from it, in whatever session or group: the
shim is the subreaper of it all. If the shim is killed, the kernel kills the command at once (its
output would have nowhere to go), and the executor what else is left.

With the word 'beside' in place of a folder it stands by a program that somebody talks with, see
beside.py.

The executor imports the modules of this folder too: they are the one place that knows the files
and how a process is told from a later one of the same pid.
"""
