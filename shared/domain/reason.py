"""Why a record is not counted: the closed set of rejection reasons."""

from enum import StrEnum

INVALID_PREFIX = "__invalid__/"  # pseudo SLO under which rejected records are counted


class Reason(StrEnum):
    """Header `leeway.reason`, metric label and suffix of `__invalid__/` at once."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    WRONG_TYPE = "wrong_type"
    NO_SERVICE = "no_service"
    BAD_TIME = "bad_time"
    TOO_LATE = "too_late"
    IN_THE_FUTURE = "in_the_future"
    BAD_WEIGHT = "bad_weight"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    BAD_TEXT = "bad_text"
