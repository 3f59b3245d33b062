"""Amazon ECR: repositories, the images in them, and the tags that name images.

One image may be in several repositories and under several tags, so that it has to be put
together over the whole region; hence a script of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource, UnreadableError, points_to
from cloudwarden.providers.aws.resource_policies import anonymous_actions
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps
    from cloudwarden.schema.records import Asset, Failure

Document = Mapping[str, Any]

REPOSITORY = "AWSECRRepository"
TAGGED_IMAGE = "AWSECRRepositoryImage"
IMAGE = "AWSECRImage"

_LIST = "ecr:DescribeRepositories"
_IMAGES = "ecr:DescribeImages"
_POLICY = "ecr:GetRepositoryPolicy"
_TAGS = "ecr:ListTagsForResource"
_NO_POLICY = "RepositoryPolicyNotFoundException"

_TEXT, _FLAG, _COUNT = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.INTEGER


def read_repositories(context: ReadContext) -> Steps:
    """List repositories, then the images, policy and tags of each."""
    listed = yield from context.paginate(_LIST, maxResults=1000)
    repositories = listed.items("repositories")
    names = [repository["repositoryName"] for repository in repositories]
    images = yield from context.listings(
        [context.prepare(_IMAGES, repositoryName=name, maxResults=1000) for name in names],
        "imageDetails",
    )
    requests: list[Request] = []
    for repository in repositories:
        requests += (
            context.prepare(_POLICY, repositoryName=repository["repositoryName"]),
            context.prepare(_TAGS, resourceArn=repository["repositoryArn"]),
        )
    answers = yield from context.requests(requests, absent=(_NO_POLICY,))
    assets: list[Asset] = []
    for position, (repository, found) in enumerate(zip(repositories, images, strict=True)):
        policy, tags = answers[2 * position : 2 * position + 2]
        assets.append(_repository(context, repository, policy, tags, found))
        assets += _tagged_images(context, repository, found)
    assets += _images(context, images)
    return context.reading(assets)


def _repository(
    context: ReadContext,
    repository: Document,
    policy: Answer,
    tags: Answer,
    images: Sequence[Document],
) -> Asset:
    encryption = repository.get("encryptionConfiguration") or {}
    scanning = repository.get("imageScanningConfiguration") or {}
    properties: dict[str, Any] = {
        "arn": repository["repositoryArn"],
        "uri": repository.get("repositoryUri"),
        "registry_id": repository.get("registryId"),
        "created_at": repository.get("createdAt"),
        "image_tag_mutability": repository.get("imageTagMutability"),
        "scan_on_push": bool(scanning.get("scanOnPush")),
        "encryption_type": encryption.get("encryptionType"),
        "kms_key_id": encryption.get("kmsKey"),
    }
    unread: dict[str, Failure] = {
        answer.request.operation: answer.failure
        for answer in (policy, tags)
        if answer.failure is not None
    }
    if policy.document is not None:
        text = policy.document.get("policyText")
        properties["policy"] = text
        try:
            actions = anonymous_actions(text)
            properties |= {"anonymous_access": bool(actions), "anonymous_actions": actions}
        except UnreadableError as error:
            unread[_POLICY] = error.failure
    relations = [
        Relation("REPO_IMAGE", TAGGED_IMAGE, identity)
        for image in images
        for identity in _identities(repository, image)
    ]
    if encryption.get("kmsKey"):
        relations.append(Relation("ENCRYPTED_BY", "AWSKMSKey", encryption["kmsKey"]))
    return context.asset(
        REPOSITORY,
        {},
        id_=repository["repositoryArn"],
        name=repository["repositoryName"],
        properties=properties,
        tags=read_tags((tags.document or {}).get("tags")),
        relations=relations,
        unread=unread,
    )


def _identities(repository: Document, image: Document) -> dict[str, str | None]:
    """The ids under which a repository holds an image, each with its tag: none if untagged."""
    uri = repository["repositoryUri"]
    tags = image.get("imageTags") or ()
    if not tags:
        return {f"{uri}@{image['imageDigest']}": None}
    return {f"{uri}:{tag}": tag for tag in tags}


def _tagged_images(
    context: ReadContext, repository: Document, images: Sequence[Document]
) -> Iterator[Asset]:
    for image in images:
        for identity, tag in _identities(repository, image).items():
            properties = {
                "tag": tag,
                "uri": identity,
                "repo_uri": repository["repositoryUri"],
                "digest": image["imageDigest"],
                "image_pushed_at": image.get("imagePushedAt"),
                "image_size_bytes": image.get("imageSizeInBytes"),
                "image_manifest_media_type": image.get("imageManifestMediaType"),
                "artifact_media_type": image.get("artifactMediaType"),
            }
            yield context.asset(
                TAGGED_IMAGE,
                {},
                id_=identity,
                name=identity.rpartition("/")[2],
                properties=properties,
                relations=(Relation("IMAGE", IMAGE, image["imageDigest"]),),
            )


def _images(context: ReadContext, repositories: Sequence[Sequence[Document]]) -> Iterator[Asset]:
    """Each image once, however many repositories hold it."""
    images = {image["imageDigest"]: image for found in repositories for image in found}
    for digest, image in images.items():
        properties = {
            "digest": digest,
            "media_type": image.get("imageManifestMediaType"),
            "artifact_media_type": image.get("artifactMediaType"),
        }
        yield context.asset(IMAGE, {}, id_=digest, name=digest, properties=properties)


RESOURCES = (
    Resource(
        label=REPOSITORY,
        read=read_repositories,
        operations=(_LIST, _IMAGES, _POLICY, _TAGS),
        produces=(
            Produced(
                label=REPOSITORY,
                aliases=("ECRRepository",),
                groups=("ContainerRegistry",),
                description="A repository of container images.",
                properties={
                    "anonymous_access": (_FLAG, _POLICY),
                    "anonymous_actions": (PropertyType.STRINGS, _POLICY),
                    "created_at": (_TEXT, _LIST),
                    "encryption_type": (_TEXT, _LIST),
                    "image_tag_mutability": (_TEXT, _LIST),
                    "kms_key_id": (_TEXT, _LIST),
                    "policy": (PropertyType.JSON, _POLICY),
                    "registry_id": (_TEXT, _LIST),
                    "scan_on_push": (_FLAG, _LIST),
                    "uri": (_TEXT, _LIST),
                },
                relations=(
                    points_to(TAGGED_IMAGE, "REPO_IMAGE", by=""),
                    points_to("AWSKMSKey", "ENCRYPTED_BY", by=""),
                ),
            ),
            Produced(
                label=TAGGED_IMAGE,
                aliases=("ECRRepositoryImage",),
                groups=("ImageTag",),
                description="An image as a repository holds it, under one of its tags.",
                properties={
                    "artifact_media_type": (_TEXT, _IMAGES),
                    "digest": (_TEXT, _IMAGES),
                    "image_manifest_media_type": (_TEXT, _IMAGES),
                    "image_pushed_at": (_TEXT, _IMAGES),
                    "image_size_bytes": (_COUNT, _IMAGES),
                    "repo_uri": (_TEXT, _IMAGES),
                    "tag": (_TEXT, _IMAGES),
                    "uri": (_TEXT, _IMAGES),
                },
                relations=(points_to(IMAGE, "IMAGE", by=""),),
            ),
            Produced(
                label=IMAGE,
                aliases=("ECRImage",),
                description="A container image, known by its digest.",
                properties={
                    "artifact_media_type": (_TEXT, _IMAGES),
                    "digest": (_TEXT, _IMAGES),
                    "media_type": (_TEXT, _IMAGES),
                },
            ),
        ),
    ),
)
