"""The socket of the service."""

import socket

from service.cli.faults import UserFault


def bind(host: str, port: int) -> socket.socket:
    """A socket that will listen there, taken before the long work of loading starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UserFault(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
    return listener
