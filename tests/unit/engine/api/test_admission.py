import asyncio

import pytest

from sonant.contract.faults import TOO_MANY_REQUESTS
from sonant.engine.api.admission import Admission
from sonant.engine.refusals import Refusal


async def test_full_means_no() -> None:
    admission = Admission(concurrency=1, queue_limit=1)
    with admission.enter(), admission.enter():
        with pytest.raises(Refusal) as caught, admission.enter():
            pass
        assert caught.value.fault is TOO_MANY_REQUESTS
        assert caught.value.retry_after is not None
        assert 1 <= caught.value.retry_after <= 60
    with admission.enter():
        assert admission.inside == 1
    assert admission.inside == 0


async def test_only_so_many_work_at_once() -> None:
    admission = Admission(concurrency=2, queue_limit=9)
    most = 0

    async def work() -> None:
        nonlocal most
        async with admission.slot():
            most = max(most, admission.working)
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(6)))
    assert most == 2
    assert admission.working == 0
