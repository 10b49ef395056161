"""Lanes whose threads work with the ORM: each keeps a connection of its own, and leaves it fit for the next job."""

import os
import socket
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from psycopg import Error as PostgresError

from tempsms.lib.lanes import Lane


def make_lane(name: str, threads: int, seconds: float) -> Lane:
    """Return a lane of so many threads; each job may take so many seconds, waiting included."""
    return Lane(name, threads, seconds, give_back, _thread_connection, sever)


def give_back() -> None:
    """Leave no transaction open and no connection that is broken or too old."""
    for connection in connections.all(initialized_only=True):
        try:
            if connection.in_atomic_block:  # it would stay so, even closed
                connection.close()
                del connections[connection.alias]
            elif connection.errors_occurred:
                connection.close()
            else:
                connection.close_if_unusable_or_obsolete()
        except (DatabaseError, InterfaceError, PostgresError):
            del connections[connection.alias]


def sever(wrapper: Any) -> None:
    """End with an error what waits on this thread's connection; a server that is frozen never would."""
    with (
        suppress(OSError, PostgresError, AttributeError),
        socket.socket(fileno=os.dup(wrapper.connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def _thread_connection() -> Any:
    return connections["default"]
