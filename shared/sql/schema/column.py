"""What columns of all tables have in common."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


NAME = Text().with_variant(Text(collation="C"), "postgresql")  # sorts alike everywhere

metadata = MetaData()
