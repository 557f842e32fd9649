"""What an operator can set: in a file, by `DRAGOMAN_*` variables or flags; checked at start-up and then frozen."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import DirectoryPath, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.reload_check import parse_command

PREFIX = "DRAGOMAN_"
FILE = PREFIX + "SETTINGS_FILE"
_SHIPPED = Path(__file__).parents[1] / "artifacts"
DEFAULT_ARTIFACTS = (_SHIPPED / "tatoeba-en-de", _SHIPPED / "tatoeba-en-fr-es")

Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """All settings; each limit has its unit in its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    artifacts: Annotated[tuple[Path, ...], NoDecode] = DEFAULT_ARTIFACTS

    max_body_bytes: Positive = 1024 * 1024
    max_header_bytes: Positive = 16 * 1024
    max_url_bytes: Positive = 8 * 1024
    max_texts: Positive = 512
    max_text_characters: Positive = 20_000
    max_request_characters: Positive = 100_000
    max_keep_literals: Positive = 200
    default_deadline_s: Seconds = 60.0
    max_deadline_s: Seconds = 600.0
    max_header_wait_s: Seconds = 10.0
    max_body_wait_s: Seconds = 30.0

    max_document_bytes: Positive = 1024 * 1024
    max_jobs: Positive = 256
    max_jobs_per_client: Positive = 16
    max_running_jobs: Positive = 2
    max_jobs_bytes: Positive = 64 * 1024 * 1024
    max_job_s: Seconds = 3600.0
    job_retention_s: Seconds = 3600.0
    jobs_directory: DirectoryPath | None = None

    beam_sizes: Annotated[tuple[Positive, ...], NoDecode] = ()
    max_rows: Positive = 32
    max_waiting_tokens: Positive = 65_536
    max_cache_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    num_threads: Positive = 1
    precision: Literal["auto", "fp32", "bf16", "int8"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    cuda_graphs: bool = True
    strict: bool = False

    database: Path | None = None
    keys_required: bool | None = None
    max_requests_per_minute: Positive | None = None
    max_characters_per_minute: Positive | None = None
    max_characters_per_month: Positive | None = None

    canary_interval_s: Seconds = 10.0
    max_proof_age_s: Seconds = 30.0
    max_heartbeat_age_s: Seconds = 10.0
    drain_delay_s: Delay = 3.0
    drain_timeout_s: Delay = 30.0
    reload_check: Annotated[tuple[str, ...], NoDecode] = ()
    reload_check_timeout_s: Seconds = 1800.0

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = True
    metrics_token: SecretStr | None = None
    admin_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    trusted_proxies: str = ""
    tracing_endpoint: str | None = None
    tracing_sample_ratio: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0

    @field_validator("artifacts", "beam_sizes", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Take a list from one string: separated by commas or as the system separates paths."""
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in re.split(f"[,{re.escape(os.pathsep)}]", value) if part.strip())

    @field_validator("reload_check", mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        return parse_command(value) if isinstance(value, str) else value

    @field_validator("artifacts")
    @classmethod
    def _not_empty(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        if not value:
            raise ValueError("at least one artifact is needed")
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for smaller, larger in (("default_deadline_s", "max_deadline_s"), ("canary_interval_s", "max_proof_age_s")):
            value, limit = getattr(self, smaller), getattr(self, larger)
            if value > limit:
                raise ValueError(f"{variable(smaller)} is {value:g}; the limit, {variable(larger)}, is {limit:g}")
        if self.max_document_bytes > self.max_jobs_bytes:
            value, limit = self.max_document_bytes, self.max_jobs_bytes
            raise ValueError(f"{variable('max_document_bytes')} is {value}; all may take {limit} together")
        return self


class SettingsError(Exception):
    """A setting that cannot be; the message names the variable."""


def read_settings(**flags: Any) -> Settings:
    """Read the file that `FILE` names and the environment, which wins; `flags` that are not None win over both.

    Raises:
        SettingsError: names each variable in question, what is wrong with it, and an unknown one's nearest neighbour.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = Settings(**{**_read_file(), **given})
    except ValidationError as error:
        raise SettingsError("; ".join(_describe(each["loc"], each["msg"]) for each in error.errors())) from error
    _refuse_unknown((name for name in os.environ if name.upper().startswith(PREFIX)), "")
    return settings


def _read_file() -> dict[str, Any]:
    """What the settings file says and no variable does."""
    path = os.environ.get(FILE)
    if not path:
        return {}
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SettingsError(f"{FILE}: cannot read {path}: {reason}") from error
    _refuse_unknown(map(variable, said), f" in {path}")
    variables = {name.upper() for name, value in os.environ.items() if value}
    return {name: value for name, value in said.items() if variable(name) not in variables}


def variable(name: str) -> str:
    """The environment variable that sets `name`."""
    return PREFIX + name.upper()


def _describe(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{variable(str(location[0]))}: {message[0].lower()}{message[1:]}" if location else message


def _refuse_unknown(variables: Iterable[str], place: str) -> None:
    """Refuse one of `variables` that sets nothing: it is a typing error that would go unnoticed."""
    known = {FILE, *map(variable, Settings.model_fields)}
    for name in sorted(variables):
        if name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            raise SettingsError(f"{name}{place} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
