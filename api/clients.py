"""Say from which network and device a request comes."""

from typing import Annotated, Any

from fastapi import Depends, Request

from api.addresses import client_network
from api.deps import ServicesHere
from api.limits import LimitName
from auth.sessions import Device

UNNAMED = "unknown"


async def _network(request: Request) -> str:
    return client_network(request)


Network = Annotated[str, Depends(_network)]


async def _device(request: Request, network: Network) -> Device:
    name = "".join(sign for sign in request.headers.get("user-agent", "") if sign.isprintable()).strip()
    return Device(name or UNNAMED, network)


DeviceHere = Annotated[Device, Depends(_device)]


def limited(name: LimitName) -> Any:
    """Make the dependency that spends one of the uses of a limit that a network has."""

    async def spend(request: Request, services: ServicesHere, network: Network) -> None:
        await services.limiter.spend(name, network, request)

    return Depends(spend)
