"""What the parties of an agreement do about its versions: propose, accept, end them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from shared.domain.agreement import Signature, Standing, Version, standing_of
from shared.domain.errors import NotAllowed


class Act(StrEnum):
    """What a party does about an agreement."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done about an agreement.

    `version` and `sha256` say what was looked at: anything else is not what is meant.
    """

    act: Act
    team: str
    person: str
    version: int | None = None
    sha256: str | None = None
    note: str | None = None


def done(versions: Sequence[Version], wish: Wish, now: datetime) -> list[Version]:
    """Return the versions that differ once a wish is done; raises NotAllowed, saying why not."""
    newest = versions[-1]
    _check_party(newest, versions, wish)
    if wish.act is Act.TERMINATE:
        return _terminated(versions, wish, now)
    _check_meant(newest, wish)
    if newest.terminated is not None:
        raise NotAllowed("the agreement is terminated: a new version begins it anew")
    signature = Signature(wish.team, wish.person, now, newest.sha256, wish.note)
    if wish.act is Act.PROPOSE:
        if newest.proposed is not None:
            raise NotAllowed(f"version {newest.number} is proposed already")
        return [replace(newest, proposed=signature)]
    if newest.proposed is None:
        raise NotAllowed(f"version {newest.number} is a draft: it must be proposed first")
    if wish.team not in newest.waiting_for:
        raise NotAllowed(f"{wish.team} has accepted version {newest.number} already")
    return [replace(newest, acceptances=(*newest.acceptances, signature))]


def _terminated(versions: Sequence[Version], wish: Wish, now: datetime) -> list[Version]:
    today = now.astimezone(UTC).date()
    ended = (Standing.SUPERSEDED, Standing.EXPIRED, Standing.TERMINATED)
    found = [
        replace(
            version,
            terminated=Signature(wish.team, wish.person, now, version.sha256, wish.note),
        )
        for position, version in enumerate(versions)
        if standing_of(versions, position, today) not in ended
    ]
    if not found:
        raise NotAllowed("there is nothing to terminate: no version is in force or on its way")
    return found


def _check_party(newest: Version, versions: Sequence[Version], wish: Wish) -> None:
    if not wish.person.strip():
        raise NotAllowed("say who acts for the team: a name is missing")
    parties = newest.parties
    if wish.act is Act.TERMINATE:  # a team that the newest version leaves out may still end it
        parties = tuple(dict.fromkeys(team for version in versions for team in version.parties))
    if wish.team not in parties:
        raise NotAllowed(f"{wish.team!r} is no party; there are {', '.join(parties)}")


def _check_meant(newest: Version, wish: Wish) -> None:
    if wish.version not in (None, newest.number) or wish.sha256 not in (None, newest.sha256):
        raise NotAllowed(
            f"the agreement is at version {newest.number} now (sha256 {newest.sha256[:12]}), which "
            "is not what was looked at: read it, and decide again"
        )
