# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deleting what manifests describe."""

from dataclasses import replace

from manager_rig import deployment, manifest, package
import pytest

from roost_core.config import ConfigSpec
from roost_core.deployment import ConfigMount
from roost_core.manifest import ManifestFile
from roost_core.package import PackageRef
from roost_core.resource import ResourceKind, ResourceRef
from roost_core.secret import SecretRecord, SecretType
from roost_core.uses import package_ref
from roost_manager import configs, deleting

PACK = ResourceRef(ResourceKind.PACKAGE, 'pack', '1')
CAMERA = ResourceRef(ResourceKind.DEPLOYMENT, 'camera')
LIDAR = ResourceRef(ResourceKind.DEPLOYMENT, 'lidar')
SECRET = ResourceRef(ResourceKind.SECRET, 'db')
CONFIG = ResourceRef(ResourceKind.CONFIG, 'params')


def plan(rig, *refs, documents=(), force=False, work=None):
    files = [ManifestFile(name='a.yaml', text=manifest(*documents))] if documents else []
    return deleting.delete(work or rig.manager.begin(), rig.fleet, files, refs, force=force)


def delete(rig, *refs, **values):
    """Delete things, which must be possible; give what is done with each."""

    def do(work):
        found = plan(rig, *refs, work=work, **values)
        assert found.problems == ()
        return [
            (f'{each.kind}/{each.name}', str(each.action), each.detail) for each in found.changes
        ]

    return rig.work(do)


def problems(rig, *refs, **values):
    return [str(each) for each in plan(rig, *refs, **values).problems]


@pytest.fixture
def fleet(rig):
    """Have a camera, and a lidar that needs it, of one package."""
    rig.device()
    rig.apply(package(), deployment('camera'), deployment('lidar', 'camera'))
    rig.settle()
    assert rig.states()['lidar'] == ('Succeeded', 'Running')
    return rig


def test_dependants_come_first_and_the_package_goes_with_the_last(fleet):
    assert delete(fleet, PACK, CAMERA, LIDAR) == [
        ('Deployment/lidar', 'delete', ''),
        ('Deployment/camera', 'delete', ''),
        ('Package/pack', 'delete', 'once these have stopped: camera, lidar'),
    ]
    assert package_ref(PackageRef(name='pack', version='1')) in fleet.fleet.leaving

    fleet.restart()
    fleet.settle()

    assert fleet.states() == {}
    assert (fleet.fleet.packages, fleet.fleet.versions, fleet.fleet.leaving) == ({}, {}, set())
    fleet.restart()
    assert fleet.fleet.packages == {}


def test_what_manifests_describe_is_deleted_and_twice_is_free(fleet):
    documents = [package(), deployment('camera'), deployment('lidar', 'camera')]
    delete(fleet, documents=documents)
    assert delete(fleet, documents=documents) == [
        ('Deployment/lidar', 'unchanged', 'is being deprovisioned'),
        ('Deployment/camera', 'unchanged', 'is being deprovisioned'),
        ('Package/pack', 'unchanged', 'once these have stopped: camera, lidar'),
    ]
    fleet.settle()

    assert delete(fleet, documents=documents) == [
        ('Package/pack', 'unchanged', 'does not exist'),
        ('Deployment/camera', 'unchanged', 'does not exist'),
        ('Deployment/lidar', 'unchanged', 'does not exist'),
    ]


def test_every_problem_is_told_and_nothing_changes(fleet):
    wrong = ResourceRef(ResourceKind.DEPLOYMENT, 'camrea')
    old = ResourceRef(ResourceKind.PACKAGE, 'pack', '0')

    assert problems(fleet, wrong, old, CAMERA, PACK, SECRET) == [
        "Deployment/camrea: it does not exist; did you mean 'camera'?",
        'Package/pack: it has no version 0; it has 1',
        'Secret/db: it does not exist',
        'Deployment/camera: it is needed by lidar; delete these too, or use --force',
        'Package/pack: it is used by lidar; delete these too',
    ]
    assert [each.deprovisioning for each in fleet.fleet.deployments.values()] == [False, False]


def test_problems_of_manifests_have_their_place(fleet):
    (problem,) = plan(fleet, documents=[deployment('camera')]).problems
    assert (problem.file, problem.line) == ('a.yaml', 4)
    assert 'kind' in problems(fleet, documents=['kind: Nothing'])[0]


def test_what_is_needed_can_be_forced_but_what_is_used_cannot(fleet):
    assert delete(fleet, CAMERA, force=True) == [('Deployment/camera', 'delete', '')]
    assert problems(fleet, PACK, force=True) == [
        'Package/pack: it is used by lidar; delete these too'
    ]


