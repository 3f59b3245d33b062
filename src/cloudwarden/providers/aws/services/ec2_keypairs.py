"""Amazon EC2: key pairs."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Computed, Document, Naming, Resource
from cloudwarden.schema.labels import PropertyType

#: The length of an MD5 digest in hexadecimal pairs: AWS shows it for RSA keys that were uploaded,
#: and a SHA-1 digest for those that it made.
_MD5_LENGTH = 47


def _was_uploaded(key_pair: Document) -> bool | None:
    """Whether the key was made elsewhere; the fingerprint of an Ed25519 key does not tell."""
    if key_pair.get("KeyType") == "ed25519" or not key_pair.get("KeyFingerprint"):
        return None
    return len(key_pair["KeyFingerprint"]) == _MD5_LENGTH


RESOURCES = (
    Resource(
        label="AWSEC2KeyPair",
        aliases=("EC2KeyPair",),
        groups=("KeyPair",),
        list=Call("ec2:DescribeKeyPairs", items="KeyPairs[]"),
        # Instances name their key by name alone, so the name makes the identity.
        id="arn:{partition}:ec2:{region}:{account}:key-pair/{KeyName}",
        arn="arn:{partition}:ec2:{region}:{account}:key-pair/{KeyName}",
        name="KeyName",
        naming=Naming.SQUASHED,
        computed=(
            Computed(
                "user_uploaded",
                PropertyType.BOOLEAN,
                _was_uploaded,
                "ec2:DescribeKeyPairs",
                "Whether the key was made outside AWS and uploaded.",
            ),
        ),
        description="A public key that lets its owner sign in to instances.",
    ),
)
