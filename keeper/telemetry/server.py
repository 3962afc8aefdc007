"""/metrics and /healthz over HTTP, for this machine."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from keeper.telemetry.health import Health

# A scraper that holds a connection open must not hold up the daemon's end.
SHUTDOWN_SECONDS = 1.0


class CannotListen(Exception):
    """The port is taken or the address is not this machine's."""


class TelemetryServer:
    """`clock` answers the Unix time."""

    def __init__(self, registry: CollectorRegistry, health: Health, clock: Callable[[], float]) -> None:
        self._registry = registry
        self._health = health
        self._clock = clock
        self._runner: web.AppRunner | None = None
        # Where it listens, also if any port was asked for.
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        app = web.Application()
        app.add_routes([web.get("/metrics", self._metrics), web.get("/healthz", self._healthz)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            said = error.strerror or str(error)
            raise CannotListen(f"[telemetry] port = {port}: {host} says {said}: choose another") from error
        self._runner = runner
        self.port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _metrics(self, _request: web.Request) -> web.Response:
        # Collecting reads what the daemon's thread writes; on the same loop nothing is half written.
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _healthz(self, _request: web.Request) -> web.Response:
        report = self._health.report(self._clock())
        return web.json_response(report, status=200 if report["status"] == "ok" else 503)
