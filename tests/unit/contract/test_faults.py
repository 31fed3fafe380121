import json

import pytest

from sonant.contract import faults
from sonant.contract.faults import FAULTS, FaultBody, decode_fault, encode_fault, find_hint


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.status} {fault.message[:40]}")
def test_what_one_side_writes_the_other_reads(fault: faults.Fault) -> None:
    body = decode_fault(encode_fault(fault, "r-1", detail="DETAIL"))
    assert body.err_msg == fault.message.replace("{detail}", "DETAIL")
    if fault.shape != "text":
        assert (body.err_code, body.request_id) == (fault.code, "" if fault.shape == "nameless" else "r-1")
    if fault.hint:
        assert find_hint(fault.status, body)


def test_the_catalogue_has_no_doubles() -> None:
    assert len({(f.status, f.code, f.message) for f in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b'{"err_code":"A","err_msg":"b","request_id":"c"}', FaultBody("A", "b", "c")),
        (b'{"category":"A","message":"b","details":"d","request_id":"c"}', FaultBody("A", "b", "c", "d")),
        (b'{"error_code":"A","err_msg":"b","request_id":"c"}', FaultBody("A", "b", "c")),
        (b'{"error":"no"}', FaultBody(err_msg="no")),
        (b"plain words", FaultBody(err_msg="plain words")),
        (b"[1]", FaultBody(err_msg="[1]")),
        (b"", FaultBody()),
        (b"\xff\xfe", FaultBody(err_msg="��")),
    ],
)
def test_reads_error_bodies_of_every_shape(raw: bytes, body: FaultBody) -> None:
    assert decode_fault(raw) == body


def test_a_modern_body_carries_its_details_apart() -> None:
    body = json.loads(encode_fault(faults.INVALID_JSON, "r", detail="missing field `x`"))
    assert body == {
        "category": "INVALID_JSON",
        "message": "Invalid JSON submitted.",
        "details": "missing field `x`",
        "request_id": "r",
    }


def test_the_hint_fits_the_message_before_the_code() -> None:
    assert "models.get_all" in find_hint(400, FaultBody("Bad Request", faults.NO_SUCH_MODEL.message))
    assert find_hint(400, FaultBody("Bad Request", "something unheard of")) == find_hint(
        400, FaultBody("Bad Request", "another")
    )
    assert find_hint(599, FaultBody()) == ""


def test_a_message_says_something_before_its_gap() -> None:
    assert [fault.message for fault in FAULTS if fault.message.startswith("{")] == []
