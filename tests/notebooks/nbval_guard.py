"""A pytest plugin beside nbval: a cell that was given up counts as failed.

After an error nbval marks the rest of a notebook as expected failures, which pytest counts as success; a kernel that
dies would otherwise pass with hardly a cell compared.
"""

import pytest

_OUTPUT_LIMIT_S = 20  # for a message after a cell's end; nbval's own 5 s are short for a busy machine


def pytest_itemcollected(item):
    item.output_timeout = _OUTPUT_LIMIT_S


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.name}: not compared ({report.wasxfail})"
        del report.wasxfail
    return report
