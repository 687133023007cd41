"""What cannot be estimated, in one line: what was found, what was expected, what to do."""


class CannotEstimate(ValueError):
    """The question has no answer here; the message says why and what to ask instead."""


def positive(name: str, value: float) -> float:
    """``value`` if it is above zero, else the error that names it."""
    if not value > 0:
        raise CannotEstimate(f"{name} {value:g}: expected a number above zero")
    return value
