"""Small models and texts as fixtures; no names to import: of several conftest modules Python knows one."""

import os
from collections.abc import Callable, Iterator
from typing import Any

# The tests' own language, and the CPU's exact numbers, whatever the machine has: before torch looks for a GPU
os.environ |= {"TALENTLAB_LANGUAGE": "en", "LC_ALL": "C.UTF-8", "CUDA_VISIBLE_DEVICES": ""}
os.environ.pop("LANGUAGE", None)

import pytest
import torch
from builders import build_model, build_texts

from talentlab.data.batching import TokenizedText


@pytest.fixture
def tiny_model() -> Callable[..., Any]:
    return build_model


@pytest.fixture
def tiny_texts() -> Callable[..., TokenizedText]:
    return build_texts


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Work this small is slower on two threads, and much slower where another process wants the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
