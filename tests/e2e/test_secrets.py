"""Secrets of every kind, put where they belong, and looked for everywhere else."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
from sqlalchemy import inspect, text

from shared.domain.access import hash_of
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from tests.e2e.running import leeway, local_stack
from tests.support.kafka.secured import Secured
from tests.support.port import free_port
from tests.support.postgres import Postgres
from tests.support.process import Service, services
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import wait_until

WORD = "xyzzy"  # every secret holds it; the mark makes it differ when it is quoted
SHUT_OUT, REFUSED = "password authentication failed", "SaslAuthenticationFailed"
SECRETS = {
    name: f"{WORD}@{name}"
    for name in ("database", "kafka", "heartbeat", "token", "bearer", "webhook", "mail", "chat")
}


def leaks(text: str) -> list[str]:
    """Return every place that holds a secret, however it is written."""
    marks = {WORD}
    for secret in SECRETS.values():
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        marks |= {quote(secret), quote_plus(secret), encoded[:-1], hash_of(secret)}
    pattern = ".{0,80}(?:" + "|".join(map(re.escape, marks)) + ").{0,40}"
    return re.findall(pattern, text)


def test_what_looks_for_secrets_finds_them() -> None:
    secret = SECRETS["kafka"]
    encoded = base64.b64encode(secret.encode()).decode()
    assert len(leaks(f"{secret}\n{quote(secret)}\n{encoded}\n{hash_of(secret)}\nnothing")) == 4


def environment(database: str, folder: Path) -> dict[str, str]:
    """Return settings with every secret; Kafka is away."""
    tokens = folder / "tokens.yaml"
    entry = {"sha256": hash_of(SECRETS["token"]), "name": "ada", "scopes": ["admin"]}
    tokens.write_text(json.dumps([entry]))
    return {
        "LEEWAY_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        "LEEWAY_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "LEEWAY_KAFKA_SASL_USERNAME": "leeway",
        "LEEWAY_KAFKA_SASL_PASSWORD": SECRETS["kafka"],
        "LEEWAY_DATABASE_URL": database,
        "LEEWAY_API_TOKENS_FILE": str(tokens),
        "LEEWAY_HEARTBEAT_URL": f"http://127.0.0.1:{free_port()}/{SECRETS['heartbeat']}",
        "LEEWAY_HEARTBEAT_SECONDS": "1",
        "LEEWAY_LOG_LEVEL": "DEBUG",
    }


@pytest.fixture
async def guarded_database(postgres: Postgres, postgres_url: str) -> str:
    """The URL of a database that asks for the password which the URL holds."""
    user = await postgres.create_user(SECRETS["database"])
    await upgrade(postgres_url)
    name = postgres_url.rpartition("/")[2]
    await postgres.execute(f'ALTER DATABASE "{name}" OWNER TO "{user}"')
    await postgres.execute(f'GRANT pg_read_all_data, pg_write_all_data TO "{user}"')
    password = quote_plus(SECRETS["database"])
    return f"postgresql+asyncpg://{user}:{password}@{postgres.host}:{postgres.port}/{name}"


def test_services_that_lose_their_database_tell_no_secret(
    postgres: Postgres, guarded_database: str, tmp_path: Path
) -> None:
    with services(tmp_path, environment(guarded_database, tmp_path)) as started:
        api = started.start("api", LEEWAY_LOG_FORMAT="json")
        others = [started.start(n, LEEWAY_LOG_FORMAT="json") for n in ("evaluator", "ingest")]
        for service in (api, *others):
            service.until_answering("/healthz", 200)
        asyncio.run(shut_out(postgres, guarded_database))
        wait_until(
            partial(trouble_of, api, SHUT_OUT), "the api knows that it is shut out", within=60
        )
        found = "\n".join(answers_of(api, *others))
    assert SHUT_OUT in found
    assert leaks(found + "".join(service.told() for service in started.running)) == []


async def shut_out(postgres: Postgres, url: str) -> None:
    """Let the password be wrong from now on."""
    user = str(urlsplit(url).username)
    await postgres.execute(f"ALTER USER \"{user}\" PASSWORD 'another'")
    await postgres.terminate_connections(url)


def trouble_of(service: Service, reason: str) -> bool:
    """Tell whether a service is not ready for this reason."""
    answer = service.get("/readyz")
    return answer is not None and answer.status_code == 503 and reason in answer.text


def test_services_that_find_no_database_tell_no_secret(tmp_path: Path) -> None:
    password = quote_plus(SECRETS["database"])
    nowhere = f"postgresql+asyncpg://leeway:{password}@127.0.0.1:{free_port()}/leeway"
    with services(tmp_path, environment(nowhere, tmp_path)) as started:
        for name in ("api", "evaluator", "ingest"):
            started.start(name)
        for service in started.running:
            # Ingest asks Kafka first, and gets no further.
            trouble = "cannot connect to Kafka" if service.name == "ingest" else "does not answer"
            service.until_told(trouble, within=60)
    assert leaks("".join(service.told() for service in started.running)) == []


def test_services_that_kafka_does_not_let_in_say_so_and_tell_no_secret(
    secured_kafka: Secured, database_url: str, tmp_path: Path
) -> None:
    settings = environment(database_url, tmp_path) | {
        "LEEWAY_KAFKA_BOOTSTRAP": secured_kafka.passwords,
        "LEEWAY_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "LEEWAY_KAFKA_SASL_MECHANISM": "PLAIN",  # the one that sends the password itself
        "LEEWAY_KAFKA_SSL_CA_FILE": str(secured_kafka.files.authority),
    }
    with services(tmp_path, settings) as started:
        api, *others = [started.start(name) for name in ("api", "evaluator", "ingest")]
        for service in others:
            wait_until(partial(trouble_of, service, REFUSED), REFUSED, within=60)
        api.until_answering("/readyz", 200)  # events alone need Kafka
        found = "\n".join(answers_of(api, *others))
    checked = leeway("topics", "check", env=settings)
    assert (checked.code, checked.out) == (3, "")
    assert REFUSED in checked.err
    told = "".join(service.told() for service in started.running)
    assert "Kafka cannot be reached" in found
    assert leaks(found + told + checked.out + checked.err) == []


def answers_of(api: Service, *others: Service) -> Iterator[str]:
    """Ask whatever there is to ask, with a secret that is worth nothing, and with a good one."""
    url = f"http://127.0.0.1:{api.port}"
    bad, good = ({"authorization": f"Bearer {SECRETS[name]}"} for name in ("bearer", "token"))
    with httpx.Client(base_url=url, timeout=30) as client:
        for headers in (bad, good):
            for path in ("/v1/slos", "/v1/tokens", "/v1/audit", "/"):
                yield told_by(client.get(path, headers=headers))
            yield told_by(client.post("/v1/events", headers=headers, content=b'{"service": "a"}'))
        yield told_by(client.post("/login", data={"token": SECRETS["bearer"]}))
    for service in (api, *others):
        for path in ("/metrics", "/readyz", "/healthz"):
            answer = service.get(path)
            assert answer is not None
            yield told_by(answer)


def told_by(answer: httpx.Response) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{headers}\n{answer.text}"


TARGETS = """
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: hook, annotations: {{leeway/url: "{nowhere}/", leeway/secret-env: HOOK}}}}
spec: {{target: webhook}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: echo, annotations: {{leeway/url-env: ECHO}}}}
spec: {{target: slack}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: other, annotations: {{leeway/type: apprise, leeway/url-env: OTHER}}}}
spec: {{target: apprise}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: mail
  annotations:
    leeway/url: smtp://127.0.0.1:{mail}
    leeway/from: a@example.com
    leeway/to: b@example.com
    leeway/user: leeway
    leeway/secret-env: MAIL
spec: {{target: email}}
"""
NAMES = ("hook", "echo", "other", "mail")


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """Refuses everything, and repeats the secret that it was sent."""
    with http_receiver() as found:
        found.status, found.answer = 400, f"no channel /{SECRETS['chat']}".encode()
        yield found


def test_receivers_in_trouble_make_nobody_tell_a_secret(
    tmp_path: Path, empty_database_url: str, receiver: HttpReceiver
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    targets = tmp_path / "targets.yaml"
    targets.write_text(TARGETS.format(nowhere=nowhere, mail=free_port()))
    other = quote_plus(SECRETS["chat"])
    env = {
        "HOOK": SECRETS["webhook"],
        "ECHO": f"{receiver.url}/{SECRETS['chat']}",
        "OTHER": f"json://user:{other}@127.0.0.1:{receiver.port}/{other}",
        "MAIL": SECRETS["mail"],
        "LEEWAY_LOG_LEVEL": "DEBUG",
    }
    up = ("--database", empty_database_url, "--definitions", str(targets))
    with local_stack(tmp_path / "data", *up, env=env) as stack:
        told = [stack.leeway("notify", "test", name) for name in NAMES]
        assert [one.code for one in told] == [1] * len(NAMES)
        token = made_token(empty_database_url)
        wait_until(lambda: stack.get("/v1/notifications")["items"], "the tests are listed")
        shown = [json.dumps(stack.get(path)) for path in ("/v1/notifications", "/v1/definitions")]
        shown += [json.dumps(stack.get("/v1/audit"))]
        shown += [httpx.get(f"{stack.url}/metrics").text]
        shown += [one.out + one.err for one in told]
        assert stack.stop() == 0
    stored = "\n".join(asyncio.run(everything_stored(empty_database_url)))
    assert "AlertNotificationTarget" in stored
    assert hash_of(token) in stored
    log = "\n".join(stack.err)
    assert "http" in log
    assert leaks("\n".join((*shown, log, stored))) == []
    assert not any(token in text for text in (*shown, log, stored))


def made_token(database: str) -> str:
    """Make a token, and return its secret, which is told this once."""
    env = {"LEEWAY_DATABASE_URL": database}
    made = leeway("token", "create", "ci", "--scope", "read", "--to", "database", env=env)
    assert made.out.startswith("leeway_"), made.err
    return made.out.strip()


async def everything_stored(database: str) -> list[str]:
    """Return every row of every table as text."""
    async with open_engine(database) as engine, engine.connect() as connection:
        tables = await connection.run_sync(lambda each: inspect(each).get_table_names())
        rows = [await connection.execute(text(f'SELECT * FROM "{name}"')) for name in tables]
        return [repr(tuple(row)) for table in rows for row in table]
