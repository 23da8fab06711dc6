"""Labels in Prometheus's text format."""

from services.evaluator.domain.watch import Watched


def escaped(text: str) -> str:
    """Return the text as it stands inside a label's quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def labels_of(entry: Watched, objective: str | None = None) -> str:
    """Return an entry's labels; `objective` stands for its own name where it is given."""
    labels = (
        f'slo="{escaped(entry.slo.name)}",objective="{escaped(objective or entry.objective.name)}",'
        f'service="{escaped(entry.slo.service)}"'
    )
    if entry.slo.agreement is not None:
        labels += f',agreement="{escaped(entry.slo.agreement)}"'
    group = group_of(entry)
    return labels if group is None else f'{labels},group="{escaped(group)}"'


def group_of(entry: Watched) -> str | None:
    """Return an entry's group as `field=value` pairs, None where it has none."""
    if entry.group is None:
        return None
    fields = (".".join(path) for path in entry.objective.indicator.group_by)
    pairs = zip(fields, entry.group.values, strict=False)
    return ",".join(f"{field}={_plain(value)}" for field, value in pairs)


def _plain(value: str) -> str:
    """Return a group's value so that commas in it do not look like a further field."""
    return value.replace("\\", "\\\\").replace(",", "\\,")
