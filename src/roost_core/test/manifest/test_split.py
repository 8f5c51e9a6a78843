# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""No value of a secret leaves: not in the text, and not in a problem."""

from textwrap import dedent
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
import pytest
import yaml

from roost_core.manifest import load, ManifestFile, Split, split_secrets
from roost_core.manifest.files import MAX_BYTES
from roost_core.secret import SecretSpec, SecretType

PACKAGE = """\
apiVersion: roost/v1
kind: Package
metadata: {name: turtle, version: "1"}
spec:
  components:
    - {name: main, runtime: device, executables: [{name: main, image: a}]}
"""
SECRET = """\
apiVersion: roost/v1
kind: Secret
metadata: {name: uplink}
spec:
  type: opaque
  data: {token: hunter2}
"""
HUNTER = SecretSpec(name='uplink', type=SecretType.OPAQUE, data={'token': 'hunter2'})


def split(text: str | bytes) -> Split:
    """Split, and check what holds for every outcome."""
    done = split_secrets(ManifestFile(name='a.yaml', text=text))
    assert isinstance(done.file.text, str)
    assert not (done.problems and done.secrets)
    assert 'hunter2' not in done.file.text
    assert 'hunter2' not in str(done.problems)
    assert 'hunter2' not in repr(done)
    return done


def test_a_secret_is_taken_out_and_every_other_line_keeps_its_number() -> None:
    text = f'# All of it.\n---\n{PACKAGE}---\n{SECRET}---\n{PACKAGE.replace("turtle", "robot")}'

    done = split(text)

    assert done.problems == ()
    assert [(each.spec, each.file, each.line) for each in done.secrets] == [(HUNTER, 'a.yaml', 10)]
    assert done.file == ManifestFile(
        name='a.yaml',
        text=f'\n---\n{PACKAGE}---\n\n\n\n\n\n\n---\n{PACKAGE.replace("turtle", "robot")}',
    )
    assert [document.resource for document in load([done.file]).documents] == [
        'Package/turtle',
        'Package/robot',
    ]


def test_a_login_to_a_registry() -> None:
    done = split(
        dedent("""\
        apiVersion: roost/v1
        kind: Secret
        metadata: {name: site, description: A login., labels: {site: lab}}
        spec: {type: docker, registry: 'registry.local:5000', username: ann, password: hunter2}
        """)
    )

    (secret,) = done.secrets
    assert secret.spec == SecretSpec(
        name='site',
        description='A login.',
        labels={'site': 'lab'},
        type=SecretType.DOCKER,
        registry='registry.local:5000',
        username='ann',
        password='hunter2',
    )
    assert secret.line == 1
    assert done.file.text == '\n' * 4


def test_a_file_without_secrets_stays_as_it_is() -> None:
    text = f'# A turtle.\n{PACKAGE}\n# The end.\n'

    assert split(text) == Split(file=ManifestFile(name='a.yaml', text=text))


@pytest.mark.parametrize(
    'secret',
    [
        SECRET,
        SECRET.replace('kind: Secret', 'kind: "Secret"'),
        SECRET.replace('kind: Secret', "'kind': 'Secret'"),
        SECRET.replace('kind: Secret', '"k\\x69nd": "\\x53ecret"'),
        SECRET.replace('kind: Secret', 'kind: !!str Secret'),
        SECRET.replace('kind: Secret', '? kind\n: Secret'),
        SECRET.replace('{token: hunter2}', '\n    token: &x hunter2 # and hunter2 too'),
        SECRET.replace('{token: hunter2}', '{a: &x hunter2, token: *x}').replace('a: &x', 'b: &x'),
        SECRET.replace('{token: hunter2}', '\n    token: |\n      hunter2\n      # hunter2\n'),
        '# hunter2\n' + SECRET + '# hunter2\n...\n# hunter2\n',
        yaml.safe_dump(yaml.safe_load(SECRET), default_flow_style=True, width=10_000),
    ],
)
@pytest.mark.parametrize('newline', ['\n', '\r\n'])
def test_whatever_way_it_is_written(secret: str, newline: str) -> None:
    text = f'{PACKAGE}# hunter2\n---\n{secret}---\n{PACKAGE.replace("turtle", "robot")}'
    text = text.replace('\n', newline)

    done = split(text)

    assert done.problems == ()
    assert [each.spec.name for each in done.secrets] == ['uplink']
    assert str(done.file.text).count(newline) == text.count(newline)
    loaded = load([done.file])
    assert [document.resource for document in loaded.documents] == [
        'Package/turtle',
        'Package/robot',
    ]


