# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the benchmarks and print their figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
import json
import sys

from bench import accepting, deploy, graph, idle, looking_in, status_latency
from bench.figure import Figure

MEASUREMENTS: dict[tuple[str, ...], Callable[[], Iterator[Figure]]] = {
    ('deploy_1', 'deploy_20'): deploy.measure,
    ('accept_200',): accepting.measure_200,
    ('accept_growth',): accepting.measure_growth,
    ('status_latency',): status_latency.measure,
    ('idle_manager', 'idle_executor'): idle.measure,
    ('shell_echo', 'exec_50mb', 'logs_million'): looking_in.measure,
    ('graph_full_200',): graph.measure_full,
    ('graph_idle', 'graph_change_200'): graph.measure_change,
}


def main() -> None:
    """Measure what is asked for, all by default."""
    known = [name for names in MEASUREMENTS for name in names]
    parser = argparse.ArgumentParser(prog='scripts/bench', description=__doc__)
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'of {", ".join(known)}')
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        parser.error(f'there is no figure {unknown[0]}; known: {", ".join(known)}')
    figures: dict[str, Figure] = {}
    for names, measure in MEASUREMENTS.items():
        if asked.names and not set(names) & set(asked.names):
            continue
        for figure in measure():
            figures[figure.name] = figure
            talk = sys.stderr if asked.json else sys.stdout
            talk.write(figure.line() + '\n')
            talk.flush()
    if asked.json:
        documents = {name: figure.document() for name, figure in figures.items()}
        sys.stdout.write(json.dumps(documents) + '\n')


main()
