"""Amazon GuardDuty: detectors. A region without one has the service switched off."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Naming, Resource

RESOURCES = (
    Resource(
        label="AWSGuardDutyDetector",
        aliases=("GuardDutyDetector",),
        list=Call("guardduty:ListDetectors", items="DetectorIds[]", bind="DetectorId"),
        details=(Call("guardduty:GetDetector"),),
        id="DetectorId",
        arn="arn:{partition}:guardduty:{region}:{account}:detector/{DetectorId}",
        name="DetectorId",
        naming=Naming.SQUASHED,
        names={"ServiceRole": "service_role"},
        # `Features` says the same of more sources; the API calls this one deprecated.
        omit=("DataSources",),
        description="A region's threat detector.",
    ),
)
