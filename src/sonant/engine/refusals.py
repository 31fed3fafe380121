"""How any part of the engine says no."""

from sonant.contract.faults import Fault


class Refusal(Exception):  # it is an answer, not a mistake of ours
    """A request that is answered with a fault of the catalogue.

    Attributes:
        fault: the entry of the catalogue.
        detail: fills the gap in the fault's message.
        retry_after: seconds after which it is worth asking again; None where that would not help.
    """

    def __init__(self, fault: Fault, detail: str = "", *, retry_after: int | None = None) -> None:
        self.fault, self.detail, self.retry_after = fault, detail, retry_after
        super().__init__(fault.message.replace("{detail}", detail))
