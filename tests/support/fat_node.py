"""One node that holds all of France: what the federation of seventeen must be indistinguishable from."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from regional_nodes.habits import HABITS, NEWEST_RELEASE
from regional_nodes.source import EstablishmentTree, IdScheme
from regional_nodes.store.loading import Recipe, build_store
from regional_nodes.store.numbering import in_order, number
from regional_nodes.store.opening import SourceKind, Store
from regional_nodes.store.search import Scope, search
from regional_nodes.synthetic import synthesise
from ror.access import ProfileCode
from ror.ages import AGE_CLASSES
from ror.coding import Code, Scheme
from ror.csd import ROR_IR
from ror.destinations import reference_place
from ror.model import Facility
from ror.question import MAX_LIMIT, Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.territory import DEPARTMENTS, REGIONS, RORS, Ror, Solution
from tests.support.seventeen import NOW, SCALE

Found = list[tuple[str, float | None]]
"""Units by their ``<ror>:<entityID>``, each with the distance told for it, in order."""

_FRANCE = Ror(
    id="france",
    name="France",
    regions=tuple(region for ror in RORS for region in ror.regions),
    solution=Solution.IR,
    population=sum(ror.population for ror in RORS),
)


class FatNode:
    """The data of the seventeen stores of ``seventeen.synthetic_home`` in one store, searched without a limit."""

    def __init__(self, path: Path) -> None:
        self.trees = [tree for ror in RORS for tree in _trees_of(ror.id)]
        recipe = Recipe(
            ror=_FRANCE,
            style=ROR_IR,
            release=NEWEST_RELEASE,
            name="all of France",
            source=SourceKind.SYNTHETIC,
            simulated=True,
            made_at=NOW,
        )
        build_store(path, self.trees, recipe)
        self._ids = {place: id_ for id_, place in number(in_order(self.trees)).facilities.items()}
        self._store = Store(path)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def find(self, question: Question, profile: ProfileCode) -> Found:
        """Every unit that answers the question, the nearest first."""
        settled = replace(question, reference=reference_place(question))
        regions = frozenset(_FRANCE.regions)
        scope = Scope(profile=profile.profile, regions=regions, limit=MAX_LIMIT, on=datetime.now(UTC).date())
        found = search(self._store.connection(), regions, settled, scope)
        return [(self._ids[hit.unit], hit.distance_km) for hit in found.hits]


def _trees_of(ror: str) -> Iterator[EstablishmentTree]:
    habits = HABITS[ror]
    ids = _told_apart(ror, habits.ids)
    return iter(synthesise(ror, ids=ids, seed=1, scale=SCALE, at=NOW, release=habits.release))


def _told_apart(ror: str, ids: IdScheme) -> IdScheme:
    """The region's ids as the gateway tells them (decision 16)."""
    return IdScheme(
        legal_entity=lambda key: f"{ror}:{ids.legal_entity(key)}",
        establishment=lambda key: f"{ror}:{ids.establishment(key)}",
        facility=lambda key: f"{ror}:{ids.facility(key)}",
        provider=lambda key: f"{ror}:{ids.provider(key)}",
    )


class Questions:
    """Questions at random about what there is, so that most of them find something."""

    def __init__(self, node: FatNode, random: Random) -> None:
        self._random = random
        self._trees = node.trees
        self._age_classes = sorted(AGE_CLASSES)

    def one(self) -> Question:
        """The next question."""
        random = self._random
        tree = random.choice(self._trees)
        unit = random.choice(_units(tree))
        return Question(
            criteria=self._criteria(tree, unit),
            destinations=tuple(self._destination(tree) for _ in range(random.choice((1, 1, 1, 2, 3)))),
            reference=self._reference(tree),
            limit=random.choice((None, None, None, 1, 7, 50, 1_000, MAX_LIMIT)),
        )

    def _criteria(self, tree: EstablishmentTree, unit: Facility) -> Criteria:
        """One to three things that this very unit has; now and then one that it may lack."""
        random = self._random
        mine = [service for service in tree.services if service.entity_id.startswith(f"{unit.entity_id}_")]
        offers: dict[str, object] = {
            "activities": tuple({service.type for service in random.sample(mine, min(len(mine), 2))}),
            "care_modes": (unit.care_mode,),
            "name": random.choice(tree.establishment.name.split()),
            "available_beds": random.choice((1, 2, 5)),
            "age_days": random.choice((0, 3, 400, 6_000, 15_000, 33_000)),
            "age_classes": (Code(random.choice(self._age_classes), Scheme.AGE_CLASS),),
        }
        specialities = unit.skills.specialities if unit.skills is not None else ()
        if ordinal := [code for code in specialities if code.scheme == Scheme.SPECIALITY]:
            offers["speciality"] = random.choice(ordinal)
        devices = [device for device in tree.devices if device.entity_id.startswith(f"{unit.entity_id}_")]
        if devices:
            offers["equipment"] = random.choice(devices).type
        if unit.acts:
            offers["act"] = random.choice(unit.acts)
        chosen = random.sample(sorted(offers), min(len(offers), random.choice((0, 1, 1, 2, 3))))
        return Criteria(**{name: offers[name] for name in chosen if offers[name]})  # type: ignore[arg-type]  # by name

    def _destination(self, tree: EstablishmentTree) -> Destination:
        random = self._random
        place = random.choice((tree, random.choice(self._trees))).establishment.location
        level = random.choice(list(DestinationLevel))
        if level is DestinationLevel.COUNTRY or place is None:
            return Destination(DestinationLevel.COUNTRY, "FR")
        radius = random.choice((None, 2.0, 30.0, 120.0, 500.0))
        if level is DestinationLevel.COMMUNE:
            return Destination(level, place.commune.code, radius)
        if level is DestinationLevel.REGION:
            return Destination(level, random.choice(REGIONS).code, radius)
        return Destination(level, random.choice(DEPARTMENTS).code, radius)

    def _reference(self, tree: EstablishmentTree) -> ReferencePlace | None:
        random = self._random
        place = tree.establishment.location
        if place is None or random.random() < 0.5:
            return None
        if random.random() < 0.5:
            return ReferencePlace(commune=place.commune.code)
        return ReferencePlace(latitude=round(random.uniform(-21, 51), 4), longitude=round(random.uniform(-62, 56), 4))


def _units(tree: EstablishmentTree) -> list[Facility]:
    return [facility for facility in tree.facilities if facility.is_unit]
