# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be asked of the manager, and what it refuses."""

from builders import package as built_package
from builders import spec
from manager_rig import deployment, package
import pytest

from roost_core.deployment import ComponentSpec
from roost_manager import recovery
from roost_manager.applying import Action
from roost_manager.refusal import Refusal
from roost_manager.store import StoreConflict


@pytest.fixture
def fleet(rig):
    """Give a fleet with a device and a package."""
    rig.device()
    rig.apply(package())
    return rig


def actions(plan):
    return [(each.kind, each.name, each.action) for each in plan.changes]


def codes(plan):
    return [each.code for each in plan.problems]


def refusal(do, *arguments, **values):
    with pytest.raises(Refusal) as refused:
        do(*arguments, **values)
    return refused.value


# Apply


def test_an_apply_creates_everything_in_whatever_order(rig):
    rig.device()

    plan = rig.apply(deployment('nav', 'base'), deployment('base'), package())

    assert actions(plan) == [
        ('Deployment', 'nav', Action.CREATE),
        ('Deployment', 'base', Action.CREATE),
        ('Package', 'pack', Action.CREATE),
    ]
    assert [each.deployment_id for each in plan.changes] == [
        rig['nav'].id,
        rig['base'].id,
        '',
    ]


def test_an_apply_again_changes_nothing(fleet):
    documents = (package(), deployment('base'))
    fleet.apply(*documents)
    before = (fleet.desired(), fleet.events())

    plan = fleet.apply(*documents)

    assert {each.action for each in plan.changes} == {Action.UNCHANGED}
    assert (fleet.desired(), fleet.events()) == before


def test_an_apply_is_accepted_whole_or_not_at_all_with_all_problems_at_their_places(fleet):
    plan = fleet.plan(
        package('other'), deployment('base'), deployment('a', 'nobody'), deployment('b', on='nope')
    )

    assert [(each.code, each.resource, each.file, each.line) for each in plan.problems] == [
        ('NOT_FOUND', 'Deployment/a', 'a.yaml', 28),
        ('NOT_FOUND', 'Deployment/b', 'a.yaml', 36),
    ]
    assert [each.action for each in plan.changes] == [
        Action.CREATE,
        Action.CREATE,
        Action.REFUSE,
        Action.REFUSE,
    ]
    assert fleet.states() == {}


def test_a_plan_changes_nothing(fleet):
    before = (fleet.events(), dict(fleet.fleet.packages))

    plan = fleet.plan(package('other'), deployment('base', of='other'))

    assert plan.problems == ()
    assert (fleet.events(), fleet.fleet.packages) == before
    assert fleet.states() == {}
    assert list(fleet.store.live_deployments()) == []


def test_packages_are_immutable(fleet):
    plan = fleet.plan(package(image='other:1'))

    assert codes(plan) == ['CONFLICT']
    assert 'packages are immutable' in plan.problems[0].message
    assert plan.problems[0].line
    assert fleet.plan(package(image='other:1', version='2')).problems == ()


def test_other_labels_are_taken_over_and_nothing_is_made_anew(fleet):
    fleet.apply(deployment('base'))

    plan = fleet.apply(deployment('base', labels={'site': 'lab'}))

    assert [change.action for change in plan.changes] == [Action.UPDATE]
    assert fleet['base'].spec.labels == {'site': 'lab'}
    assert fleet['base'].generation == 1


def test_one_that_is_being_deprovisioned_is_no_longer_the_same(fleet):
    fleet.apply(deployment('base'))
    fleet.deprovision('base')

    assert 'is being deprovisioned' in fleet.plan(deployment('base')).problems[0].message


def test_a_cycle_in_one_file_is_refused(fleet):
    plan = fleet.plan(
        deployment('a', 'b'), deployment('b', 'c'), deployment('c', 'b'), deployment('d')
    )

    (problem,) = plan.problems
    assert problem.message in (
        'dependencies form a cycle: b -> c -> b',
        'dependencies form a cycle: c -> b -> c',
    )
    assert problem.line


