from leeway.stack.environment import Surroundings, fresh_run_id

AROUND = Surroundings(
    inherited={
        "PATH": "/bin",
        "LEEWAY_LOG_LEVEL": "DEBUG",
        "LEEWAY_KAFKA_SASL_USERNAME": "bob",
        "LEEWAY_KAFKA_BOOTSTRAP": "elsewhere:9092",
        "LEEWAY_GROUP_PREFIX": "other-",
        "LEEWAY_DATABASE_URL": "postgresql+asyncpg://elsewhere/leeway",
    },
    bootstrap="127.0.0.1:1234",
    database_url="sqlite+aiosqlite:////data/leeway.sqlite3",
    data="/data",
    api="http://127.0.0.1:8080",
    run_id="run",
)


def test_what_concerns_another_cluster_does_not_reach_the_children() -> None:
    environment = AROUND.of_service(8081)
    assert environment["LEEWAY_KAFKA_BOOTSTRAP"] == "127.0.0.1:1234"
    assert environment["LEEWAY_DATABASE_URL"] == "sqlite+aiosqlite:////data/leeway.sqlite3"
    assert "LEEWAY_KAFKA_SASL_USERNAME" not in environment
    assert "LEEWAY_GROUP_PREFIX" not in environment


def test_everything_else_does() -> None:
    environment = AROUND.of_service(8081)
    assert environment["PATH"] == "/bin"
    assert environment["LEEWAY_LOG_LEVEL"] == "DEBUG"


def test_a_service_learns_where_to_listen_and_which_run_it_belongs_to() -> None:
    environment = AROUND.of_service(8081)
    assert environment["LEEWAY_HTTP_PORT"] == "8081"
    assert environment["LEEWAY_HTTP_HOST"] == "127.0.0.1"
    assert environment["LEEWAY_LOCAL_RUN_ID"] == "run"
    assert environment["LEEWAY_DATA_DIR"] == "/data"
    assert "LEEWAY_HTTP_PORT" not in AROUND.of_tool()


def test_every_run_has_a_name_of_its_own() -> None:
    assert fresh_run_id() != fresh_run_id()
