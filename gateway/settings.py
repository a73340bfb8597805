"""The gateway's settings: environment variables ``ROR_GATEWAY_…``; every bound has a default that holds."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


class GatewaySettings(BaseSettings):
    """Where the gateway listens and what it allows itself. Times in seconds."""

    model_config = SettingsConfigDict(env_prefix="ROR_GATEWAY_", frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=9443, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        default=None, description="Address told in the WSDL, where it differs from the listener."
    )
    directory: Path | None = Field(default=None, description="The directory of nodes; default nodes/directory.json.")
    head_s: float = Field(default=10.0, gt=0, le=60, description="Time for a request's head.")
    idle_s: float = Field(default=360.0, gt=0, le=3600, description="Time a kept-alive connection may stay idle.")
    drain_s: float = Field(
        default=10.0, ge=0, le=60, description="Time that running searches get when the gateway stops."
    )
    searches: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Searches of one partner worked on at once; all together get a quarter more.",
    )
    waiting: int = Field(
        default=64,
        ge=0,
        le=4096,
        description="Searches of one partner that may wait for their turn; all together get a quarter more.",
    )
    patience_s: float = Field(
        default=2.0, gt=0, le=30, description="Time a search may wait before it is refused (503)."
    )
    breakers: bool = Field(
        default=True, description="Whether a region that fails too often is suspended for a while."
    )
    slow_s: float = Field(default=1.5, gt=0, le=30, description="An answer slower than this counts as a failure.")
    sea_links: bool = Field(
        default=False, description="Whether a widening search counts regions across the water as neighbours."
    )
    revocation_poll_s: float = Field(
        default=0.25, gt=0, le=2, description="How often the folder of revocation lists is looked at for news."
    )
    revocation_lists_s: float = Field(
        default=3600, gt=0, le=86400, description="How often listed addresses are asked for revocation lists."
    )
    revocation_answers_s: float = Field(
        default=300,
        gt=0,
        le=86400,
        description="How often OCSP responders are asked about certificates that were shown.",
    )
    certificates_poll_s: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="How often the gateway's certificates and the authorities are looked at.",
    )
    proxies: Path | None = Field(
        default=None, description="The file of pinned TLS terminators; without one, nobody speaks for others."
    )
    sign_vihf: bool = Field(
        default=False, description="Whether the gateway signs the VIHF that it shows to the nodes."
    )
    vihf_max_age_s: float = Field(
        default=300, ge=10, le=86400, description="How old a VIHF may be, told from its IssueInstant."
    )
    vihf_skew_s: float = Field(default=60, ge=0, le=600, description="How far a caller's clock may differ from ours.")
    propagation_s: float = Field(
        default=10.0, gt=0, le=3600, description="How often each node is asked which whitelist it goes by."
    )
    propagation_alarm_s: float = Field(
        default=30.0, gt=0, le=86400, description="How long a node may be behind or silent before an alarm."
    )
    witnesses: int = Field(
        default=9, ge=0, le=17, description="How many nodes must co-sign the audit log's newest head; 0 asks none."
    )
    witness_s: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="How often a new head of the audit log is shown to the nodes at most.",
    )
    whitelist_poll_s: float = Field(default=0.25, gt=0, le=2, description="How often the list is looked at for news.")
    unheard_s: float = Field(
        default=4.0,
        gt=0,
        le=4.5,
        description="How long list, stops and revocation lists may go unread until nobody is let in.",
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address at which the metrics are served.")
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of the metrics, 0 takes a free one; none served without.",
    )
    canary_every_s: float | None = Field(
        default=None, ge=20, le=86400, description="How often the canary is stopped; without it never."
    )

    @model_validator(mode="after")
    def _looked_at_often_enough(self) -> Self:
        if 2 * max(self.whitelist_poll_s, self.revocation_poll_s) > self.unheard_s:
            raise ValueError("UNHEARD_S is at least twice WHITELIST_POLL_S and REVOCATION_POLL_S")
        return self

    @property
    def nodes_may_be_here(self) -> bool:
        """Whether a node may be on this machine: in the directory that ``ror nodes serve`` writes here, or where the
        gateway itself is heard on this machine only.
        """
        return self.directory is None or self.host in _HERE
