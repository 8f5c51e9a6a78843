# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from setuptools import find_packages, setup

setup(
    name='roost_introspection',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/roost_introspection']),
        ('share/roost_introspection', ['package.xml']),
    ],
    entry_points={
        'console_scripts': [
            'introspection = roost_introspection.main:main',
            'network_collector = roost_introspection.main:collect',
        ]
    },
    extras_require={'test': ['pytest']},
    zip_safe=False,
    author='Roost contributors',
    maintainer='Roost contributors',
    maintainer_email='maintainers@roost.invalid',
    description='The introspection node.',
    license='Apache-2.0',
)
