r"""What a text that comes in pieces says about itself beside its words: a control may lie over two of them. Pure."""

from __future__ import annotations

from sonant.client.errors import BadOptionValue
from sonant.client.wording import bad_control
from sonant.contract.speak import BadControl, Pause, Piece, check_controls, find_open_control, parse_controls


class Controls:
    """Of the text that a live voice was given since the last `Flush`.

    Args:
        turns: whether it is `/v2/speak`, which knows no pauses, and takes any number of pronunciations in a turn.
    """

    __slots__ = ("_pieces", "_rest", "_turns")

    def __init__(self, *, turns: bool) -> None:
        self._turns = turns
        self.begin()

    def begin(self) -> None:
        """What comes belongs to another `Flush`."""
        self._pieces: list[Piece] = []
        self._rest = ""
        """What may be the beginning of a control."""

    @property
    def has_any(self) -> bool:
        """Whether there is more than words."""
        return not all(isinstance(piece, str) for piece in self._pieces)

    def add(self, text: str, speed: float) -> None:
        """Take a piece; nothing of it if it is refused.

        Raises:
            BadOptionValue: a control is not written as it should be, or does not go with the others.
        """
        whole = self._rest + text
        end = find_open_control(whole)
        pieces = parse(whole[:end])
        if self._turns and any(isinstance(piece, Pause) for piece in pieces):
            raise BadOptionValue("Pauses are for speak.live and speak.request_flux: this stream does not know them.")
        together = pieces if self._turns else [*self._pieces, *pieces]
        try:
            check_controls(together, speed)
        except BadControl as error:
            raise bad_control(error) from None
        self._pieces, self._rest = [*self._pieces, *pieces], whole[end:]

    def check_end(self, text: str = "") -> None:
        """See that each control is complete with a text, behind which there is a `Flush`.

        Raises:
            BadOptionValue: one is not, or is not written as it should be.
        """
        parse(self._rest + text)


def parse(text: str) -> list[Piece]:
    """A text and what it says about itself, in order.

    Raises:
        BadOptionValue: a control is not written as it should be.
    """
    try:
        return parse_controls(text)
    except BadControl as error:
        raise bad_control(error) from None
