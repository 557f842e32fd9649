"""Exit status 0 if the service in this container is ready: what Docker's HEALTHCHECK asks."""

import os
import sys
from http.client import HTTPConnection, HTTPException

TIMEOUT_S = 4.0


def main() -> int:
    """Ask `/readyz` on the port that the service was told to listen on."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("DRAGOMAN_PORT", "8000")), timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        print(response.status, response.read(1000).decode(errors="replace"))
    except (OSError, HTTPException) as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
