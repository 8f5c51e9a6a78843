# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from setuptools import find_packages, setup

setup(
    name='roost_wire',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'roost_wire': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/roost_wire']),
        ('share/roost_wire', ['package.xml']),
    ],
    extras_require={'test': ['pytest']},
    zip_safe=False,
    author='Roost contributors',
    maintainer='Roost contributors',
    maintainer_email='maintainers@roost.invalid',
    description='Between the domain and the messages: the only place that knows both.',
    license='Apache-2.0',
)
