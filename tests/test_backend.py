"""The backend's memory and kernels."""

import importlib
import os
import platform
import subprocess
import sys

import pytest

import colorize_lib

FAULTS = """
import resource
from colorize_lib.backend import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        b"x" * 2**26
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

given_back = faults()
keep_freed_memory()
b"x" * 2**26
print(given_back, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_memory_that_was_freed_is_used_again():
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    given_back, kept = map(int, run.stdout.split())
    assert kept < given_back / 10


def test_tensorflow_is_told_to_use_the_kernels_of_onednn(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    importlib.reload(colorize_lib)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    importlib.reload(colorize_lib)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0", "whoever sets it knows why"


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="oneDNN's kernels are for x86 processors")
def test_tensorflow_uses_the_kernels_of_onednn():
    code = "import colorize_lib, tensorflow.python.util._pywrap_util_port as port; print(port.IsMklEnabled())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
