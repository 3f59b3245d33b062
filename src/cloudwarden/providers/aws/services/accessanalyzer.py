"""AWS IAM Access Analyzer: analyzers. A region without an external-access one is unwatched."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource

RESOURCES = (
    Resource(
        label="AWSAccessAnalyzerAnalyzer",
        aliases=("AWSAccessAnalyzer",),
        list=Call("accessanalyzer:ListAnalyzers", items="analyzers[]"),
        id="arn",
        arn="arn",
        name="name",
        # What was analysed last is different at every reading.
        omit=("lastResourceAnalyzed", "lastResourceAnalyzedAt"),
        description="What looks for access from outside an account or organization.",
    ),
)
