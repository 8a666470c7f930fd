"""The parts of the sample's service that need nothing but Python work, and agree with the C program beside it."""

from __future__ import annotations

import importlib
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[1] / "sample_firmware"


@pytest.fixture(autouse=True)
def _service_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SAMPLE / "service"))


def module(name: str) -> Any:
    return importlib.import_module(f"sensor_gateway.{name}")


def test_the_shipped_configuration_is_understood() -> None:
    config = module("config").load(SAMPLE / "system" / "gateway.toml")
    assert config.broker.host == "127.0.0.1"
    assert [one.channel for one in (*config.thermometers, *config.meters)] == ["cabinet", "grid/plant"]


@pytest.mark.parametrize("text", ["port = ", "[broker]", "colour = 'red'", "[[meter]]\nchannel = 'a'"])
def test_a_wrong_configuration_is_refused_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    with pytest.raises(module("config").ConfigError, match=re.escape("gateway.toml")):
        module("config").load(path)


@pytest.mark.parametrize(("word", "celsius"), [(0x8019, 25.5), (0x00E7, -25.0), (0x007D, 125.0), (0x80FF, -0.5)])
def test_temperature_words(word: int, celsius: float) -> None:
    assert module("sensors").celsius(word) == celsius


def test_a_sensor_that_does_not_answer_is_left_out(caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    sensors, config = module("sensors"), module("config")

    def silent(_: object) -> float:
        raise OSError("no such bus")

    monkeypatch.setattr(sensors, "read_thermometer", silent)
    monkeypatch.setattr(sensors, "read_meter", lambda _: 7.5)
    thermometer, meter = config.Thermometer("t", bus=1, address=0x48), config.Meter("m", port="", unit=1, register=0)
    found = list(sensors.read_all(config.Config(thermometers=(thermometer,), meters=(meter,))))
    assert found == [("m", 7.5)]
    assert "t does not answer: no such bus" in caplog.text


def test_history_joins_what_sampled_packed_with_what_is_new(tmp_path: Path) -> None:
    store_module, reading = module("store"), module("sensors").Reading
    store = store_module.Store(tmp_path / "samples.db")
    packed = zlib.compress(struct.pack("<qdqd", 1000, 1.5, 2000, 2.5))
    with store._connection as connection:
        connection.execute("INSERT INTO batches VALUES ('a', 1000, 2000, ?)", (packed,))
    store.add(3000, [reading("a", 3.5), reading("b", 9.0)])
    assert store.history("a", 2000) == [("a", 2000, 2.5), ("a", 3000, 3.5)]
    assert store.latest() == [("a", 3000, 3.5), ("b", 3000, 9.0)]
    store._connection.close()


def test_the_database_is_the_same_in_python_and_in_c() -> None:
    in_c = "".join(re.findall(r'"(CREATE TABLE [^"]*)"', (SAMPLE / "sampled" / "store.c").read_text()))
    assert in_c == "".join(module("store").SCHEMA.strip().splitlines())
