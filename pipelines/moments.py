"""Times as people write them, read as UTC."""

from datetime import UTC, datetime, timedelta

from pipelines.usage import WrongUsage


def as_utc(text: str) -> datetime:
    """An ISO 8601 day or time; without an offset it is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(f"time {text!r}: expected ISO 8601 such as 2025-07-01 or 2025-07-01T12:00:00Z") from None


CLOCKS_DIFFER = timedelta(days=1)
ANNOUNCED = timedelta(days=731)
"""So far ahead a price may be announced; what is dated further ahead was typed wrong."""


def on_record(text: str | None, *, now: datetime) -> datetime:
    """When something was on record: now if nobody says, and never ahead of it."""
    moment = as_utc(text) if text else now
    if moment > now + CLOCKS_DIFFER:
        raise WrongUsage(f"recorded at {text}: ahead of now ({now:%Y-%m-%d}); expected a moment that has been")
    return moment


def was_so(text: str, *, recorded_at: datetime) -> datetime:
    """When something that was on record at ``recorded_at`` was so, or is to be so as was announced."""
    moment = as_utc(text)
    if moment > recorded_at + ANNOUNCED:
        raise WrongUsage(
            f"observed at {text}: more than two years after it was on record ({recorded_at:%Y-%m-%d}); expected a "
            "moment before that, or one that is announced"
        )
    return moment
