"""Which arithmetic an update uses: bf16 where the hardware multiplies it, fp32 elsewhere."""

from contextlib import AbstractContextManager, nullcontext

import torch

from training.config import Precision


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """The context for a forward pass: autocast to bf16, or nothing."""
    if precision == "bf16" or (precision == "auto" and multiplies_bf16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def multiplies_bf16(device: torch.device) -> bool:
    """Whether `device` has instructions for bf16 products; emulated bf16 is slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if capabilities:
        return any(bool(capabilities.get(name)) for name in ("amx_bf16", "avx512_bf16"))
    probes = [getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")]
    return any(bool(probe()) for probe in probes if probe is not None)
