# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manifest without a mistake."""

PACKAGE = """\
apiVersion: roost/v1
kind: Package
metadata: {name: talker, version: "1.0"}
spec:
  components:
    - name: main
      runtime: device
      device: {runtime: preinstalled}
      executables:
        - {name: run, command: [sleep, "1000"]}
"""
