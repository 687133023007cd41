"""Times as people write them, read as UTC."""

from datetime import UTC, datetime

from pipelines.usage import WrongUsage


def as_utc(text: str) -> datetime:
    """An ISO 8601 day or time; without an offset it is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(f"time {text!r}: expected ISO 8601 such as 2025-07-01 or 2025-07-01T12:00:00Z") from None
