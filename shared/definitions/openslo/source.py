"""DataSource and Service."""

from shared.definitions.openslo.metadata import DESCRIPTION
from shared.definitions.shape import Anything, Field, Mode, Struct, Text

DATA_SOURCE = Struct(
    (
        DESCRIPTION,
        Field("type", Text(), required=Mode.BOTH),
        Field("connectionDetails", Anything(), required=Mode.STRICT),
    )
)

SERVICE = Struct((DESCRIPTION,))
