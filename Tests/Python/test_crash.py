"""`kill -9`, shortened; in full it is `make crash-test`."""
import pytest

import crash_harness
import support


@pytest.mark.slow
def test_killed_runs_lose_nothing(apr_program, tmp_path):
    if not crash_harness.PROBE.exists():
        pytest.skip(f"{crash_harness.PROBE} is not built; run make build-tests")
    crashes = crash_harness.run(tmp_path, per_point=1, randomly=3, by_apr=3, seed=3)
    assert crashes.count >= len(crash_harness.POINTS) + len(crash_harness.TWO_STEP_POINTS) + 6
