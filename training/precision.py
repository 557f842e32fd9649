"""Which arithmetic an update uses: bf16 where the hardware multiplies it, fp32 elsewhere."""

import torch

from training.config import Precision
from training.strict import ConfigError


def uses_bf16(precision: Precision, device: torch.device, setting: str = "training.precision") -> bool:
    """Whether what `setting` speaks of is to be computed in bf16 on `device`.

    Raises:
        ConfigError: bf16 is asked for, and a CPU without its instructions cannot run the fused LSTM in it.
    """
    can = multiplies_bf16(device)
    if precision == "bf16" and not can:
        raise ConfigError(f"{setting} is bf16, which this device ({device}) does not multiply; use auto or fp32")
    return can and precision != "fp32"


def multiplies_bf16(device: torch.device) -> bool:
    """Whether `device` has instructions for bf16 products; emulated bf16 is slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if capabilities:
        return any(bool(capabilities.get(name)) for name in ("amx_bf16", "avx512_bf16"))
    probes = [getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")]
    return any(bool(probe()) for probe in probes if probe is not None)
