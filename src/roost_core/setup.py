# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from setuptools import find_packages, setup

setup(
    name='roost_core',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'roost_core': ['py.typed', 'manifest/schema.json']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/roost_core']),
        ('share/roost_core', ['package.xml']),
    ],
    extras_require={'test': ['pytest']},
    zip_safe=False,
    author='Roost contributors',
    maintainer='Roost contributors',
    maintainer_email='maintainers@roost.invalid',
    description='The domain of Roost: pure functions over frozen data.',
    license='Apache-2.0',
)
