# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine's errors in the system's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import re

import docker.errors
import requests.exceptions
import urllib3.exceptions

from roost_core import error_codes
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import RuntimeFault

# Everything that a call of the SDK raises when the engine, or the way to it, is the cause.
ENGINE_ERRORS = (
    docker.errors.DockerException,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class _Sign:
    """Words by which an error is known; `{image}` and `{said}` are filled into the text."""

    words: re.Pattern[str]
    reason_kind: ReasonKind
    code: str
    text: str


def _sign(words: str, reason_kind: ReasonKind, code: str, text: str) -> _Sign:
    return _Sign(re.compile(words, re.IGNORECASE), reason_kind, code, text)


_FULL = _sign(
    r'no space left on device|disk quota exceeded',
    ReasonKind.DISK_FULL,
    error_codes.DISK_FULL,
    'the disk of the container engine is full: free space there ({said})',
)

# Of a pull. The first one that fits counts.
_PULL_SIGNS = (
    _FULL,
    _sign(
        r'no matching manifest',
        ReasonKind.IMAGE_NOT_FOUND,
        error_codes.MISMATCH,
        'image {image} does not exist for the architecture of this device: push one that does, '
        'or deploy elsewhere',
    ),
    _sign(
        r'manifest unknown|manifest for .* not found|name unknown|name not known|'
        r'repository does not exist|no such image|invalid reference|invalid repository name',
        ReasonKind.IMAGE_NOT_FOUND,
        error_codes.IMAGE_NOT_FOUND,
        'image {image} not found: push it, or update the deployment with another image',
    ),
    _sign(
        r'unauthorized|no basic auth credentials|authentication required|denied|forbidden',
        ReasonKind.REGISTRY_DENIED,
        error_codes.REGISTRY_DENIED,
        'the registry denied image {image}: check its pull secret, or log the engine in ({said})',
    ),
    _sign(
        r'toomanyrequests',
        ReasonKind.REGISTRY_UNREACHABLE,
        error_codes.REGISTRY_UNREACHABLE,
        'the registry of image {image} takes no more requests for now ({said})',
    ),
    _sign(
        r'',
        ReasonKind.REGISTRY_UNREACHABLE,
        error_codes.REGISTRY_UNREACHABLE,
        'image {image} cannot be pulled: check the registry, and the network to it ({said})',
    ),
)

# Of creating and starting.
_CONTAINER_SIGNS = (
    _FULL,
    _sign(
        r'no such image',
        ReasonKind.IMAGE_NOT_FOUND,
        error_codes.IMAGE_NOT_FOUND,
        'image {image} is not on this device: let it be pulled, or load it',
    ),
    _sign(
        r'address already in use|port is already allocated',
        ReasonKind.PORT_TAKEN,
        error_codes.PORT_TAKEN,
        'a port is taken by another program: end that, or use another port ({said})',
    ),
    _sign(
        r'bind source path does not exist',
        ReasonKind.MOUNT_FAILED,
        error_codes.MOUNT_FAILED,
        'the container engine does not find a folder to mount: an executor in a container needs '
        'its folders at the same paths as the device has them ({said})',
    ),
    _sign(
        r'executable file not found|exec: .*(no such file or directory|permission denied)',
        ReasonKind.COMMAND_MISSING,
        error_codes.EXITED,
        'its command does not exist, or may not be executed: correct the package ({said})',
    ),
    _sign(
        r'',
        ReasonKind.CREATE_FAILED,
        error_codes.CREATE_FAILED,
        'the container engine refused it: {said}',
    ),
)

# Of starting what an engine had begun to start, or to remove, when it was killed: it never gets
# over that.
_LEFT_BEHIND = re.compile(
    r'\bid already in use$|^task [0-9a-f]{64}: already exists|^container is marked for removal|'
    r'\bmkdir \S+/[0-9a-f]{64}: file exists$|^container with given ID already exists$'
)

_NOISE = re.compile(
    r'^(failed to create (shim|task)[\w ]*: |OCI runtime (create|exec) failed: |'
    r'runc create failed: |exec failed: |'
    r'container_linux\.go:\d+: |starting container process caused: |'
    r'unable to start container process: |process_linux\.go:\d+: |'
    r'error during container init: |container init caused: |'
    r'Error response from daemon: |error creating [\w ]+: )+'
)


def said(error: BaseException) -> str:
    """Give what the engine said, without the layers that it went through."""
    text = error.explanation if isinstance(error, docker.errors.APIError) else ''
    return plain(str(text or error))


def plain(text: str) -> str:
    """Give an engine's text without the layers that it went through."""
    return _NOISE.sub('', text.strip()).removesuffix(': unknown')[:400]


def pull_fault(text: str, image: str) -> RuntimeFault:
    """Say why an image could not be pulled, from the engine's text."""
    return _told(_PULL_SIGNS, text, image)


def pull_failed(error: BaseException, image: str, stall_sec: float) -> RuntimeFault:
    """Say why an image could not be pulled, from what the call raised."""
    if isinstance(error, docker.errors.APIError):
        return pull_fault(said(error), image)
    if timed_out(error):
        return pull_fault(f'nothing came for {stall_sec:g} s', image)
    return unreachable(error)


def unreachable(error: BaseException) -> RuntimeFault:
    """Say that the engine does not answer."""
    return RuntimeFault(
        ReasonKind.ENGINE_UNREACHABLE,
        error_codes.ENGINE_UNREACHABLE,
        'the container engine does not answer: check that it runs, and that the executor may use '
        f'its socket ({_root(error)})',
    )


def not_ended(subject: str, why: str) -> RuntimeFault:
    """Say that something could not be stopped or removed."""
    return RuntimeFault(
        ReasonKind.STOPPING,
        error_codes.REMOVE_FAILED,
        f'{subject} could not be ended: look at it on the device ({why})',
    )


def busy(name: str) -> RuntimeFault:
    """Say that the engine does not get done with a container."""
    return RuntimeFault(
        ReasonKind.CREATE_FAILED,
        error_codes.ENGINE_UNREACHABLE,
        f'the container engine is not done yet with an earlier call about container {name}',
    )


def made_anew(name: str) -> RuntimeFault:
    """Say that a container had to be removed which the engine cannot start any more."""
    return RuntimeFault(
        ReasonKind.CREATE_FAILED,
        error_codes.ENGINE_UNREACHABLE,
        f'the container engine was ended in the middle of a call about container {name}, which is'
        ' made anew',
    )


def moved(name: str, source: str) -> RuntimeFault:
    """Say that a container was removed because a link leads elsewhere from what it mounted."""
    return RuntimeFault(
        ReasonKind.MOUNT_FAILED,
        error_codes.MOUNT_FAILED,
        f'{source}, which container {name} mounts, is a link by now: the container is made anew',
    )


def left_behind(error: BaseException) -> bool:
    """Tell whether a start is refused because of what an engine left behind that was killed."""
    return isinstance(error, docker.errors.APIError) and bool(_LEFT_BEHIND.search(said(error)))


def is_unexplained(error: BaseException) -> bool:
    """Tell whether an engine refused a container for a cause that we do not know."""
    return (
        isinstance(error, docker.errors.APIError)
        and _fitting(_CONTAINER_SIGNS, said(error)) is _CONTAINER_SIGNS[-1]
    )


def create_failed(text: str) -> RuntimeFault:
    """Say why a container cannot be created."""
    return RuntimeFault(ReasonKind.CREATE_FAILED, error_codes.CREATE_FAILED, text)


def not_running(name: str) -> RuntimeFault:
    """Say that nothing can be run beside a container's program."""
    return create_failed(f'container {name} does not run')


def is_status(error: BaseException, *statuses: int) -> bool:
    """Tell whether the engine answered with one of these HTTP statuses."""
    return isinstance(error, docker.errors.APIError) and error.status_code in statuses


@contextmanager
def told(image: str = '') -> Iterator[None]:
    """Raise what the engine's calls raise within the block as faults."""
    try:
        yield
    except ENGINE_ERRORS as error:
        if not isinstance(error, docker.errors.APIError):
            raise unreachable(error) from error
        raise _told(_CONTAINER_SIGNS, said(error), image) from error


def _told(signs: tuple[_Sign, ...], text: str, image: str) -> RuntimeFault:
    sign = _fitting(signs, text)
    shown = sign.text.format(image=image, said=text)
    return RuntimeFault(sign.reason_kind, sign.code, shown)


def _fitting(signs: tuple[_Sign, ...], text: str) -> _Sign:
    return next(each for each in signs if each.words.search(text))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def timed_out(error: BaseException) -> bool:
    kinds = (TimeoutError, requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _root(error: BaseException) -> str:
    """Find the operating system's word among the wrappers around it."""
    words = [each.strerror for each in _causes(error) if isinstance(each, OSError)]
    found = next((word for word in words if word), None)
    return found or ('no answer in time' if timed_out(error) else str(error)[:200])
