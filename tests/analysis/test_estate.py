from cloudwarden.analysis.estate import EstateAsset


def test_a_property_without_a_value_is_one_that_is_missing() -> None:
    asset = EstateAsset("AWSEC2NetworkAclRule", "r1", "111111111111", "eu-west-1", None,
                        {"fromport": None, "toport": 0})  # fmt: skip

    assert asset.get("fromport", 1) == asset.get("protocol", 1) == 1
    assert asset.get("toport", 1) == 0
