"""How long a revocation takes over the four paths, by every channel; and what happens when no news can come."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.canary.measuring import first_shut, timed
from gateway.canary.paths import PathName
from tests.support.canary import UNSURE, Aviary, aviary, own_home
from tests.support.revoking import BOUND_S, CHANNELS, percentile, revoked_once
from whitelist.files import WhitelistFiles
from whitelist.source import Refresh, WhitelistSource

ROUNDS = 500
P99_S = 1.0
"""A hundredth of all revocations may take longer, and none longer than the bound."""
OFTEN = {"whitelist_poll_s": 0.05, "revocation_poll_s": 0.05}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_revocation_shuts_every_path(pki_home, tmp_path, channel: str) -> None:
    desk = own_home(pki_home, tmp_path / "desk")
    async with aviary(own_home(pki_home, tmp_path / "home"), **OFTEN) as nest:
        delays = await revoked_once(nest, CHANNELS[channel](nest.home, desk))

    assert set(delays) == set(PathName)
    assert max(delays.values()) <= BOUND_S


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_revocation_holds_its_bound_every_time(pki_home, tmp_path, channel: str) -> None:
    """With the gateway's own defaults. Run it with ``-s`` to see the figures."""
    taken: dict[PathName, list[float]] = {path: [] for path in PathName}
    desk = own_home(pki_home, tmp_path / "desk")
    async with aviary(own_home(pki_home, tmp_path / "home")) as nest:
        by = CHANNELS[channel](nest.home, desk)
        for _ in range(ROUNDS):
            for path, delay_s in (await revoked_once(nest, by)).items():
                taken[path].append(delay_s)

    for path, delays in taken.items():
        assert len(delays) == ROUNDS
        p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
        print(f"\nrevocation by {channel}, {path.value}: p50 {p50:.3f} s, p99 {p99:.3f} s, max {max(delays):.3f} s")
        assert p99 <= P99_S
        assert max(delays) <= BOUND_S


def _without_list(home: Path) -> Callable[[], None]:
    """The list's file is away."""
    published = home / "whitelist" / "whitelist.jws"
    published.rename(published.with_name("away"))
    return lambda: published.with_name("away").rename(published) and None


def _without_folder(*place: str) -> Callable[[Path], Callable[[], None]]:
    """A file lies where the folder was: root's rights do not help to list it."""

    def cut(home: Path) -> Callable[[], None]:
        folder = home.joinpath(*place)
        away = folder.with_name("away")
        if folder.exists():
            folder.rename(away)
        folder.write_bytes(b"")

        def mend() -> None:
            folder.unlink()
            if away.exists():
                away.rename(folder)

        return mend

    return cut


CUTS = {
    "list": _without_list,
    "stops": _without_folder("whitelist", "stops"),
    "crl": _without_folder("pki", "crl"),
}


async def cut_off(nest: Aviary, cut: Callable[[Path], Callable[[], None]]) -> dict[PathName, float | None]:
    """Cut a channel and nothing else: the news that could have come is never heard. Mended, the canary is back."""
    paths = nest.paths(lasting_s=4 * BOUND_S, refusing=UNSURE)
    mends: list[Callable[[], None]] = []

    async def cut_now() -> None:
        mends.append(cut(nest.home.root))

    try:
        assert await first_shut(paths) is None
        delays = await timed(paths, cut_now, 2 * BOUND_S)
    finally:
        for path in paths:
            path.close()
    mends[0]()
    async with asyncio.timeout(BOUND_S):
        while await first_shut(nest.paths()[:1]) is not None:
            await asyncio.sleep(0.05)
    return dict(delays)


@pytest.mark.parametrize("cut", CUTS)
async def test_a_gateway_that_hears_no_news_lets_nobody_in(pki_home, tmp_path, cut: str) -> None:
    async with aviary(own_home(pki_home, tmp_path / "home"), unheard_s=0.4, **OFTEN) as nest:
        delays = await cut_off(nest, CUTS[cut])

    for path, delay_s in delays.items():
        assert delay_s is not None, path
        assert 0.3 < delay_s < BOUND_S, path


@pytest.mark.full
@pytest.mark.parametrize("cut", CUTS)
async def test_with_the_channel_cut_the_bound_holds_by_default(pki_home, tmp_path, cut: str) -> None:
    async with aviary(own_home(pki_home, tmp_path / "home")) as nest:
        delays = await cut_off(nest, CUTS[cut])

    print(f"\nchannel cut ({cut}): {delays}")
    assert all(delay_s is not None and delay_s <= BOUND_S for delay_s in delays.values()), delays


async def test_a_look_that_hangs_is_no_news(pki_home, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a share whose server is gone: the call neither fails nor returns."""
    home, hangs, gone = own_home(pki_home, tmp_path / "home"), threading.Event(), threading.Event()
    looked = WhitelistSource.refresh

    def refresh(source: WhitelistSource) -> Refresh:
        if hangs.is_set():
            gone.wait(30)
        return looked(source)

    monkeypatch.setattr(WhitelistSource, "refresh", refresh)
    async with aviary(home, unheard_s=0.4, **OFTEN) as nest:
        paths = nest.paths(refusing=UNSURE)
        try:
            assert await first_shut(paths) is None
            delays = await timed(paths, lambda: asyncio.to_thread(hangs.set), BOUND_S)
        finally:
            gone.set()
            for path in paths:
                path.close()

    assert all(delay_s is not None for delay_s in delays.values()), delays


async def test_the_control_a_short_deafness_is_forgiven(pki_home, tmp_path) -> None:
    home = own_home(pki_home, tmp_path / "home")
    async with aviary(home, unheard_s=2.0, **OFTEN) as nest:
        published = WhitelistFiles(home).published
        published.rename(published.with_name("away"))
        await asyncio.sleep(0.3)
        assert await first_shut(nest.paths()[:1]) is None
        published.with_name("away").rename(published)
        await asyncio.sleep(0.2)
        assert await first_shut(nest.paths()[:1]) is None
