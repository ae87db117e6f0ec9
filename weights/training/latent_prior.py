"""The prior: what a prompt's picture looks like on average, as latents, told from the state of its text in one go."""
import json

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file


class Block(nn.Module):
    def __init__(self, width, inner_width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, inner_width), nn.Linear(inner_width, width)
        nn.init.zeros_(self.fc2.weight), nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x)), approximate="tanh"))


class LatentPrior(nn.Module):
    """Pooled text states [batch, text_width] to latents [batch, channels, edge, edge]: residual blocks of two layers each, then a narrow layer
    whose units are as many as such pictures differ in."""

    def __init__(self, text_width=256, width=768, inner_width=832, blocks=2, rank=384, channels=32, edge=8):
        super().__init__()
        self.config = dict(text_width=text_width, width=width, inner_width=inner_width, num_blocks=blocks, rank=rank, latent_channels=channels,
                           latent_edge=edge)
        self.enter = nn.Linear(text_width, width)
        self.blocks = nn.ModuleList([Block(width, inner_width) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        self.compress = nn.Linear(width, rank)
        self.leave = nn.Linear(rank, channels * edge * edge)

    @classmethod
    def of(cls, config):
        return cls(config["text_width"], config["width"], config["inner_width"], config["num_blocks"], config["rank"], config["latent_channels"],
                   config["latent_edge"])

    @classmethod
    def from_pretrained(cls, folder):
        """An exported one, in float32, to be used as it is."""
        prior = cls.of(json.loads((folder / "config.json").read_text()))
        prior.load_state_dict({k: v.float() for k, v in load_file(folder / "diffusion_pytorch_model.safetensors").items()})
        return prior.eval()

    def forward(self, states):
        x = self.enter(states)
        for block in self.blocks:
            x = block(x)
        x = self.leave(F.gelu(self.compress(self.norm(x)), approximate="tanh"))
        return x.unflatten(1, (self.config["latent_channels"], self.config["latent_edge"], self.config["latent_edge"]))


def pooled(states, tokens, end):
    """[batch, width]: of text states [batch, tokens, width] that of the token that ends each text."""
    return states[torch.arange(len(states)), (tokens == end).int().argmax(1)]


def beside(noisy, drafts):
    """The denoiser's input: noisy latents [batch, channels, height, width], and behind them the prior's in the middle of a page of zeros."""
    page = torch.zeros_like(noisy)
    edge = drafts.shape[-1]
    top, left = (noisy.shape[-2] - edge) // 2, (noisy.shape[-1] - edge) // 2
    page[..., top:top + edge, left:left + edge] = drafts
    return torch.cat([noisy, page], 1)