def test_a_document_on_the_line_of_its_marker() -> None:
    flow = yaml.safe_dump(yaml.safe_load(SECRET), default_flow_style=True, width=10_000)

    done = split(f'--- {flow}--- {flow.replace("uplink", "other")}')

    assert [each.spec.name for each in done.secrets] == ['uplink', 'other']
    assert str(done.file.text).split() == ['---', '---']


def test_a_text_that_keeps_its_empty_lines_gets_no_more_of_them() -> None:
    keeping = PACKAGE.replace('version: "1"}', 'version: "1", description: &d x}').replace(
        'metadata: {name: turtle, version: "1", description: &d x}',
        'metadata:\n  name: turtle\n  version: "1"\n  description: |+\n    A turtle.',
    )
    keeping = keeping.replace('spec:\n', '').replace('  components:', 'spec:\n  components:')
    last = 'kind: Config\napiVersion: roost/v1\nmetadata: {name: c}\nspec: {files: {a: x}}\n'
    text = f'{last}---\n{keeping}---\n{SECRET}'
    both = f'{last.replace("{files: {a: x}}", "")}  files:\n    a: |+\n      x\n---\n{SECRET}'

    for written in (text, both):
        kept = split(written)
        assert len(kept.secrets) == 1
        alone = written[: written.index('---\napiVersion: roost/v1\nkind: Secret')]
        assert [each.content for each in load([kept.file]).documents] == [
            each.content for each in load([ManifestFile(name='a.yaml', text=alone)]).documents
        ]


@pytest.mark.parametrize(
    ('text', 'line', 'message'),
    [
        (SECRET.replace('Secret', 'secret'), 2, "there is no kind 'secret'"),
        (SECRET.replace('kind: Secret\n', ''), 1, "'kind' is missing"),
        (SECRET.replace('kind: Secret', 'kind: [Secret]'), 2, "there is no kind ''"),
        (
            SECRET.replace('kind: Secret', 'kind: Package\nkind: Secret'),
            3,
            "the key '***' is there twice, first in line",
        ),
        (
            SECRET.replace('kind: Secret', 'kind: Secret\nkind: Package'),
            3,
            "the key '***' is there twice, first in line",
        ),
        (SECRET.replace('hunter2', '*hunter2'), 6, "there is no anchor '***' before this alias"),
        (SECRET.replace('hunter2', '!hunter2 a'), 6, "the tag '***' is not allowed"),
        (SECRET.replace('hunter2}', 'hunter2: a}'), 6, 'not YAML: '),
        (SECRET.replace('hunter2}', 'hunter2'), 7, 'not YAML: '),
        (SECRET.replace('hunter2', '"hunter2'), 7, 'not YAML: '),
        (SECRET.replace('hunter2', '7hunter2\x00'), 6, "the character '\\x00' cannot be in YAML"),
        ('hunter2', 1, 'a document of a manifest is a mapping'),
        ('[hunter2]', 1, 'a document of a manifest is a mapping'),
        ('kind: [hunter2', 2, 'not YAML: '),
    ],
)
@pytest.mark.parametrize('before', ['', f'{PACKAGE}---\n', '--- [\n---\n', f'{SECRET}---\n'])
def test_what_may_be_a_secret_does_not_leave(
    before: str, text: str, line: int, message: str
) -> None:
    done = split(before + text)

    line += before.count('\n')
    found = [problem for problem in done.problems if problem.line == line]
    assert any(problem.message.startswith(message) for problem in found), done.problems
    assert done.secrets == ()
    assert 'Secret' not in str(done.file.text)


