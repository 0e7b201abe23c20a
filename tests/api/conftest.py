import pytest
from integrator import Caller


@pytest.fixture(scope="module")
def caller(dancu):
    """A caller of the programming interface, with the token that the demonstration prints."""
    return Caller(dancu)
