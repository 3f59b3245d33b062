"""Elastic Load Balancing, the classic kind: load balancers and their listeners."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Naming,
    Part,
    Resource,
    pointed_from,
    points_to,
)

_LISTENER = Part(
    label="AWSELBListener",
    aliases=("ELBListener",),
    groups=("Endpoint",),
    path="ListenerDescriptions[]",
    id="{parent.DNSName}{Listener.LoadBalancerPort}{Listener.Protocol}",
    parent_relation="ELB_LISTENER",
    parent_incoming=True,
    names={
        "Listener.LoadBalancerPort": "port",
        "Listener.Protocol": "protocol",
        "Listener.InstancePort": "instance_port",
        "Listener.InstanceProtocol": "instance_protocol",
        "Listener.SSLCertificateId": "ssl_certificate_id",
    },
    relations=(pointed_from("AWSACMCertificate", "USED_BY", by="Listener.SSLCertificateId"),),
    description="A port on which a classic load balancer listens.",
)

RESOURCES = (
    Resource(
        label="AWSLoadBalancer",
        groups=("LoadBalancer",),
        list=Call("elb:DescribeLoadBalancers", items="LoadBalancerDescriptions[]"),
        details=(
            Call("elb:DescribeLoadBalancerAttributes", items="LoadBalancerAttributes"),
            Call(
                "elb:DescribeTags",
                items="TagDescriptions[]",
                tags="Tags",
                batch=Batch(
                    parameter="LoadBalancerNames",
                    by="LoadBalancerName",
                    match="LoadBalancerName",
                    size=20,
                ),
            ),
        ),
        # Records in DNS name it so, and the ecosystem's graph identifies it so.
        id="DNSName",
        arn=(
            "arn:{partition}:elasticloadbalancing:{region}:{account}"
            ":loadbalancer/{LoadBalancerName}"
        ),
        name="LoadBalancerName",
        naming=Naming.SQUASHED,
        omit=("ListenerDescriptions",),
        relations=(
            points_to("AWSEC2Instance", "EXPOSE", by="Instances[].InstanceId"),
            points_to("AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroups[]"),
            # The source group is the first of them: the answer gives the source's name alone.
            points_to("AWSEC2SecurityGroup", "SOURCE_SECURITY_GROUP", by="SecurityGroups[0]"),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="Subnets[]"),
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VPCId"),
            points_to("AWSS3Bucket", "SENDS_LOGS_TO_S3", by="AccessLog.S3BucketName"),
        ),
        parts=(_LISTENER,),
        description="A classic load balancer.",
    ),
)
