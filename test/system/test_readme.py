# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The scenario that test/README.md shows works as it stands there."""

import json
from pathlib import Path

from system.manifests import container, deployment

README = Path(__file__).parents[1] / 'README.md'


def test_the_scenario_of_the_readme(make_fleet, tmp_path, monkeypatch):
    documents = container('camera', 'registry:5000/camera:1.0'), deployment('camera')
    manifest = '\n---\n'.join(json.dumps(each) for each in documents)
    (tmp_path / 'camera.yaml').write_text(manifest)
    monkeypatch.chdir(tmp_path)
    _, scenario, *_ = README.read_text().split('```python\n')
    module = {}
    exec(scenario.partition('```')[0], module)

    module['test_a_camera_survives_its_manager'](make_fleet)
