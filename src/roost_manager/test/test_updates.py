# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Updates in place: what they touch, how they end, and what is left when they fail."""

from dataclasses import replace

from manager_rig import deployment, package
import pytest

from roost_core.deployment import OnFailure, Outcome
from roost_core.manifest import ManifestFile
from roost_core.phase import Phase
from roost_core.report import InstanceReport
from roost_core.status import Reason, ReasonKind, Status
from roost_manager import applying, updates
from roost_manager.refusal import Refusal

UP = 3.5  # longer than what was started must stay up


@pytest.fixture
def fleet(rig):
    """Give a fleet whose device runs the deployment `cam`, generation 1."""
    rig.device()
    rig.apply(package(), deployment('cam'))
    tell(rig, 'cam', Status.RUNNING, started=True, image_digest='sha256:old')
    assert rig['cam'].phase is Phase.SUCCEEDED
    return rig


def tell(rig, name, status, *, code='', kind=ReasonKind.NONE, text='', **values):
    """Have the device say how the executable of a deployment is."""
    device = rig.devices['rover1']
    (kept,) = [each for each in rig.desired('rover1').keep if each.deployment_name == name]
    device.instances[kept.slot] = InstanceReport(
        slot=kept.slot,
        deployment_name=name,
        generation=kept.generation,
        status=status,
        reason=Reason(kind=kind, text=text),
        codes=(code,) if code else (),
        **values,
    )
    rig.say('rover1')


def update(rig, name='cam', **values):
    asked = {
        'components': [],
        'package_version': '',
        'images': {},
        'on_failure': OnFailure.ROLLBACK,
        'timeout_sec': 60.0,
        'expected_generation': 0,
        'by': 'ann',
        **values,
    }
    return rig.work(lambda work: updates.update(work, rig.fleet, name, **asked))


def wanted(rig):
    (kept,) = rig.desired('rover1').keep
    return kept


