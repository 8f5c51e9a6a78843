# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifests: YAML files <-> packages and deployments."""

from roost_core.manifest.content import problems_of
from roost_core.manifest.load import load, Loaded, LoadedDocument, ManifestFile
from roost_core.manifest.schema import schema
from roost_core.manifest.yaml_text import to_yaml

__all__ = ['Loaded', 'LoadedDocument', 'ManifestFile', 'load', 'problems_of', 'schema', 'to_yaml']