VOLUME = """
apiVersion: roost/v1
kind: Volume
metadata: {name: maps}
spec: {runtime: device, device: rover1}
"""
MOUNTING = """
apiVersion: roost/v1
kind: Deployment
metadata: {name: mapper}
spec:
  package: {name: pack, version: '1'}
  components: {main: {device: rover1, volumes: [{volume: maps, mountPath: /maps}]}}
"""
MAPS = ResourceRef(ResourceKind.VOLUME, 'maps')
MAPPER = ResourceRef(ResourceKind.DEPLOYMENT, 'mapper')


def test_a_volume_in_use_is_not_deleted_even_by_force(rig):
    rig.device()
    rig.apply(package(), VOLUME, MOUNTING)
    rig.settle()

    for force in (False, True):
        assert problems(rig, MAPS, force=force)[0].startswith(
            'Volume/maps: it is needed by mapper; delete these too'
        )
    assert delete(rig, MAPS, MAPPER) == [
        ('Deployment/mapper', 'delete', ''),
        ('Volume/maps', 'delete', ''),
    ]
    rig.settle()
    assert rig.states() == {}


def test_a_package_without_a_version_means_all_of_them(rig):
    rig.apply(package(), package(version='2'), package('other'))

    delete(rig, ResourceRef(ResourceKind.PACKAGE, 'pack'))

    assert rig.fleet.versions == {'other': ['1']}
    rig.restart()
    assert rig.fleet.versions == {'other': ['1']}


def test_a_deleted_package_can_be_applied_anew_with_another_content(rig):
    rig.apply(package())
    delete(rig, PACK)

    rig.apply(package(image='run:2'))

    rig.restart()
    (found,) = rig.fleet.packages.values()
    assert found.components[0].executables[0].image == 'run:2'


def put_kept(rig):
    """Have a secret and a config."""
    record = SecretRecord(name='db', type=SecretType.OPAQUE, digest='d', sealed='s')
    rig.work(lambda work: work.resources.put_secret(record))
    rig.work(lambda work: configs.apply(work, ConfigSpec(name='params', files={'a': b'1'})))


def test_secrets_and_configs_go(rig):
    put_kept(rig)

    assert delete(rig, SECRET, CONFIG) == [
        ('Config/params', 'delete', ''),
        ('Secret/db', 'delete', ''),
    ]

    rig.restart()
    assert (rig.fleet.secrets, rig.fleet.configs) == ({}, {})


def use_config(rig, name='camera'):
    """Have a deployment use the config."""
    before = rig[name]
    (part,) = before.spec.components.values()
    part = replace(part, configs=(ConfigMount(config='params', mount_path='/p'),))
    after = replace(before, spec=replace(before.spec, components={'main': part}))
    rig.work(lambda work: work.put_deployment(after))


def test_a_config_that_is_used_goes_when_its_user_stops(fleet):
    put_kept(fleet)
    use_config(fleet, 'lidar')
    assert problems(fleet, CONFIG) == ['Config/params: it is used by lidar; delete these too']

    assert delete(fleet, CONFIG, LIDAR)[-1] == (
        'Config/params',
        'delete',
        'once these have stopped: lidar',
    )

    assert fleet.fleet.configs['params'].deleting
    fleet.restart()
    fleet.settle()
    assert fleet.fleet.configs == {}
    assert list(fleet.states()) == ['camera']


def test_what_is_applied_again_stays(fleet):
    put_kept(fleet)
    use_config(fleet, 'lidar')
    delete(fleet, CONFIG, LIDAR)

    fleet.work(lambda work: configs.apply(work, ConfigSpec(name='params', files={'a': b'1'})))
    fleet.settle()

    assert not fleet.fleet.configs['params'].deleting
    assert fleet.fleet.leaving == set()


def test_a_package_that_is_applied_again_stays(fleet):
    delete(fleet, PACK, CAMERA, LIDAR)

    (change,) = fleet.apply(package()).changes
    fleet.settle()

    assert str(change.action) == 'update'
    assert list(fleet.fleet.versions) == ['pack']
    fleet.restart()
    assert fleet.fleet.leaving == set()


def test_what_is_on_its_way_out_takes_no_new_deployment(fleet):
    delete(fleet, PACK, CAMERA, LIDAR)

    (problem,) = fleet.plan(deployment('third')).problems

    assert 'pack 1' in str(problem)
    assert 'third' not in fleet.fleet.by_name


def test_a_dry_run_changes_nothing(fleet):
    plan(fleet, PACK, CAMERA, LIDAR)

    assert [each.deprovisioning for each in fleet.fleet.deployments.values()] == [False, False]
    assert fleet.fleet.leaving == set()
