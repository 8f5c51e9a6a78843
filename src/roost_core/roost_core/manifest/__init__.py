# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifests: YAML files <-> packages, deployments, networks, volumes, secrets and configs."""

from roost_core.manifest.content import problems_of
from roost_core.manifest.files import ManifestFile
from roost_core.manifest.folders import Folders, folders_named
from roost_core.manifest.forms import Content
from roost_core.manifest.load import load, Loaded, LoadedDocument
from roost_core.manifest.references import Reference, References, references
from roost_core.manifest.schema import schema
from roost_core.manifest.split import SecretDocument, Split, split_secrets
from roost_core.manifest.yaml_text import to_yaml

__all__ = [
    'Content',
    'Folders',
    'Loaded',
    'LoadedDocument',
    'ManifestFile',
    'Reference',
    'References',
    'SecretDocument',
    'Split',
    'folders_named',
    'load',
    'problems_of',
    'references',
    'schema',
    'split_secrets',
    'to_yaml',
]
