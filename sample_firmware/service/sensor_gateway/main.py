"""Starts the service: one thread reads the bus sensors, the main one serves HTTP."""

from __future__ import annotations

import argparse
import logging
import threading
import time
from pathlib import Path

import uvicorn

from sensor_gateway.config import Config, ConfigError, load
from sensor_gateway.publish import Publisher
from sensor_gateway.sensors import read_all
from sensor_gateway.store import Store
from sensor_gateway.web import application


def poll(config: Config, store: Store, stop: threading.Event) -> None:
    """Read the sensors every ``config.period`` seconds, until told to stop."""
    publisher = Publisher(config.broker) if config.broker else None
    while not stop.wait(config.period):
        now, readings = time.time_ns() // 1_000_000, list(read_all(config))
        store.add(now, readings)
        if publisher:
            publisher.publish(now, readings)


def main() -> int:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("/etc/sensor-gateway/gateway.toml"))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    try:
        config = load(arguments.config)
    except (ConfigError, OSError) as error:
        parser.error(str(error))
    store, stop = Store(config.database), threading.Event()
    threading.Thread(target=poll, args=(config, store, stop), daemon=True).start()
    uvicorn.run(application(store, config.ui), host=config.listen, port=config.port)
    stop.set()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
