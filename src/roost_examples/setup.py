# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from setuptools import find_packages, setup

setup(
    name='roost_examples',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/roost_examples']),
        ('share/roost_examples', ['package.xml']),
    ],
    entry_points={
        'console_scripts': [
            'simulator = roost_examples.simulator:main',
            'command_center = roost_examples.command_center:main',
            'turtle = roost_examples.turtle:main',
        ]
    },
    extras_require={'test': ['pytest']},
    zip_safe=False,
    author='Roost contributors',
    maintainer='Roost contributors',
    maintainer_email='maintainers@roost.invalid',
    description='The nodes of the example fleet.',
    license='Apache-2.0',
)
