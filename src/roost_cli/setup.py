# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from setuptools import find_packages, setup

setup(
    name='roost_cli',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/roost_cli']),
        ('share/roost_cli', ['package.xml']),
    ],
    entry_points={
        'console_scripts': ['roost = roost_cli.main:main'],
        'ros2cli.command': ['roost = roost_cli.ros2:RoostCommand'],
    },
    extras_require={'test': ['pytest']},
    zip_safe=False,
    author='Roost contributors',
    maintainer='Roost contributors',
    maintainer_email='maintainers@roost.invalid',
    description='The command line of Roost.',
    license='Apache-2.0',
)
