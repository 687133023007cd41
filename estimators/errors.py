"""What cannot be estimated, in one line: what was found, what was expected, what to do."""


class CannotEstimate(ValueError):
    """The question has no answer here; the message says why and what to ask instead."""


def positive(name: str, value: float) -> float:
    """``value`` if it is above zero, else the error that names it."""
    if not value > 0:
        raise CannotEstimate(f"{name} {value:g}: expected a number above zero")
    return value


LEAST_PARAMETERS, MOST_PARAMETERS = 1e6, 1e15


def check_parameters(total: float | None, active: float | None = None) -> None:
    """Counts, not billions, and no more at work for a token than there are."""
    for name, value in (("params_total", total), ("params_active", active)):
        if value is not None and not LEAST_PARAMETERS <= value <= MOST_PARAMETERS:
            raise CannotEstimate(f"{name} {value:g}: expected a count of parameters, such as 7e9")
    if total and active and active > total * 1.001:
        raise CannotEstimate(f"params_active {active:g}: expected at most params_total {total:g}")