def test_the_tag_is_pulled_again_and_the_new_generation_must_stay_up(fleet):
    begun = update(fleet)

    assert (begun.generation, begun.phase) == (2, Phase.PROVISIONING)
    assert (wanted(fleet).generation, wanted(fleet).refresh) == (2, True)
    tell(
        fleet, 'cam', Status.PENDING, kind=ReasonKind.PULLING, text='pulling', former_generation=1
    )
    assert fleet['cam'].status is Status.PENDING
    tell(fleet, 'cam', Status.RUNNING, started=True, image_digest='sha256:new')
    assert fleet['cam'].phase is Phase.PROVISIONING
    fleet.pass_time(UP, beating=['rover1'])

    after = fleet['cam']
    assert (after.phase, after.status, after.update) == (Phase.SUCCEEDED, Status.RUNNING, None)
    first, second = after.history
    assert (first.outcome, second.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
    assert 'sha256:new' in second.images['main/run']
    assert second.requested_by == 'ann'


def test_an_image_that_cannot_be_pulled_leaves_the_old_instance_alone(fleet):
    before = wanted(fleet)
    update(fleet)

    tell(
        fleet,
        'cam',
        Status.ERROR,
        code='DEP_E305',
        kind=ReasonKind.REGISTRY_UNREACHABLE,
        text='registry:5000 cannot be reached',
        former_generation=1,
    )

    after = fleet['cam']
    assert after.phase is Phase.FAILED_TO_UPDATE
    assert wanted(fleet).identity == before.identity
    assert wanted(fleet).image_digest == 'sha256:old'
    assert after.generation == 2
    assert after.history[-1].outcome is Outcome.FAILED
    assert 'registry:5000 cannot be reached' in after.reason.text
    assert after.codes == ('DEP_E305',)
    tell(fleet, 'cam', Status.RUNNING, started=True, image_digest='sha256:old')
    assert (fleet['cam'].status, fleet['cam'].codes) == (Status.RUNNING, ('DEP_E305',))
    assert update(fleet).generation == 3


RAN = {
    'started': True,
    'image_digest': 'sha256:old',
    'instance_id': 'first',
    'restart_count': 4,
    'started_at': 70.0,
    'host_name': 'rover1',
}


def pull_in_vain(fleet):
    """Have an update fail before anything of it was stopped."""
    tell(fleet, 'cam', Status.ERROR, code='DEP_E305', text='no way', former_generation=1)


def test_what_was_not_stopped_is_told_as_it_was(fleet):
    tell(fleet, 'cam', Status.RUNNING, **RAN)
    (before,) = fleet['cam'].executables
    update(fleet)

    pull_in_vain(fleet)

    assert fleet['cam'].phase is Phase.FAILED_TO_UPDATE
    assert fleet['cam'].executables == (before,)


def test_of_what_was_stopped_nothing_is_known_until_it_is_created_anew(fleet):
    tell(fleet, 'cam', Status.RUNNING, **RAN)
    update(fleet)
    tell(fleet, 'cam', Status.RUNNING, started=True, instance_id='second', host_name='rover1')

    tell(fleet, 'cam', Status.ERROR, code='DEP_E152', started=True, instance_id='second')

    (now,) = fleet['cam'].executables
    assert fleet['cam'].history[-1].outcome is Outcome.ROLLED_BACK
    assert (now.status, now.instance_id, now.restart_count) == (Status.PENDING, '', 0)


def test_an_update_that_an_older_version_began_can_fail(fleet):
    tell(fleet, 'cam', Status.RUNNING, **RAN)
    update(fleet)
    begun = fleet['cam']
    fleet.work(
        lambda work: work.put_deployment(
            replace(begun, update=replace(begun.update, former_states=()))
        )
    )
    fleet.restart()

    pull_in_vain(fleet)

    (now,) = fleet['cam'].executables
    assert (fleet['cam'].phase, now.status) == (Phase.FAILED_TO_UPDATE, Status.RUNNING)
    tell(fleet, 'cam', Status.RUNNING, **RAN)
    (now,) = fleet['cam'].executables
    assert (now.instance_id, now.restart_count) == ('first', 4)


def test_what_does_not_stay_up_is_rolled_back_to_the_very_image_it_had(fleet):
    update(fleet)
    tell(fleet, 'cam', Status.RUNNING, started=True)
    fleet.pass_time(1.0, beating=['rover1'])

    tell(
        fleet,
        'cam',
        Status.PENDING,
        kind=ReasonKind.RESTARTING,
        text='exited with code 2',
        started=True,
        exit_code=2,
    )

    after = fleet['cam']
    assert after.phase is Phase.FAILED_TO_UPDATE
    assert (wanted(fleet).generation, wanted(fleet).image_digest) == (1, 'sha256:old')
    assert (after.history[-1].outcome, after.history[-1].code) == (Outcome.ROLLED_BACK, 'DEP_E407')
    assert 'was brought back' in after.reason.text or after.status is Status.PENDING


def test_keep_leaves_down_what_was_stopped(fleet):
    update(fleet, on_failure=OnFailure.KEEP)
    tell(fleet, 'cam', Status.RUNNING, started=True)

    tell(fleet, 'cam', Status.PENDING, kind=ReasonKind.RESTARTING, text='exited', started=True)

    after = fleet['cam']
    assert (after.phase, after.status) == (Phase.FAILED_TO_UPDATE, Status.ERROR)
    assert (wanted(fleet).generation, wanted(fleet).run) == (2, False)
    assert 'main stays down' in after.reason.text


def test_nothing_is_proven_while_a_device_is_silent(fleet):
    update(fleet)
    tell(fleet, 'cam', Status.RUNNING, started=True)

    fleet.pass_time(UP)

    assert fleet['cam'].phase is Phase.PROVISIONING
    fleet.beat()
    fleet.pass_time(0.0)
    assert fleet['cam'].phase is Phase.SUCCEEDED


def test_a_deadline_passes(fleet):
    update(fleet, timeout_sec=5.0)
    tell(
        fleet, 'cam', Status.PENDING, kind=ReasonKind.PULLING, text='pulling', former_generation=1
    )

    fleet.pass_time(6.0, beating=['rover1'])

    assert fleet['cam'].phase is Phase.FAILED_TO_UPDATE
    assert fleet['cam'].history[-1].code == 'DEP_E406'
    assert wanted(fleet).generation == 1


def test_a_device_that_goes_offline_fails_the_update(fleet):
    update(fleet)

    fleet.pass_time(7.0)

    after = fleet['cam']
    assert (after.phase, after.history[-1].code) == (Phase.FAILED_TO_UPDATE, 'DEP_E151')
    assert wanted(fleet).generation == 1


def test_cancelling_brings_back_what_was(fleet):
    update(fleet)

    fleet.work(lambda work: updates.cancel(work, fleet.fleet, 'cam', expected_generation=2))

    after = fleet['cam']
    assert (after.phase, after.history[-1].outcome) == (Phase.FAILED_TO_UPDATE, Outcome.CANCELLED)
    assert wanted(fleet).generation == 1
    with pytest.raises(Refusal, match='is not being updated'):
        fleet.work(lambda work: updates.cancel(work, fleet.fleet, 'cam', expected_generation=0))


def test_an_update_survives_the_manager(fleet):
    update(fleet)

    fleet.restart()
    fleet.say('rover1')
    tell(fleet, 'cam', Status.RUNNING, started=True)
    fleet.pass_time(UP, beating=['rover1'])

    assert (fleet['cam'].phase, fleet['cam'].generation) == (Phase.SUCCEEDED, 2)


def test_another_image_is_kept_in_the_spec(fleet):
    update(fleet, images={'run': 'other:2'})

    assert wanted(fleet).spec.image == 'other:2'
    assert fleet['cam'].spec.components['main'].images == {'run': 'other:2'}


def test_a_failed_update_to_another_image_leaves_the_spec_as_it_was(fleet):
    before = fleet['cam'].spec
    update(fleet, images={'run': 'other:2'})

    tell(fleet, 'cam', Status.ERROR, code='DEP_E161', text='not found', former_generation=1)

    assert fleet['cam'].spec == before


@pytest.mark.parametrize('executable', ['run', 'main/run'])
def test_the_image_that_it_has_is_pulled_again(fleet, executable):
    update(fleet, images={executable: 'run:1'})

    assert fleet['cam'].update.components == ('main',)
    assert wanted(fleet).refresh


def test_another_version_of_the_package(fleet):
    fleet.apply(package(version='2'))

    update(fleet, package_version='2')

    assert fleet['cam'].spec.package.version == '2'
    assert fleet['cam'].history[-1].package_version == '2'


@pytest.mark.parametrize(
    ('asked', 'message'),
    [
        ({'name': 'gone'}, "there is no deployment 'gone'"),
        ({'components': ['arm']}, "there is no component 'arm'"),
        ({'images': {'arm': 'a:1'}}, "executable 'arm' does not exist"),
        ({'images': {'run': ''}}, 'is not possible here'),
        ({'images': {'run': '../x y'}}, 'is not possible here'),
        ({'package_version': '9'}, "has no version '9'"),
        ({'expected_generation': 7}, 'generation 7 was expected'),
    ],
)
def test_refusals(fleet, asked, message):
    with pytest.raises(Refusal, match=message):
        update(fleet, **asked)

    assert fleet['cam'].generation == 1


def test_only_what_has_succeeded_or_failed_to_update_is_updated(fleet):
    update(fleet)

    with pytest.raises(Refusal, match='is in Provisioning'):
        update(fleet)


def test_a_deprovision_ends_an_update(fleet):
    update(fleet)

    fleet.deprovision('cam')

    assert fleet['cam'].history[-1].outcome is Outcome.CANCELLED
    assert fleet.desired('rover1').keep == ()


CONFIG = """
apiVersion: roost/v1
kind: Config
metadata: {{name: params}}
spec: {{files: {{nav.yaml: 'speed: {speed}'}}}}
"""


def with_config(name='cam'):
    mounted = ', configs: [{config: params, mountPath: /etc/nav}]}}'
    return deployment(name).replace('}}\n  dependsOn', f'{mounted}\n  dependsOn')


def test_a_config_that_changes_during_an_update_is_refused_and_not_passed_over(fleet):
    fleet.apply(CONFIG.format(speed=1), with_config('arm'))
    tell(fleet, 'arm', Status.RUNNING, started=True, image_digest='sha256:old')
    update(fleet, 'arm', images={'run': 'other:2'})

    files = [ManifestFile(name='a.yaml', text=CONFIG.format(speed=2))]
    plan = applying.apply(fleet.manager.begin(), fleet.fleet, files, by='ann')

    (problem,) = plan.problems
    assert "deployment 'arm' is in Provisioning" in problem.message


def test_a_config_that_changes_together_with_what_uses_it_is_one_update(fleet):
    fleet.apply(CONFIG.format(speed=1), with_config('arm'), package(version='2', image='run:2'))
    tell(fleet, 'arm', Status.RUNNING, started=True, image_digest='sha256:old')

    fleet.apply(CONFIG.format(speed=2), with_config('arm').replace("version: '1'", "version: '2'"))

    assert fleet['arm'].generation == 2
