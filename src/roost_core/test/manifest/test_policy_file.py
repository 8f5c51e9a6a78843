# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest

from roost_core.manifest.policy import load_policy, policy_text, UnusablePolicy
from roost_core.policy import DevicePolicy

EXAMPLE = Path(__file__).parents[4] / 'config' / 'device_policy.yaml'


def problems(text):
    with pytest.raises(UnusablePolicy) as refused:
        load_policy(text.encode() if isinstance(text, str) else text, file='policy.yaml')
    return str(refused.value).splitlines()


def test_the_example_says_what_holds_without_a_file():
    assert load_policy(EXAMPLE.read_bytes(), file='x') == DevicePolicy()


def test_a_rule_that_is_not_named_is_as_without_a_file():
    text = b'privileged: true\nhostPaths: [/data, "/maps"]\nmanagerKey: ed25519:x\n'
    assert load_policy(text, file='x') == DevicePolicy(
        privileged=True, host_paths=('/data', '/maps'), manager_key='ed25519:x'
    )


@pytest.mark.parametrize(
    'policy',
    [
        DevicePolicy(),
        DevicePolicy(registries=(), privileged=True, commands=('ros2', 'no', '*')),
        DevicePolicy(digests_required=True, host_paths=('/a b', '/ü'), manager_key='ed25519:x='),
    ],
)
def test_what_is_written_says_every_rule_and_is_read_as_the_same(policy):
    text = policy_text(policy)

    assert load_policy(text.encode(), file='x') == policy
    assert len([line for line in text.splitlines() if line[0].isalpha()]) == 10


@pytest.mark.parametrize('text', [b'', b'# nothing\n', b'\xef\xbb\xbf{}\n'])
def test_an_empty_file_has_no_rules(text):
    assert load_policy(text, file='x') == DevicePolicy()


def test_everything_wrong_is_told_with_its_line():
    text = 'privilegd: true\nprivileged: yes\nhostPaths: /data\ncommands: [ros2, 7]\ndevices:\n'
    assert problems(text) == [
        "policy.yaml:1:1: privilegd: unknown key 'privilegd'; did you mean 'privileged'?",
        'policy.yaml:2:13: privileged: expected true or false',
        "policy.yaml:3:12: hostPaths: expected a list; write ['/data']",
        'policy.yaml:4:18: commands[1]: expected text; quote it',
        "policy.yaml:5:9: devices: expected a list; write ['one']",
    ]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('a: [', 'not YAML'),
        ('- privileged', 'expected rules'),
        ('{}\n---\n{}\n', 'a second document'),
        (b'privileged: \xff', 'policy.yaml:1: the file is not UTF-8'),
        ('privileged: true\nprivileged: false\n', 'policy.yaml:2'),
        ('nothing-like-it: 1', 'known are registries, digestsRequired'),
    ],
)
def test_what_is_no_policy(text, said):
    assert said in problems(text)[0]
