"""How many examples a law is tried with."""

import os

from hypothesis import HealthCheck, settings

IS_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
NIGHTLY_EXAMPLES = 10_000


def examples(number: int, nightly: int = NIGHTLY_EXAMPLES) -> settings:
    """So many examples, however slow the machine is today; in the nightly profile `nightly`."""
    return settings(
        max_examples=nightly if IS_NIGHTLY else number,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
