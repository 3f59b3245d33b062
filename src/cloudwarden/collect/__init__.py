"""How an estate is read: paced, retried, bounded, fair across accounts. Knows no provider."""

from cloudwarden.collect.engine import Collector
from cloudwarden.collect.result import AccountResult, CollectResult
from cloudwarden.collect.settings import CollectSettings, Reach
from cloudwarden.collect.store import Store

__all__ = ["AccountResult", "CollectResult", "CollectSettings", "Collector", "Reach", "Store"]
