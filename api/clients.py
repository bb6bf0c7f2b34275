"""Say from where a request comes, as far as the proxies that are believed tell."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import ServicesHere
from auth.sessions import Device
from auth.throttling import network_of

UNNAMED = "unknown"


def _network(request: Request) -> str:
    return network_of(request.client.host if request.client else "")


Network = Annotated[str, Depends(_network)]


def _device(request: Request, network: Network) -> Device:
    name = "".join(sign for sign in request.headers.get("user-agent", "") if sign.isprintable()).strip()
    return Device(name or UNNAMED, network)


DeviceHere = Annotated[Device, Depends(_device)]


def limited(kind: str) -> Any:
    """Make the dependency that spends one of the requests of this kind that a network has."""

    async def spend(request: Request, services: ServicesHere, network: Network) -> None:
        await services.limiter.spend(kind, network, request)

    guard: Callable[..., Any] = spend
    return Depends(guard)
