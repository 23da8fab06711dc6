"""What time is counted in: buckets of ten seconds, which begin on multiples of that."""

BUCKET = 10  # seconds


def start_of(at: int) -> int:
    """Return the start of the bucket in which `at` lies, in seconds."""
    return at // BUCKET * BUCKET


def end_of(at: int) -> int:
    """Return `at` rounded up to the end of a bucket: the newest events count."""
    return -(-at // BUCKET) * BUCKET