def test_a_name_that_something_once_depended_on_may_depend_on_it(fleet):
    fleet.apply(deployment('base'), deployment('nav', 'base'))
    fleet.settle()
    fleet.deprovision('base', force=True)
    fleet.settle()

    fleet.apply(deployment('base', 'nav'))

    assert fleet['base'].dependencies[0].id == fleet['nav'].id
    assert fleet['nav'].dependencies[0].id != fleet['base'].id


def test_a_singleton_is_refused_twice_also_within_one_file(rig):
    rig.device()
    single = package('one', singleton='true')

    both = rig.plan(single, deployment('a', of='one'), deployment('b', of='one'))
    rig.apply(single, deployment('a', of='one'))
    second = rig.plan(deployment('b', of='one'))

    assert codes(both) == ['CONFLICT', 'CONFLICT']
    assert codes(second) == ['CONFLICT']
    rig.settle()
    rig.deprovision('a')
    rig.settle()
    rig.apply(deployment('b', of='one'))


def test_names_are_free_again_and_ids_never(fleet):
    fleet.apply(deployment('base'))
    first = fleet['base'].id
    fleet.deprovision('base')
    fleet.settle()

    fleet.apply(deployment('base'))

    assert fleet['base'].id != first
    assert fleet.store.deployment(first).stopped


def test_more_than_a_device_can_be_told_is_refused(fleet):
    large = {'V': 'x' * 200_000}
    for name in 'abcd':
        fleet.create(spec(name, environment=large))

    why = refusal(fleet.create, spec('e', environment=large))

    assert why.code == 'DEP_E404'
    assert 'rover1 would be asked for 100' in why.message
    fleet.settle()
    fleet.deprovision('a')
    fleet.settle()
    fleet.create(spec('e', environment=large))


# Create


def test_a_creation_gives_an_id(fleet):
    id = fleet.create(spec('base'))

    assert fleet['base'].id == id
    assert fleet['base'].created_by == 'ann'
    assert fleet['base'].created_at == fleet.wall


@pytest.mark.parametrize(
    ('asked', 'path'),
    [
        (spec('No Name'), 'metadata.name'),
        (spec(environment={'1A': 'x'}), 'spec.environment'),
        (spec(environment={'ROOST_DEVICE': 'x'}), 'spec.environment'),
        (spec(labels={'': 'x'}), 'metadata.labels'),
        (spec('camera', 'base', 'base'), 'spec.dependsOn[1].deployment'),
        (spec(components={}), 'spec.components'),
        (
            spec(components={'main': ComponentSpec(device='rover1', images={'run': 'No Image'})}),
            'spec.components.main.images.run',
        ),
        (spec(components={'main': ComponentSpec(device='a', cloud='b')}), 'spec.components.main'),
    ],
)
def test_what_no_manifest_may_say_no_request_may(fleet, asked, path):
    why = refusal(fleet.create, asked)

    assert why.code == 'INVALID'
    assert why.problems[0].path.startswith(path)
    assert fleet.states() == {}


def test_an_enormous_request_is_refused(fleet):
    assert refusal(fleet.create, spec(description='x' * 2_000_000)).code == 'TOO_LARGE'


def test_a_refusal_names_every_reason_and_counts_them(fleet):
    why = refusal(fleet.create, spec('base', 'nobody', on='rover9'))

    assert [each.code for each in why.problems] == ['NOT_FOUND', 'NOT_FOUND']
    assert why.message.endswith('(and 1 more)')


def test_without_wait_dependencies_must_run(fleet):
    fleet.create(spec('base'))

    assert refusal(fleet.create, spec('nav', 'base')).code == 'REFUSED'
    fleet.create(spec('nav', 'base'), wait=True)
    assert fleet.states()['nav'] == ('In progress', 'Pending')


def test_an_offline_device_is_refused_or_queued(fleet):
    fleet.pass_time(7)

    assert refusal(fleet.create, spec('base')).code == 'DEP_E151'
    fleet.create(spec('base', allow_offline=True))
    assert fleet.states()['base'] == ('In progress', 'Pending')
    fleet.settle()
    assert fleet.states()['base'] == ('Succeeded', 'Running')


