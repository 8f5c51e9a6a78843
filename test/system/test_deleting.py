# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What manifests describe is deleted as it was applied: whole, in order, or not at all."""

import json

import pytest

from roost_core.phase import Phase
from roost_interfaces import srv
from system.manifests import container, deployment, FOREVER
from system.operator import Refused
from system.resources import (
    Command,
    config,
    delete,
    listed,
    login,
    network,
    secret,
    until_gone,
    volume,
)
from testbed import busybox, eventually

IMAGE = busybox().tag
ENTRY = {'name': 'TOKEN', 'valueFrom': {'secret': {'name': 'uplink', 'key': 'token'}}}
PART = {
    'device': 'rover1',
    'network': 'lab',
    'volumes': [{'volume': 'data', 'mountPath': '/data'}],
    'configs': [{'config': 'speed', 'mountPath': '/etc/robot'}],
}
PUBLIC = (
    network('lab'),
    volume('data'),
    config('speed', files={'speed.yaml': 'speed: 1\n'}),
    container(
        'everything',
        IMAGE,
        *FOREVER,
        imagePullPolicy='Never',
        pullSecret='site',
        component_keys={'environment': [ENTRY]},
    ),
    container('plain', IMAGE, *FOREVER, imagePullPolicy='Never'),
    deployment('base', 'everything', components={'main': PART}),
    deployment('top', 'plain', device='rover2', depends_on=['base']),
)
SECRET = (secret('uplink', token='hush'), login('site', 'docker.io', 'someone', 'hush'))


@pytest.fixture(scope='module')
def command(fleet, tmp_path_factory):
    return Command(fleet, tmp_path_factory.mktemp('manifests'))


@pytest.fixture(scope='module')
def manifests(command):
    return command.write(*PUBLIC, *SECRET)


@pytest.fixture
def applied(operator, command, manifests):
    """Have all of it run."""
    command.run('apply', manifests)
    operator.until_running('base', 'top', timeout_sec=30)


def existing(operator):
    """Name everything that there is, but what is built in."""
    found = {f'Deployment/{name}' for name in operator.deployments()}
    for kind in ('Network', 'Volume'):
        for each in listed(operator, kind):
            if not getattr(each, 'built_in', False):
                found.add(f'{kind}/{each.name}')
    for kind, service in (
        ('Package', srv.ListPackages),
        ('Secret', srv.ListSecrets),
        ('Config', srv.ListConfigs),
    ):
        answer = operator.ask(service, f'list_{kind.lower()}s')
        found |= {f'{kind}/{each.name}' for each in getattr(answer, f'{kind.lower()}s')}
    return found


def until_nothing(operator):
    eventually(lambda: not existing(operator), 30, 'nothing is left')


ALL = {f'{each["kind"]}/{each["metadata"]["name"]}' for each in (*PUBLIC, *SECRET)}


@pytest.mark.usefixtures('applied')
def test_everything_goes_dependants_first(fleet, operator, command, manifests):
    assert existing(operator) == ALL

    dry = command.run('delete', '-f', manifests, '--dry-run')
    assert 'nothing is changed' in dry
    assert existing(operator) == ALL
    since = operator.ask(srv.ListEvents, 'list_events').last_number
    plan = json.loads(
        fleet.roost('delete', '-f', manifests, '--wait', '-o', 'json', timeout_sec=90.0)
    )

    changes = plan['changes'] if isinstance(plan, dict) else plan
    assert {f'{each["kind"]}/{each["name"]}' for each in changes} == ALL
    until_nothing(operator)
    ended = [
        each.deployment_name
        for each in operator.events(since=since)
        if each.phase is Phase.DEPLOYMENT_STOPPED and each.kind == 'phase'
    ]
    assert ended[:2] == ['top', 'base']
    assert sorted(ended[2:]) == ['data', 'lab']
    for device in fleet.devices.values():
        assert device.engine.client.containers.list(all=True) == []
    volumes = fleet.site.directory('rover1') / 'executor-state' / 'volumes'
    assert list(volumes.iterdir()) == []

    again = command.run('delete', '-f', manifests)
    assert again.count('does not exist') >= len(PUBLIC)


@pytest.mark.usefixtures('applied')
def test_a_part_goes_only_if_nothing_needs_it(operator, command):
    for named, by in (
        ('Volume/data', 'base'),
        ('Network/lab', 'base'),
        ('Deployment/base', 'top'),
    ):
        with pytest.raises(Refused) as refused:
            delete(operator, named)
        assert refused.value.messages == [f'it is needed by {by}']
    for named, by in (
        ('Secret/uplink', 'base'),
        ('Secret/site', 'base'),
        ('Config/speed', 'base'),
        ('Package/plain/1.0', 'top'),
    ):
        with pytest.raises(Refused) as refused:
            delete(operator, named)
        assert refused.value.messages == [f'it is used by {by}']
    with pytest.raises(Refused) as refused:
        delete(operator, 'Deployment/top', 'Network/labb', 'Package/plain/2.0')
    assert refused.value.messages == ['it does not exist', 'it has no version 2.0']
    assert existing(operator) == ALL
    operator.until_running('base', 'top')

    changes = delete(operator, 'Deployment/top', 'Package/plain')

    assert changes['Package/plain'].detail == 'once these have stopped: top'
    eventually(
        lambda: existing(operator) == ALL - {'Deployment/top', 'Package/plain'},
        30,
        'both are gone',
    )
    operator.until_running('base')
    delete(operator, 'Deployment/base', 'Volume/data', 'Network/lab')
    until_gone(operator, 'Volume/data', 'Network/lab')
    delete(operator, 'Secret/uplink', 'Secret/site', 'Config/speed', 'Package/everything')
    until_nothing(operator)


@pytest.mark.usefixtures('applied')
def test_what_is_away_is_deleted_when_it_is_back(fleet, operator, command, manifests):
    fleet.devices['rover1'].power_off()
    command.run('delete', '-f', manifests)

    eventually(
        lambda: operator.see('base').phase is Phase.PARTIALLY_DEPROVISIONED,
        30,
        'base waits for its device',
    )
    assert {'Secret/uplink', 'Config/speed', 'Package/everything'} <= existing(operator)
    fleet.devices['rover1'].power_on()

    until_nothing(operator)
    assert fleet.devices['rover1'].engine.client.containers.list(all=True) == []
