# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Short ways to write a manifest and to say what is wrong with it."""

from collections.abc import Callable, Sequence
from textwrap import dedent, indent

import pytest

from roost_core.manifest import load, Loaded, ManifestFile
from roost_core.problem import Problem

Load = Callable[..., Loaded]
Problems = Callable[[str], Sequence[Problem]]


def _load(*texts: str | bytes) -> Loaded:
    names = [f'{letter}.yaml' for letter in 'abcdefgh']
    return load(
        [
            ManifestFile(name=name, text=dedent(text) if isinstance(text, str) else text)
            for name, text in zip(names, texts, strict=False)
        ]
    )


@pytest.fixture
def load_texts() -> Load:
    """Load texts as the files a.yaml, b.yaml and so on; their common indentation is removed."""
    return _load


@pytest.fixture
def problems_of() -> Problems:
    """Give the problems of one file."""
    return lambda text: _load(text).problems


@pytest.fixture
def problems_of_component() -> Problems:
    """Give the problems of a package with this one component; its text begins in line 7."""

    def problems(text: str) -> Sequence[Problem]:
        head = 'apiVersion: roost/v1\nkind: Package\nmetadata: {name: p, version: "1"}\n'
        body = indent(dedent(text).strip('\n'), '    ')
        return _load(f'{head}spec:\n  components:\n  -\n{body}\n').problems

    return problems


@pytest.fixture
def problems_of_executable(problems_of_component: Problems) -> Problems:
    """Give the problems of a docker executable that has these keys, in flow style, in line 9."""
    return lambda keys: problems_of_component(
        f"""
        name: main
        runtime: device
        executables: [{{name: main, image: a, {keys}}}]
        """
    )


@pytest.fixture
def problems_of_deployment() -> Problems:
    """Give the problems of a deployment with this spec beside its package, from line 6 on."""

    def problems(text: str) -> Sequence[Problem]:
        head = 'apiVersion: roost/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n'
        body = indent(dedent(text).strip('\n'), '  ')
        return _load(f'{head}  package: {{name: p, version: "1"}}\n{body}\n').problems

    return problems