def test_the_database_guards_names_and_singletons_whatever_memory_says(fleet):
    fleet.create(spec('base'))
    fleet.fleet.by_name.clear()

    with pytest.raises(StoreConflict):
        fleet.create(spec('base'))


# Deprovision


@pytest.fixture
def chain(fleet):
    """Give deployments each of which needs the one before, and one alone."""
    fleet.apply(
        deployment('base', labels={'site': 'lab'}),
        deployment('nav', 'base', labels={'site': 'lab'}),
        deployment('rviz', 'nav'),
        deployment('alone', labels={'site': 'field'}),
    )
    fleet.settle()
    return fleet


def test_a_dependency_that_others_need_is_refused_and_they_are_named(chain):
    why = refusal(chain.deprovision, 'base', 'nav')

    assert why.code == 'REFUSED'
    assert [each.message for each in why.problems] == ["'nav' is needed by rviz"]
    assert not chain['base'].deprovisioning


def test_several_are_given_dependants_first(chain):
    chosen = chain.deprovision('base', 'alone', 'rviz', 'nav')

    assert [each.name for each in chosen] == ['alone', 'rviz', 'nav', 'base']


def test_a_selector_chooses(chain):
    assert refusal(chain.deprovision, selector='site=lab').code == 'REFUSED'
    chosen = chain.deprovision(selector='site=field')
    forced = chain.deprovision(selector='site=lab', force=True)

    assert [each.name for each in chosen] == ['alone']
    assert [each.name for each in forced] == ['nav', 'base']
    assert chain.deprovision(selector='site=nowhere') == []


@pytest.mark.parametrize(
    ('names', 'selector', 'code'),
    [
        ((), '', 'INVALID'),
        ((), ' ', 'INVALID'),
        ((), '=x', 'INVALID'),
        (('bsae',), '', 'NOT_FOUND'),
    ],
)
def test_what_chooses_nothing_right_is_refused(chain, names, selector, code):
    why = refusal(chain.deprovision, *names, selector=selector)

    assert why.code == code
    if names:
        assert why.problems[0].remedy == "did you mean 'base'?"


def test_a_stale_generation_is_refused(chain):
    why = refusal(chain.deprovision, 'rviz', expected_generation=7)

    assert why.code == 'STALE'
    assert why.message == "generation 7 was expected, and 'rviz' is at 1"
    chain.deprovision('rviz', expected_generation=1)


def test_by_id_and_again(chain):
    id = chain['rviz'].id
    chain.deprovision(id)
    before = chain.events()

    assert [each.id for each in chain.deprovision(id)] == [id]
    assert chain.events() == before
    chain.settle()
    assert refusal(chain.deprovision, id).code == 'NOT_FOUND'


# Recover


def test_recover_raises_the_epoch_above_all_that_was_applied(chain):
    chain.say('rover1', applied=(4, 2))
    assert chain.fleet.behind() == 'rover1'
    chain.forget_told()

    epoch = chain.work(lambda work: recovery.recover(work, chain.fleet))

    assert epoch == chain.fleet.epoch == 5
    assert chain.told_devices() == ['rover1']
    assert chain.desired().order == (5, chain.fleet.devices['rover1'].revision)
    assert chain.fleet.behind() == ''
    chain.restart()
    assert chain.fleet.epoch == 5


def test_two_hundred_deployments_of_one_file_are_accepted_at_once(fleet):
    for number in range(20):
        fleet.device(f'robot_{number}')
    documents = [
        deployment(
            f'd{number}', *[f'd{number - 1}'] * (number % 10 > 0), on=f'robot_{number % 20}'
        )
        for number in range(200)
    ]

    fleet.apply(*documents)

    assert len(fleet.fleet.deployments) == 200


def test_the_package_of_the_builders_is_that_of_the_manifest(fleet):
    (pack,) = fleet.fleet.packages.values()

    assert pack == built_package()
