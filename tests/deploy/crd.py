"""The shapes of other operators' objects, as far as the chart uses them: nothing else may occur.

Taken from the operators' references: Prometheus operator `monitoring.coreos.com/v1`, KEDA
`keda.sh/v1alpha1`, Strimzi `kafka.strimzi.io/v1beta2`.
"""

from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
DURATION: Schema = {"type": "string", "pattern": r"^(0|[0-9]+(ms|s|m|h|d))$|^0[sm]$"}


def shape(required: str, **properties: Schema) -> Schema:
    """Return the shape of an object with these properties and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


def listed(of: Schema) -> Schema:
    """Return the shape of a list that is not empty."""
    return {"type": "array", "minItems": 1, "items": of}


SELECTOR = shape(
    "",
    matchLabels=TEXTS,
    matchExpressions=listed(shape("key operator", key=TEXT, operator=TEXT, values=listed(TEXT))),
)
ENDPOINT = shape(
    "port path",
    port=TEXT,
    path=TEXT,
    interval=DURATION,
    scrapeTimeout=DURATION,
    honorLabels={"type": "boolean"},
)
RULE = shape(
    "alert expr",
    **{"alert": TEXT, "expr": TEXT, "for": DURATION, "labels": TEXTS, "annotations": TEXTS},
)
TRIGGER = shape(
    "type metadata",
    type={"const": "kafka"},
    metadata=shape(
        "bootstrapServers consumerGroup lagThreshold",
        bootstrapServers=TEXT,
        consumerGroup=TEXT,
        topic=TEXT,
        lagThreshold={"type": "string", "pattern": "^[1-9][0-9]*$"},
        offsetResetPolicy={"enum": ["latest", "earliest"]},
        sasl={"enum": ["plaintext", "scram_sha256", "scram_sha512"]},
        tls={"enum": ["enable", "disable"]},
    ),
    authenticationRef=shape("name", name=TEXT),
)
SPECS: dict[tuple[str, str], Schema] = {
    ("monitoring.coreos.com/v1", "PodMonitor"): shape(
        "selector podMetricsEndpoints",
        jobLabel=TEXT,
        selector=SELECTOR,
        podMetricsEndpoints=listed(ENDPOINT),
    ),
    ("monitoring.coreos.com/v1", "ServiceMonitor"): shape(
        "selector endpoints", jobLabel=TEXT, selector=SELECTOR, endpoints=listed(ENDPOINT)
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule"): shape(
        "groups", groups=listed(shape("name rules", name=TEXT, rules=listed(RULE)))
    ),
    ("keda.sh/v1alpha1", "ScaledObject"): shape(
        "scaleTargetRef triggers",
        scaleTargetRef=shape("name", name=TEXT),
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        pollingInterval=COUNT,
        cooldownPeriod=COUNT,
        triggers=listed(TRIGGER),
    ),
    ("keda.sh/v1alpha1", "TriggerAuthentication"): shape(
        "secretTargetRef",
        secretTargetRef=listed(
            shape(
                "parameter name key",
                parameter={"enum": ["username", "password", "ca", "cert", "key"]},
                name=TEXT,
                key=TEXT,
            )
        ),
    ),
    ("kafka.strimzi.io/v1beta2", "KafkaTopic"): shape(
        "partitions replicas",
        partitions={"type": "integer", "minimum": 1},
        replicas={"type": "integer", "minimum": 1},
        config={
            "type": "object",
            "additionalProperties": {"type": ["string", "integer", "boolean"]},
        },
    ),
}


def is_known(manifest: dict[str, Any]) -> bool:
    """Tell whether this is an object of one of those operators."""
    return (manifest["apiVersion"], manifest["kind"]) in SPECS


def check(manifest: dict[str, Any]) -> None:
    """Raise jsonschema's ValidationError unless the object has the shape of its kind."""
    spec = SPECS[manifest["apiVersion"], manifest["kind"]]
    metadata = shape("name", name=TEXT, namespace=TEXT, labels=TEXTS, annotations=TEXTS)
    whole = shape(
        "apiVersion kind metadata spec", apiVersion=TEXT, kind=TEXT, metadata=metadata, spec=spec
    )
    jsonschema.validate(manifest, whole)
