"""The slow sensors on I2C and RS-485; the fast ones are sampled by ``sampled``, in C."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from sensor_gateway.config import Config, Meter, Thermometer

log = logging.getLogger(__name__)

LM75_TEMPERATURE = 0x00
"""Register pointer of the temperature word (LM75 data sheet, table 3)."""


class Reading(NamedTuple):
    """One value of one channel, in its SI unit."""

    channel: str
    value: float


def celsius(word: int) -> float:
    """What an LM75's temperature word says; SMBus swaps its bytes, the upper nine bits are half degrees.

    >>> celsius(0x8019), celsius(0x00E7)
    (25.5, -25.0)
    """
    swapped = (word & 0xFF) << 8 | word >> 8
    half_degrees = swapped >> 7
    return (half_degrees - 512 if half_degrees & 256 else half_degrees) / 2


def read_thermometer(sensor: Thermometer) -> float:
    """The temperature in degrees Celsius."""
    from smbus2 import SMBus

    with SMBus(sensor.bus) as bus:
        return celsius(bus.read_word_data(sensor.address, LM75_TEMPERATURE))


def read_meter(meter: Meter) -> float:
    """The active power in watts."""
    import minimalmodbus

    instrument = minimalmodbus.Instrument(meter.port, meter.unit)
    return float(instrument.read_register(meter.register, number_of_decimals=1, signed=True))


def read_all(config: Config) -> Iterator[Reading]:
    """One round over the bus sensors; one that does not answer is logged and left out."""
    rounds = [(sensor.channel, read_thermometer, sensor) for sensor in config.thermometers]
    rounds += [(meter.channel, read_meter, meter) for meter in config.meters]
    for channel, read, sensor in rounds:
        try:
            yield Reading(channel, read(sensor))
        except OSError as error:
            log.warning("%s does not answer: %s", channel, error)
