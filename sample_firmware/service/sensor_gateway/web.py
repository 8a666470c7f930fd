"""The HTTP side: values for the user interface, metrics for Prometheus, the user interface itself."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sensor_gateway.store import Store


def application(store: Store, ui: Path) -> Starlette:
    """The ASGI application."""

    def latest(_: Request) -> Response:
        return JSONResponse([sample._asdict() for sample in store.latest()])

    def history(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return PlainTextResponse("since: milliseconds since 1970 expected\n", 400)
        samples = store.history(request.path_params["channel"], int(since))
        return JSONResponse([[sample.time, sample.value] for sample in samples])

    def metrics(_: Request) -> Response:
        registry = CollectorRegistry()
        gauge = Gauge("sensor_value", "Newest value of a channel, in its SI unit", ["channel"], registry=registry)
        for sample in store.latest():
            gauge.labels(sample.channel).set(sample.value)
        return Response(generate_latest(registry), media_type="text/plain")

    return Starlette(
        routes=[
            Route("/api/latest", latest),
            Route("/api/history/{channel}", history),
            Route("/metrics", metrics),
            Mount("/", StaticFiles(directory=ui, html=True, check_dir=False)),
        ]
    )
