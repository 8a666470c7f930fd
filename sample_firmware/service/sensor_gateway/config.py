"""gateway.toml as values; a wrong key is an error at start, not a surprise at night."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """gateway.toml says something the service cannot follow."""


@dataclass(frozen=True)
class Thermometer:
    """An LM75-compatible thermometer on an I2C bus."""

    channel: str
    bus: int
    address: int


@dataclass(frozen=True)
class Meter:
    """A Modbus RTU energy meter; ``register`` holds active power in tenths of a watt."""

    channel: str
    port: str
    unit: int
    register: int


@dataclass(frozen=True)
class Broker:
    """Where readings are published."""

    host: str
    port: int = 1883
    topic: str = "sensor-gateway"


@dataclass(frozen=True)
class Config:
    """All of gateway.toml."""

    database: Path = Path("/var/lib/sensor-gateway/samples.db")
    listen: str = "0.0.0.0"  # noqa: S104 - the gateway's purpose is to be asked from the plant network
    port: int = 8080
    ui: Path = Path("/usr/share/sensor-gateway/ui")
    period: float = 5.0
    """Seconds between two rounds over the bus sensors."""
    broker: Broker | None = None
    thermometers: tuple[Thermometer, ...] = field(default=())
    meters: tuple[Meter, ...] = field(default=())


def load(path: Path) -> Config:
    """Read gateway.toml.

    Raises:
        ConfigError: the file is not TOML, a key is unknown, or one is missing.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return _config(table)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _config(table: dict[str, Any]) -> Config:
    paths = {key: Path(table.pop(key)) for key in ("database", "ui") if key in table}
    broker = Broker(**table.pop("broker")) if "broker" in table else None
    thermometers = tuple(Thermometer(**one) for one in table.pop("thermometer", []))
    meters = tuple(Meter(**one) for one in table.pop("meter", []))
    return Config(**paths, **table, broker=broker, thermometers=thermometers, meters=meters)