@pytest.mark.parametrize(
    ('spec', 'message', 'remedy'),
    [
        (
            '{type: opaque, data: {token: 8675309}}',
            'expected text, found the number ***',
            'quote it: token: "***"',
        ),
        ('{type: opaque, data: {token: [8675309]}}', 'expected text, found a list', ''),
        ('{type: opaque, data: {"8675309": }}', "'___' has no value", 'give it one, or remove it'),
        (
            '{type: docker, registry: a, username: b, password: }',
            "'password' has no value",
            'give it one, or remove it',
        ),
        (
            '{type: opaque, data: {a: b}, token:8675309}',
            "unknown key '***'",
            'known here: type, registry, username, password, data',
        ),
        ('{type: opaque, data: "8675309"}', "expected a mapping, found the text '***'", ''),
        (
            '{type: opaque}',
            "'data' is missing",
            'an opaque secret has values by key',
        ),
        ('{type: opaque, data: {}}', "'data' is empty", 'it needs at least one key'),
        (
            '{type: opaque, data: {a b: "8675309"}}',
            "'***' is not possible here",
            "a key of a secret has letters, digits, '.', '_' and '-', at most 253 characters",
        ),
        (
            '{type: opaque, data: {a: b}, password: "8675309"}',
            "'password' is not possible here",
            'this is for secrets of the type docker',
        ),
        (
            '{type: docker, registry: a, username: b}',
            "'password' is missing",
            'a docker secret is a login: registry, username and password',
        ),
        (
            '{type: docker, registry: a, username: b, password: ""}',
            "'' is not possible here",
            'it is quoted text, and not empty',
        ),
        (
            '{type: docker, registry: "b:8675309@a", username: b, password: c}',
            "'***' is not possible here",
            "a registry is 'host' or 'host:port', for example 'registry.local:5000'",
        ),
        (
            '{type: docker, registry: "https://a", username: b, password: c}',
            "'https://a' is not possible here",
            "a registry is 'host' or 'host:port', for example 'registry.local:5000'",
        ),
        (
            '{type: docker, registry: a, username: b, pasword: "8675309", password: c}',
            "unknown key 'pasword'",
            "did you mean 'password'?",
        ),
        (
            '{type: tls}',
            "'tls' is not possible here",
            'known here: docker, opaque',
        ),
        ('"8675309"', "expected a mapping, found the text '***'", ''),
    ],
)
def test_what_is_wrong_with_a_secret_is_told_without_its_values(
    spec: str, message: str, remedy: str
) -> None:
    text = f'apiVersion: roost/v1\nkind: Secret\nmetadata: {{name: uplink}}\nspec: {spec}\n'
    file = ManifestFile(name='a.yaml', text=text)

    done = split(text)

    (problem,) = done.problems
    assert (problem.message, problem.remedy) == (message, remedy)
    assert (problem.resource, problem.line) == ('Secret/uplink', 4)
    assert '8675309' not in str(problem)
    assert str(done.file.text).strip() == ''
    assert load([file], secrets=True).problems == done.problems


@pytest.mark.parametrize('newline', ['\r', '\x85', '\u2028'])
def test_line_breaks_that_begin_no_line_for_everybody(newline: str) -> None:
    (problem,) = split(f'{PACKAGE}---\n{SECRET}'.replace('\n', newline)).problems

    assert problem.message == "this document does not begin with a line '---'"
    assert problem.line == 8


def test_another_document_without_a_marker_of_its_own() -> None:
    assert split(f'{PACKAGE}...\n{SECRET}').problems


def test_a_secret_that_is_there_twice() -> None:
    (problem,) = split(f'{SECRET}---\n{SECRET}').problems

    assert problem.message == 'Secret uplink is there twice, first in a.yaml, line 3'


def test_problems_of_other_documents_are_left_to_those_who_load_them() -> None:
    wrong = PACKAGE.replace('runtime: device', 'runtime: robot')

    done = split(f'{wrong}---\n{SECRET}')

    assert (len(done.secrets), done.problems) == (1, ())
    assert len(load([done.file]).problems) == 1


