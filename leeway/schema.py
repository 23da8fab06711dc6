"""`leeway schema`: what definition files look like, for editors."""

from leeway.terminal import Output, write_data
from shared.definitions.schema import json_schema


def schema() -> None:
    """Print the JSON Schema (2020-12) of definition files, so that editors complete and check.

    A server answers with the same at /v1/schema.

    For example:

      leeway schema > leeway.schema.json

      # and at the top of a YAML file, for editors with the YAML language server:

      # yaml-language-server: $schema=leeway.schema.json
    """
    write_data(json_schema(), Output.JSON)
