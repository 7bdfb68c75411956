"""Fixtures shared by every test file, and the rule that continuous integration skips nothing."""
import os

# Before torch is imported by anyone: offline and quiet. (torch itself is kept to one thread, in reference.py: beside
# other work its threads wait for each other by spinning, and two are ten times slower than one.)
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import pathlib
import signal

import pytest

import hub_server
import support
import tinymodels


# A shell starts background jobs with SIGINT ignored, and the programs under test would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: more than half a minute of CPU time")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turns a skip into a failure where CI is set: there, everything a test needs has been installed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which continuous integration does not allow: {reason}"
    return report


@pytest.fixture(scope="session")
def apr_program() -> pathlib.Path:
    """The built `apr`; a test that needs it is skipped where it has not been built."""
    if not support.APR.exists():
        pytest.skip(f"{support.APR} is not built; run make build-tests")
    return support.APR


@pytest.fixture(params=support.cpu_levels())
def cpu_level(request, monkeypatch) -> str:
    """Every set of instructions that this processor can run, forced in turn."""
    monkeypatch.setenv("APR_CPU_LEVEL", request.param)
    return request.param


@pytest.fixture(scope="session")
def probe_program() -> pathlib.Path:
    """The built `parity-probe`."""
    if not support.PROBE.exists():
        pytest.skip(f"{support.PROBE} is not built; run make build-tests")
    return support.PROBE


@pytest.fixture(scope="session")
def hub_process() -> hub_server.Hub:
    """The loopback Hub, started once."""
    if not hub_server.SERVER.exists():
        pytest.skip(f"{hub_server.SERVER} is not built; run make build-hub")
    hub = hub_server.Hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def hub(hub_process) -> hub_server.Hub:
    """The loopback Hub in its first state: no repository, no fault, nothing recorded."""
    hub_process.reset()
    return hub_process


@pytest.fixture(scope="session")
def smollm2_gguf() -> pathlib.Path:
    """The real SmolLM2-135M-Instruct as published in GGUF, fetched once."""
    path = support.ROOT / "demo" / "work" / "smollm2-135m.gguf"
    if not path.exists():
        support.execute(support.ROOT / "Tools" / "setup" / "base-model.sh", path)
    return path


@pytest.fixture(scope="session")
def smollm2(apr_program, smollm2_gguf) -> pathlib.Path:
    """The real SmolLM2-135M-Instruct as `apr import` makes it, made again when `apr` is newer."""
    return support.cached(
        "smollm2-135m",
        lambda directory: support.apr("import", smollm2_gguf, "-o", directory / "base"),
        newer_than=[apr_program, smollm2_gguf]) / "base"


@pytest.fixture(scope="session", params=sorted(tinymodels.SHAPES))
def tiny(request) -> tinymodels.Tiny:
    """Each tiny random architecture in turn, saved by transformers, with an adapter saved by PEFT."""
    return tinymodels.tiny(request.param)


@pytest.fixture(scope="session", params=sorted(support.STACKS))
def stack(request) -> pathlib.Path:
    """The Python of each pinned HuggingFace stack in turn."""
    python = support.STACKS[request.param]
    if not python.exists():
        pytest.skip(f"{python} is not there; run make venv")
    return python
