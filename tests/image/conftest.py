"""Each image is built once."""

import pytest

from tests.image.docker import SERVICE, TRAINING, build


@pytest.fixture(scope="session")
def service_image() -> str:
    """The service's image for a CPU."""
    build(SERVICE, "--file", "docker/Dockerfile", "--build-arg", "VERSION=0.0.0+test", ".")
    return SERVICE


@pytest.fixture(scope="session")
def training_image() -> str:
    """The training image."""
    build(TRAINING, "--file", "docker/Dockerfile", "--target", "training", ".")
    return TRAINING
