"""Run a program as an ordinary user: `python -I as_user.py USER FOLDERS PROGRAM ARGUMENT...`, started by root.

FOLDERS, one a line, are opened before root's rights are dropped, and appear in the arguments as /proc/self/fd/N, so
the program can use them wherever they are, even below root's closed home, without any capability.
"""

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main(name: str, folders: str, *argv: str) -> None:
    """Become the user and the program; does not return."""
    opened = {folder: _open_folder(folder) for folder in folders.splitlines()}
    entry = pwd.getpwnam(name)
    os.chdir("/")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)  # from root: the kernel takes all capabilities away
    if sys.platform.startswith("linux"):
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT.value)  # a change of user has cleared our parent's wish
    program, *arguments = argv
    for folder, path in opened.items():
        arguments = [argument.replace(folder, path) for argument in arguments]
    os.execv(program, [program, *arguments])  # noqa: S606


def _open_folder(folder: str) -> str:
    """An open folder's path, valid in this process and its children."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(fd, True)
    return f"/proc/self/fd/{fd}"


if __name__ == "__main__":
    main(*sys.argv[1:])
