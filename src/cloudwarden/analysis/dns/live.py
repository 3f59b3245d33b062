"""Asks the DNS itself, with dnspython: the one part of analysis that leaves the machine.

It is made, and handed to the analysis, only where the settings say so.
"""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver

from cloudwarden.analysis.dns.resolver import Answer, Resolution

_SECONDS = 3.0
_NOT_ITS_ZONE = frozenset({dns.rcode.REFUSED, dns.rcode.SERVFAIL, dns.rcode.NOTAUTH})


class LiveResolver:
    """Looks names up. `servers` are addresses of resolvers; without any, the system's.

    Satisfies `Resolver`: a question that fails is answered `FAILED` with the reason. Answers are
    kept for as long as the object lives.
    """

    def __init__(self, servers: Sequence[str] = (), *, port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = list(servers)
        self._resolver.port = self._port = port
        self._resolver.lifetime = _SECONDS
        self._known: dict[tuple[str, str, str], Answer] = {}

    def resolve(self, name: str, record_type: str) -> Answer:
        """The records of that type which `name` has."""
        key = ("resolve", name, record_type)
        if key not in self._known:
            self._known[key] = self._resolve(name, record_type)
        return self._known[key]

    def serves(self, server: str, zone: str) -> Answer:
        """Whether a name server answers for a zone."""
        key = ("serves", server, zone)
        if key not in self._known:
            self._known[key] = self._serves(server, zone)
        return self._known[key]

    def _resolve(self, name: str, record_type: str) -> Answer:
        try:
            found = self._resolver.resolve(name, record_type, search=False)
        except dns.resolver.NXDOMAIN:
            return Answer(Resolution.MISSING)
        except dns.resolver.NoAnswer:
            return Answer(Resolution.EMPTY)
        except dns.exception.DNSException as error:
            return Answer(Resolution.FAILED, reason=_words(error))
        values = sorted(str(one).rstrip(".").lower() for one in found)
        return Answer(Resolution.FOUND, tuple(values))

    def _serves(self, server: str, zone: str) -> Answer:
        address = self.resolve(server, "A")
        if address.resolution is not Resolution.FOUND:
            return address
        question = dns.message.make_query(zone, "SOA")
        try:
            answer = dns.query.udp(question, address.values[0], timeout=_SECONDS, port=self._port)
        except (dns.exception.DNSException, OSError) as error:
            return Answer(Resolution.FAILED, reason=_words(error))
        if answer.rcode() in _NOT_ITS_ZONE:
            return Answer(Resolution.LAME, reason=dns.rcode.to_text(answer.rcode()))
        return Answer(Resolution.FOUND)


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
