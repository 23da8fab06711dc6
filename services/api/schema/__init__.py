"""The JSON that the api speaks (contract, section HTTP)."""
