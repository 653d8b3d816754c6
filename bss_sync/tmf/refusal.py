"""How a face says no: an HTTP status, TM Forum's error code and a reason that a person understands."""

from typing import Any


class FaceRefusal(Exception):
    """`status` is the HTTP status; the body is TMF630's Error."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason

    @property
    def body(self) -> dict[str, Any]:
        return {"code": str(self.status), "reason": self.reason, "status": str(self.status), "@type": "Error"}


def bad(reason: str) -> FaceRefusal:
    """The request cannot be understood, or may not be made so."""
    return FaceRefusal(400, reason)


def missing(name: str) -> FaceRefusal:
    """What was sent is not said again: an id may be a subscriber's number."""
    return FaceRefusal(404, f"there is no {name} of this id")
