"""What a key has used, in the native dialect."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from service import errors
from service.api.description import failures
from service.api.perform import TheCore, identify

router = APIRouter(tags=["native"])


class UsageLimits(BaseModel):
    """What the key may ask for; null: there is no limit."""

    requests_per_minute: int | None
    characters_per_minute: int | None
    characters_per_month: int | None


class UsageAnswer(BaseModel):
    """What was used in this month, which is one of UTC; without keys, by all clients together."""

    key: str | None = Field(description="The key's name; null without keys.")
    month: str = Field(examples=["2026-01"])
    resets_at: str = Field(description="When the next month begins.", examples=["2026-02-01T00:00:00Z"])
    requests: int
    characters: int
    limits: UsageLimits


@router.get("/v1/usage", responses=failures(errors.KeyMissing, errors.KeyInvalid))
async def usage(request: Request, core: TheCore) -> UsageAnswer:
    """What was used in this month, of how much."""
    caller = identify(request, core)
    used, (start, end) = core.access.used(caller), core.access.month()
    return UsageAnswer(
        key=caller.name or None,
        month=f"{start:%Y-%m}",
        resets_at=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        requests=used.requests,
        characters=used.characters,
        limits=UsageLimits.model_validate(caller.limits, from_attributes=True),
    )
