# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
#
# The nodes as container images, one to a stage: executor, manager, examples. `scripts/images` builds all three.
#
#   docker run --network host --ipc host \
#     -v /var/run/docker.sock:/var/run/docker.sock -v /var/lib/roost:/var/lib/roost \
#     roost/executor device_executor --ros-args -p device:=rover1
#
# Without the host's network and IPC, nodes find their peers and get nothing from them. The engine mounts out of the
# executor's state folder, which therefore has the same path inside and outside, as has every folder of the device that
# volumes may be in: -v /data:/data.

# Any image with ROS 2 Jazzy in /opt/ros/jazzy; what else the build needs, scripts/setup installs.
ARG BASE=ros:jazzy-ros-base

# Messages take minutes to compile and seldom change: they are kept apart from all that changes often.
FROM ${BASE} AS messages
WORKDIR /opt/roost
COPY colcon.meta ./
COPY requirements requirements
COPY scripts/env scripts/setup scripts/
COPY src/roost_interfaces src/roost_interfaces
COPY src/roost_example_interfaces src/roost_example_interfaces
RUN scripts/setup --standalone

FROM messages AS build
COPY config config
COPY launch launch
COPY src src
RUN scripts/setup --standalone

FROM ${BASE} AS suite
ARG VERSION=dev
LABEL org.opencontainers.image.title="Roost" \
      org.opencontainers.image.description="Deploys ROS 2 software to a fleet" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# A container's network is what it is given; scripts/env would keep discovery on this machine.
ENV ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET PYTHONUNBUFFERED=1
COPY --from=build /opt/roost/.venv /opt/roost/.venv
COPY --from=build /opt/roost/install /opt/roost/install
COPY scripts/env /opt/roost/scripts/env
# The environment, then the program in its place, which so gets the signals.
ENTRYPOINT ["bash", "-c", ". /opt/roost/scripts/env && exec \"$@\"", "roost"]

FROM suite AS executor
ENV PATH=/opt/roost/install/roost_executor/lib/roost_executor:${PATH}
CMD ["device_executor"]

FROM suite AS manager
RUN command -v dot >/dev/null || { apt-get update && \
    apt-get install -y --no-install-recommends graphviz && rm -rf /var/lib/apt/lists/*; }
ENV PATH=/opt/roost/install/roost_manager/lib/roost_manager:${PATH}
ENV PATH=/opt/roost/install/roost_introspection/lib/roost_introspection:${PATH}
CMD ["deployment_manager"]

FROM suite AS examples
CMD ["python3", "-m", "roost_examples.turtle"]
