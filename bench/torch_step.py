"""One training step of denoising-diffusion-pytorch's U-Net: the far side of `bench.training_step`, run in PyTorch.

It shares no code with colorize_lib and needs an environment of its own:

    python3 -m venv torchenv
    torchenv/bin/pip install torch==2.14.1 denoising-diffusion-pytorch==2.3.4
"""

import sys

import torch
from denoising_diffusion_pytorch import Unet
from ema_pytorch import EMA
from torch.utils.flop_counter import FlopCounterMode

from bench import turns

THREADS, BATCH, SIZE = 2, 32, 32


def step_of(layout: torch.memory_format):
    """The network at this book's base and multipliers, and a function that makes one step."""
    # Two noisy chroma planes and the gray picture in, two planes out.
    network = Unet(dim=16, dim_mults=(1, 1, 3, 3), channels=3, out_dim=2).to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    average = EMA(network, beta=0.995, update_every=10)  # as its Trainer has it
    inputs = torch.randn(BATCH, 3, SIZE, SIZE).to(memory_format=layout)
    sought, levels = torch.randn(BATCH, 2, SIZE, SIZE), torch.rand(BATCH)

    def step() -> None:
        loss = torch.nn.functional.mse_loss(network(inputs, levels), sought)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)  # as its Trainer has it
        optimizer.step()
        average.update()

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs, levels)
    return network, step, counter.get_total_flops() / BATCH


def main(layout: str) -> None:
    torch.set_num_threads(THREADS)
    imported = turns.peak_kb()
    formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    network, step, flops = step_of(formats[layout])
    parameters = sum(p.numel() for p in network.parameters())
    turns.serve(step, {"parameters": parameters, "forward_flops": flops}, imported)


if __name__ == "__main__":
    main(*sys.argv[1:])
