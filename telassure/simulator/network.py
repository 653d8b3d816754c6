"""The demo network: a real backbone (SNDlib germany50 out of topohub) and an access network generated around it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from warnings import catch_warnings, simplefilter

import topohub

from telassure.kernel.events import Resource
from telassure.simulator.config import DemoConfig, JsonObject
from telassure.simulator.randomness import stream


@dataclass(frozen=True, slots=True)
class Network:
    """Every resource with what depends on it. `city` names the city of a resource; a link has that of its first end."""

    resources: dict[str, Resource]
    city: dict[str, str]
    dependants: dict[str, tuple[str, ...]]

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """The ids of these object classes, in the order in which they were built."""
        return tuple(r.resource_id for r in self.resources.values() if r.kind in kinds)

    def kind(self, resource_id: str) -> str:
        return self.resources[resource_id].kind

    def reach(self, resource_id: str) -> dict[str, int]:
        """What fails with a resource, and how many dependencies away it is; itself at 0, nearest first."""
        hops = {resource_id: 0}
        queue = deque([resource_id])
        while queue:
            here = queue.popleft()
            for there in self.dependants.get(here, ()):
                if there not in hops:
                    hops[there] = hops[here] + 1
                    queue.append(there)
        return hops

    def catalogue(self) -> list[JsonObject]:
        """The resources in external form."""
        return [asdict(r) for r in self.resources.values()]


def build_network(config: DemoConfig) -> Network:
    """About 50 routers, 88 links, 176 interfaces, 250 sites with power and base station, 750 cells, 3 switches."""
    graph = _published(config.topology)
    resources: dict[str, Resource] = {}
    city: dict[str, str] = {}
    for place, resource in (*_backbone(config, graph), *_access(config, graph), *_switches(config)):
        resources[resource.resource_id] = resource
        city[resource.resource_id] = place
    return Network(resources, city, _reverse(resources.values()))


def _published(topology: str) -> dict:  # type: ignore[type-arg]  # untyped source
    with catch_warnings():
        simplefilter("ignore", ResourceWarning)  # topohub 1.5 leaves its file for the collector to close
        return dict(topohub.get(topology))


def slug(name: str) -> str:
    """A city's name as it stands in ids.

    >>> slug("Bad Homburg")
    'bad-homburg'
    """
    return name.lower().replace(" ", "-")


def _reverse(resources: Iterable[Resource]) -> dict[str, tuple[str, ...]]:
    dependants: dict[str, list[str]] = {}
    for resource in resources:
        for support in resource.depends_on:
            dependants.setdefault(support, []).append(resource.resource_id)
    return {support: tuple(ids) for support, ids in dependants.items()}


def _domain(config: DemoConfig, city: str) -> str:
    return config.domain_of_city.get(city, config.domain)


def _backbone(config: DemoConfig, graph: dict) -> Iterator[tuple[str, Resource]]:  # type: ignore[type-arg]  # untyped source
    cities = {node["id"]: node for node in graph["nodes"]}
    for node in graph["nodes"]:
        place = slug(node["name"])
        longitude, latitude = node["pos"]
        domain = _domain(config, place)
        name = f"Core router {node['name']}"
        yield place, Resource(f"router-{place}", "router", name, domain, (), (), float(latitude), float(longitude))
    for edge in graph["edges"]:
        ends = [cities[edge["source"]]["name"], cities[edge["target"]]["name"]]
        near, far = map(slug, ends)
        link = f"link-{near}-{far}"
        routers = (f"router-{near}", f"router-{far}")
        yield near, Resource(link, "link", f"Fibre {ends[0]} - {ends[1]}", _domain(config, near), (), routers)
        for here, there in ((near, far), (far, near)):
            supports = (link, f"router-{here}")
            name = f"Interface {here} to {there}"
            yield here, Resource(f"if-{here}-{there}", "interface", name, _domain(config, here), supports)


def _access(config: DemoConfig, graph: dict) -> Iterator[tuple[str, Resource]]:  # type: ignore[type-arg]  # untyped source
    for node in graph["nodes"]:
        place = slug(node["name"])
        chance = stream(config.seed, "sites", place)
        for number in range(1, config.sites_per_city + 1):
            east, north = (round(float(shift), 4) for shift in chance.uniform(-0.12, 0.12, 2))
            where = (node["pos"][1] + north, node["pos"][0] + east)
            for resource in _site(config, f"{place}-{number}", place, where):
                yield place, resource


def _site(config: DemoConfig, tag: str, place: str, where: tuple[float, float]) -> Iterator[Resource]:
    """One radio site: power carries the site and the base station, which also hangs on its aggregation link."""
    domain = _domain(config, place)
    latitude, longitude = (round(degrees, 4) for degrees in where)
    power, uplink, station = f"power-{tag}", f"agg-{tag}", f"bts-{tag}"
    yield Resource(power, "power", f"Power supply {tag}", domain, (), (), latitude, longitude)
    yield Resource(f"site-{tag}", "site", f"Radio site {tag}", domain, (power,), (), latitude, longitude)
    yield Resource(uplink, "aggregation_link", f"Aggregation link {tag}", domain, (f"router-{place}",))
    yield Resource(
        station, "base_station", f"Base station {tag}", domain, (power, uplink), (f"site-{tag}",), latitude, longitude
    )
    for sector in range(1, config.cells_per_site + 1):
        name = f"Cell {tag} sector {sector}"
        yield Resource(f"cell-{tag}-{sector}", "cell", name, domain, (station,), (), latitude, longitude)


def _switches(config: DemoConfig) -> Iterator[tuple[str, Resource]]:
    for switch in config.switches:
        yield "", Resource(switch, "switch", f"Mediation point {switch}", config.domain)
