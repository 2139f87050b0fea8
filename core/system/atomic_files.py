"""Files that a crash, a kill or a power cut leaves old or new, never half: written beside,
made to last, then named.

Nothing here knows what the files hold.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable, Generator
from functools import lru_cache
from pathlib import Path

from core.system.errors import WorldError
from core.system.regular_files import PARTIAL, hidden_in, read_limited

LOCK_SECONDS = 60.0
# bytes that files which are only kept for going on after a kill leave to pictures and the database
LEFT_FREE = 256 * 2**20
CLAIM_SECONDS = 5.0  # that a claim of a name lasts
UNNAMED_SECONDS = 0.02  # and one that does not say whose it is
_CLAIM = re.compile(r"\.[0-9a-f]{16}\.claim")
# seconds after which a partial goes even where its process number lives again
_FORGOTTEN = 86_400.0
# of renameat2(2), linux/fs.h and linux/fcntl.h, and of renamex_np(2), sys/stdio.h on a Mac
_NO_REPLACE_LINUX = 1
_AT_FDCWD = -100
_EXCLUSIVE_MAC = 4
# what a system or a disk answers that does not know such a rename or a link
_UNSUPPORTED = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK}
)


def partial_beside(path: Path) -> Path:
    """A name of this process beside `path`, for what is not whole yet; see `remove_partials`."""
    return path.with_name(f".{os.getpid()}-{os.urandom(4).hex()}.partial")


def remove_partials(folder: Path) -> int:
    """Delete what processes that are gone left half written in `folder`
    (not below it); how many."""
    import psutil

    removed = 0
    for path in hidden_in(folder):
        removed += _CLAIM.fullmatch(path.name) is not None and _forget_claim(path)
        match = PARTIAL.fullmatch(path.name)
        if match is None:
            continue
        with contextlib.suppress(OSError):
            if not psutil.pid_exists(int(match[1][:9])) or _age(path) > _FORGOTTEN:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed += 1
    return removed


def _age(path: Path) -> float:
    """Seconds since it was changed; a copy has its original's time of change,
    so the time it came here counts too."""
    status = path.lstat()
    return time.time() - max(status.st_mtime, status.st_ctime)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet and make its content last;
    its name lasts after `sync_folder`.

    Raises FileExistsError where it is there, OSError where the disk refuses.
    """
    with open(path, "xb") as out:
        out.write(data)
        out.flush()
        _sync(out.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file at `path`.

    Raises OSError where that fails: the old file is as it was, unless only the last step, making
    the name last, was refused.
    """
    partial = partial_beside(path)
    try:
        write_new(partial, data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def leave_room(folder: Path, size: int) -> None:
    """Raises OSError (ENOSPC) where `size` bytes more in a folder leave less than LEFT_FREE."""
    if shutil.disk_usage(folder).free < size + LEFT_FREE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def sync_file(path: Path) -> None:
    """Make a file's content last through a power cut."""
    mode = path.stat().st_mode
    # which Windows syncs only where it may be written
    if os.name == "nt" and not mode & stat.S_IWRITE:
        path.chmod(mode | stat.S_IWRITE)
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        _sync(handle)
    finally:
        os.close(handle)
        if os.name == "nt" and not mode & stat.S_IWRITE:
            path.chmod(mode)


def _sync(handle: int) -> None:
    """Down to the medium: on a Mac fsync stops at the drive's own memory
    (fcntl(2), F_FULLFSYNC)."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # a disk that does not know it
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make names given in a folder last through a power cut, where the
    system lets folders be synced."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as fault:  # some network disks refuse to sync a folder
        if fault.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make all files and names below `folder`, and it itself, last through a power
    cut; links are not followed."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(place) / name
            if stat.S_ISREG(path.lstat().st_mode):
                sync_file(path)
        sync_folder(Path(place))


def name_new(source: Path, target: Path) -> None:
    """Rename within a disk, in one step where the system can do that.

    Raises FileExistsError where `target` is there, OSError where the disk refuses. Where a disk can
    neither rename so nor link (exFAT, some network disks), programs of ours look and rename one at
    a time.
    """
    if os.name == "nt":
        os.rename(source, target)
        return
    if _renamed(source, target):
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as fault:
        if fault.errno not in _UNSUPPORTED:
            raise
        with _claimed(target):
            if os.path.lexists(target):
                raise FileExistsError(
                    errno.EEXIST, os.strerror(errno.EEXIST), str(source), None, str(target)
                ) from fault
            os.rename(source, target)
    else:
        if source.parent != target.parent:
            sync_folder(target.parent)
        os.unlink(source)


@contextlib.contextmanager
def _claimed(target: Path) -> Generator[None]:
    """Alone with the name `target` among programs of ours; one that was killed meanwhile has
    lost it after some seconds."""
    import hashlib

    mark = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    claim = target.with_name(f".{mark}.claim")
    until = time.monotonic() + 2 * CLAIM_SECONDS
    while True:
        try:
            with open(claim, "xb") as file:
                file.write(b"%d" % os.getpid())
            break
        except FileExistsError:
            if time.monotonic() > until:
                raise
            _forget_claim(claim)
            time.sleep(0.01)
    try:
        yield
    finally:
        claim.unlink(missing_ok=True)


def _forget_claim(claim: Path) -> bool:
    """Delete a claim that a killed program left; whether it was one."""
    import psutil

    with contextlib.suppress(OSError):
        owner = read_limited(claim, 20)[:9]  # longer is no process number
        age = time.time() - claim.lstat().st_mtime
        gone = owner.isdigit() and not psutil.pid_exists(int(owner))
        if gone or age > (CLAIM_SECONDS if owner else UNNAMED_SECONDS):
            claim.unlink()
            return True
    return False


def _renamed(source: Path, target: Path) -> bool:
    """Rename without replacing, in one step (renameat2 on Linux, renamex_np on macOS);
    False where that is not to be had."""
    import ctypes

    call = _rename_call()
    if call is None:
        return False
    if call(os.fsencode(source), os.fsencode(target)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(source), None, str(target))


@lru_cache(maxsize=1)
def _rename_call() -> Callable[[bytes, bytes], int] | None:
    import ctypes

    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            mac = library.renamex_np
            mac.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
            return lambda old, new: mac(old, new, _EXCLUSIVE_MAC)
        linux = library.renameat2
        linux.argtypes = [
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_uint,
        ]
        return lambda old, new: linux(_AT_FDCWD, old, _AT_FDCWD, new, _NO_REPLACE_LINUX)
    except (OSError, AttributeError):
        return None


def move_new(source: Path, target: Path, *, synced: bool = True) -> None:
    """Move a file or folder, to another disk too, so that at each instant one whole copy
    has one of the two names.

    Raises FileExistsError where `target` is there, OSError where a disk refuses. A kill may leave
    both names; never neither, and never half a `target`. Whoever moves many leaves out that it is
    `synced`, and syncs both folders once.
    """
    try:
        name_new(source, target)
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        copy_new(source, target)
        _delete(source)
    else:
        if synced:
            sync_folder(target.parent)
    if synced:
        sync_folder(source.parent)


def copy_new(source: Path, target: Path) -> None:
    """Copy a file or folder and make it last before it gets its name.

    Raises FileExistsError where `target` is there, OSError where a disk refuses.
    """
    partial = partial_beside(target)
    try:
        if source.is_dir():
            shutil.copytree(source, partial, symlinks=True)
            sync_tree(partial)
        else:
            shutil.copy2(source, partial)
            sync_file(partial)
        name_new(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            _delete(partial)
        raise
    sync_folder(target.parent)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path, what: str, seconds: float = LOCK_SECONDS) -> Generator[None]:
    """Alone among all processes while inside; the lock file `path` stays. Raises WorldError, which
    names `what`, where it cannot be had within `seconds`.

    Around every read-change-write of a shared file. Not to be taken twice by one thread.
    """
    # costs a start of the window that locks nothing some milliseconds
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=seconds)
    try:
        os.stat(path.parent)  # which FileLock would make
        lock.acquire()
    except Timeout as fault:
        raise WorldError(
            f"{what} is in use by another window or command.", "Wait for it, then try again."
        ) from fault
    except (OSError, NotImplementedError) as fault:
        full = getattr(fault, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
        cause = getattr(fault, "strerror", None) or fault
        remedy = "Make its folder writable, or choose another with --data DIR."
        raise WorldError(
            f"{what} cannot be locked: {cause}.", "Free some space." if full else remedy
        ) from fault
    try:
        yield
    finally:
        lock.release()
