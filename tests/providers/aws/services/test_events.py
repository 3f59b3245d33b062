import json

from tests.support.reading import ACCOUNT, denied, read_resource

from cloudwarden.providers.aws.services.events import RESOURCES
from cloudwarden.schema.records import Verdict

(BUS,) = RESOURCES
ARN = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/orders"
OPEN = json.dumps(
    {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}}
)
ANSWERS = {
    "events:ListEventBuses": [
        {"EventBuses": [{"Name": "orders", "Arn": ARN, "Policy": OPEN}], "NextToken": "more"},
        {"EventBuses": [{"Name": "default", "Arn": f"{ARN}-default"}]},
    ],
    "events:ListTagsForResource": {"Tags": [{"Key": "team", "Value": "a"}]},
}


def test_buses_of_every_page_have_their_policies_and_tags() -> None:
    read = read_resource(BUS, ANSWERS)
    bus = read.assets[ARN]

    assert len(read.assets) == 2
    assert (bus.name, bus.tags, bus.properties["policy"]) == ("orders", {"team": "a"}, OPEN)
    assert bus.properties["anonymous_access"] is True
    assert read.assets[f"{ARN}-default"].properties["anonymous_access"] is False


def test_a_bus_whose_tags_are_denied_is_known_all_the_same() -> None:
    read = read_resource(BUS, {**ANSWERS, "events:ListTagsForResource": denied()})

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.assets[ARN].unread) == {"events:ListTagsForResource"}
