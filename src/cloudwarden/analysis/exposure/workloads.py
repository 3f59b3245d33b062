"""What runs on interfaces of ours: instances and their groups, clusters, tasks and containers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure import accelerators, distributions
from cloudwarden.analysis.exposure.accelerators import Accelerators, accelerated
from cloudwarden.analysis.exposure.balancers import Balancers, Reached
from cloudwarden.analysis.exposure.distributions import Distributions
from cloudwarden.analysis.exposure.facts import Interface, Place
from cloudwarden.analysis.exposure.fronts import Fronts
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.readings import everywhere, place_of
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.verdicts import (
    Exposure,
    closed,
    combine,
    provided,
    undecided,
)

_RUNNING = frozenset({None, "running", "pending"})
_FRONTS = (
    ("AWSGlobalAcceleratorEndpointGroup", accelerators.TYPE),
    ("AWSCloudFrontVpcOrigin", distributions.TYPE),
)
_EMR_TAG = "aws:elasticmapreduce:job-flow-id"
_KINDS = (("AWSLoadBalancer", "elb"), ("AWSLoadBalancerV2", "elbv2"))


class Workloads:
    """Answers for what has interfaces of its own, reached directly or by load balancers."""

    def __init__(
        self,
        internet: Internet,
        balancers: Balancers,
        fronts: Fronts,
        served: Distributions,
    ) -> None:
        self._internet = internet
        self._network = internet.network
        self._estate = internet.network.estate
        self._balancers = balancers
        self._fronts = fronts
        self._accelerators = Accelerators(self._estate)
        self._distributions = served
        self._known_ways: dict[str, list[Exposure]] = {}
        self._instances: dict[str, Exposure] = {}
        self._tasks: dict[str, Exposure] = {}
        self._unread: dict[Place, tuple[Exposure, ...]] = {}

    @cached_property
    def reached(self) -> dict[tuple[str, str], list[Reached]]:
        """What load balancers have registered, by label and id."""
        found: dict[tuple[str, str], list[Reached]] = defaultdict(list)
        for balancer in self._network.balancers.values():
            for one in self._balancers.reached(balancer):
                found[one.label, one.id].append(self._fronts.behind(one))
        return found

    @cached_property
    def _by_interface(self) -> dict[str, list[Exposure]]:
        found: dict[str, list[Exposure]] = defaultdict(list)
        for some in self.reached.values():
            for one in some:
                if one.interface is not None:
                    found[one.interface.id].append(one.exposure)
        return found

    @cached_property
    def _unlisted(self) -> dict[str, tuple[tuple[str, Gap], ...]]:
        """By VPC, why load balancers in it may have targets that nobody knows of."""
        found: dict[str, dict[tuple[str, Gap], None]] = defaultdict(dict)
        for balancer in self._network.balancers.values():
            for gap in self._balancers.unlisted(balancer):
                found[balancer.vpc][balancer.via, gap] = None
        return {vpc: tuple(some) for vpc, some in found.items()}

    def interface(self, interface: Interface) -> Exposure:
        """A network interface, by itself and by the load balancers in front of it."""
        gap = self._network.readings.gap("AWSNetworkInterface", interface.place)
        if gap is not None:
            return undecided("", (gap,))
        for arn in interface.balancers:
            balancer = self._network.balancers_by_arn.get(arn)
            if balancer is not None:
                return self._fronts.balancer(balancer, self._balancers.exposure(balancer))
        return combine(self._ways(interface))

    def _ways(self, interface: Interface) -> list[Exposure]:
        if interface.id not in self._known_ways:
            self._known_ways[interface.id] = self._find_ways(interface)
        return self._known_ways[interface.id]

    def _find_ways(self, interface: Interface) -> list[Exposure]:
        found = [self._internet.interface(interface), *self._by_interface.get(interface.id, ())]
        if interface.instance and not interface.index:
            led = self._accelerators.by_endpoint.get(interface.instance, ())
            found += [accelerated(self._internet, interface, one) for one in led]
            found += [
                self._distributions.instance(interface, one)
                for one in self._distributions.by_origin.get(interface.instance, ())
            ]
        if any(one.exposed for one in found) or not self._lets_in(interface):
            return found
        found += [undecided(via, (gap,)) for via, gap in self._unlisted.get(interface.vpc, ())]
        found += self._unread_at(interface.place)
        if interface.instance:
            found += self._unread_fronts(interface.place.account)
        return found

    def _unread_at(self, place: Place) -> tuple[Exposure, ...]:
        """What load balancers that were not read there may expose."""
        if place not in self._unread:
            gaps = ((via, self._network.readings.gap(label, place)) for label, via in _KINDS)
            self._unread[place] = tuple(
                undecided(via, (gap,)) for via, gap in gaps if gap is not None
            )
        return self._unread[place]

    def _unread_fronts(self, account: str) -> tuple[Exposure, ...]:
        """What accelerators and distributions that were not read may expose."""
        place = everywhere(account)
        if place not in self._unread:
            gaps = ((via, self._network.readings.failed(label, place)) for label, via in _FRONTS)
            self._unread[place] = tuple(
                undecided(via, (gap,)) for via, gap in gaps if gap is not None
            )
        return self._unread[place]

    def _lets_in(self, interface: Interface) -> bool:
        """Whether its groups let in anybody at all, a load balancer perhaps."""
        if interface.gaps or interface.groups is None:
            return True
        filters = self._internet.filters
        return any(
            filters.rules(group, outbound=False) or self._network.group_gap(group)
            for group in interface.groups
        )

    def instance(self, asset: EstateAsset) -> Exposure:
        """An instance, by any of its interfaces."""
        if asset.id not in self._instances:
            self._instances[asset.id] = self._instance(asset)
        return self._instances[asset.id]

    def _instance(self, asset: EstateAsset) -> Exposure:
        cards, gaps = self._network.interfaces_of(asset)
        found = [way for card in cards for way in self._ways(card)]
        known = {card.id for card in cards}
        found += [
            one.exposure
            for one in self.reached.get((asset.label, asset.id), ())
            if one.interface is None or one.interface.id not in known
        ]
        found += [undecided("direct", (gap,)) for gap in gaps]
        verdict = combine(found)
        state = asset.get("state")
        return verdict if state in _RUNNING else provided(verdict, f"{asset.id}, now {state}, runs")

    def group(self, asset: EstateAsset) -> Exposure:
        """An autoscaling group is as exposed as its instances."""
        members = asset.targets("MEMBER_AUTO_SCALE_GROUP", incoming=True)
        return self._of_instances(members, f"{asset.name or asset.id} has no instance")

    def emr(self, asset: EstateAsset) -> Exposure:
        """An EMR cluster is as exposed as its instances."""
        members = self._emr_members.get(asset.id, [])
        if not members:
            gap = self._network.readings.gap("AWSEC2Instance", place_of(asset))
            if gap is not None:
                return undecided("", (gap,))
        return self._of_instances(members, f"no instance of {asset.id} is running")

    @cached_property
    def _emr_members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for instance in self._estate.assets("AWSEC2Instance"):
            if _EMR_TAG in instance.tags:
                found[instance.tags[_EMR_TAG]].append(instance.id)
        return found

    def _of_instances(self, ids: list[str], none: str) -> Exposure:
        found = []
        for id_ in ids:
            asset = self._estate.asset("AWSEC2Instance", id_)
            found.append(
                self.instance(asset)
                if asset is not None
                else undecided("", (Gap(f"{id_} is not among what was read"),))
            )
        return combine(found) if found else closed(none)

    def task(self, asset: EstateAsset) -> Exposure:
        """An ECS task, by its own interface or on the instance that it runs on."""
        if asset.id not in self._tasks:
            self._tasks[asset.id] = self._task(asset)
        return self._tasks[asset.id]

    def _task(self, asset: EstateAsset) -> Exposure:
        own = asset.get("network_interface_id")
        if own:
            card = self._network.interfaces.get(str(own))
            if card is None:
                return undecided("", (Gap(f"network interface {own} is not among what was read"),))
            return self.interface(card)
        host = asset.get("container_instance_arn")
        if not host:
            return undecided("", (Gap(f"the network interface of {asset.id} was not read"),))
        machine = self._estate.asset("AWSECSContainerInstance", str(host))
        instances = machine.targets("IS_INSTANCE") if machine is not None else []
        if not instances:
            return undecided("", (Gap(f"the instance of {host} is not among what was read"),))
        verdict = self._of_instances(instances, "")
        return provided(verdict, "a port that is exposed is mapped to it")

    def container(self, asset: EstateAsset) -> Exposure:
        """A container is as exposed as its task."""
        task = self._estate.asset("AWSECSTask", str(asset.get("task_arn")))
        if task is None:
            return undecided("", (Gap(f"task {asset.get('task_arn')} is not among what was read"),))
        return self.task(task)

    def exposing(self) -> Iterator[tuple[Reached, EstateAsset]]:
        """The containers of tasks that load balancers have registered by their addresses."""
        containers: dict[str, list[EstateAsset]] = defaultdict(list)
        for container in self._estate.assets("AWSECSContainer"):
            containers[str(container.get("task_arn"))].append(container)
        tasks: dict[str, list[str]] = defaultdict(list)
        for task in self._estate.assets("AWSECSTask"):
            tasks[str(task.get("network_interface_id"))].append(task.id)
        for some in self.reached.values():
            for one in some:
                for task_id in tasks.get(one.interface.id, ()) if one.interface else ():
                    for container in containers[task_id]:
                        yield one, container