def test_a_secret_after_more_than_is_read() -> None:
    many = '---\n{}\n' * 300 + f'---\n{SECRET}'
    large = '#' * MAX_BYTES + f'\n---\n{SECRET}'

    assert split(many).problems
    assert split(large).problems
    assert split(large).file.text == ''
    assert split(SECRET.encode() + b'\xff').file.text == ''
    assert split('\ufeff' + SECRET).problems == ()


def test_the_manager_refuses_what_is_not_sealed() -> None:
    (problem,) = load([ManifestFile(name='a.yaml', text=f'{PACKAGE}---\n{SECRET}')]).problems

    assert str(problem) == (
        'a.yaml:9:7: Secret/uplink kind: a Secret must be sent sealed; `roost apply` does that'
    )


def test_those_who_wrote_it_can_have_it_checked() -> None:
    loaded = load([ManifestFile(name='a.yaml', text=SECRET)], secrets=True)

    assert [document.content for document in loaded.documents] == [HUNTER]
    assert 'hunter2' not in repr(loaded)
    assert 'hunter2' not in str(loaded.documents[0].root)


# Values with a mark that occurs nowhere else, however they are written.
VALUES = st.text(
    st.characters(exclude_characters='\x00\x85\u2028\u2029\ufeff', exclude_categories=['Cs']),
    max_size=30,
).map(lambda text: f'q7{text}z9')
SECRETS = st.one_of(
    st.dictionaries(st.from_regex(r'[A-Za-z0-9._-]{1,9}', fullmatch=True), VALUES, min_size=1).map(
        lambda data: {'type': 'opaque', 'data': data}
    ),
    st.builds(
        lambda user, password: {
            'type': 'docker',
            'registry': 'registry.local',
            'username': user,
            'password': password,
        },
        VALUES,
        VALUES,
    ),
)
STYLES = st.fixed_dictionaries(
    {
        'default_flow_style': st.booleans(),
        'default_style': st.sampled_from([None, '"', "'"]),
        'width': st.sampled_from([20, 10_000]),
        'allow_unicode': st.booleans(),
        'line_break': st.sampled_from(['\n', '\r\n']),
        'explicit_start': st.just(True),
    }
)
OTHERS = st.sampled_from([PACKAGE, '# nothing\n', '[', 'a: b\n', '"', '%x\n', '\tx\n'])


@given(
    st.lists(st.tuples(SECRETS, STYLES), min_size=1, max_size=3),
    st.lists(OTHERS, min_size=4, max_size=4),
)
@settings(max_examples=300)
@example([({'type': 'opaque', 'data': {'a': 'q7 z9'}}, {})], ['"', '"', '"', '"'])
def test_no_value_leaves(
    written: list[tuple[dict[str, Any], dict[str, Any]]], others: list[str]
) -> None:
    text = f'{others[-1]}\n'
    for index, (spec, style) in enumerate(written):
        document = {
            'apiVersion': 'roost/v1',
            'kind': 'Secret',
            'metadata': {'name': f's{index}'},
            'spec': spec,
        }
        text += yaml.safe_dump(document, **{'explicit_start': True, **style})
        text += f'---\n{others[index]}\n'

    done = split_secrets(ManifestFile(name='a.yaml', text=text))

    left = str(done.file.text)
    assert 'q7' not in left
    assert 'z9' not in left
    assert left.count('\n') == text.count('\n')
    assert 'q7' not in str(done.problems)
    if not done.problems:
        assert [{**each.spec.data} for each in done.secrets] == [
            spec.get('data', {}) for spec, _ in written
        ]


@given(st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=400)
def test_a_random_change_lets_no_value_leave(chance: Any, count: int) -> None:
    text = f'{PACKAGE}---\n{SECRET}---\n{PACKAGE}'
    for _ in range(count):
        at, length = chance.randrange(len(text)), chance.choice([0, 0, 1, 5])
        piece = chance.choice(['', '\n', ': ', '- ', '[', '}', '"', "'", '\t', '#', '|', '\r'])
        text = text[:at] + piece + text[at + length :]

    done = split_secrets(ManifestFile(name='a.yaml', text=text))

    assert 'hunter2' not in str(done.problems)
    if '---\napi' in text and len(text.split('---\n')) == 3:
        assert 'hunter2' not in str(done.file.text)
