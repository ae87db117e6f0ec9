"""Makes Tests/Fixtures/Networks: what small networks of random weights give in diffusers and transformers.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0. Run from the repository's root:

    python Tests/Reference/networks.py

No weights are written: both sides fill tensors from a hash of their names (`pattern` here, `PatternedTensors` in
Tests/TestSupport). The networks run in float64, so that the expected values carry no rounding of their own but that of
the sinusoidal embeddings, which diffusers computes in float32 whatever the network's type.
"""

import json
import pathlib
import sys

import numpy
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, PixArtTransformer2DModel, UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "Networks"
sys.path.append(str(FOLDER.parents[2] / "weights" / "training"))
from latent_prior import LatentPrior  # noqa: E402
MAXIMUM_VALUES = 300

torch.set_grad_enabled(False)
torch.set_num_threads(1)


def pattern(name, shape):
    """Values in [-1, 1) of 16 bits each: SplitMix64 seeded with the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    count = int(numpy.prod(shape, dtype=numpy.int64))
    z = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    values = (z >> numpy.uint64(48)).astype(numpy.float64) / 32768 - 1
    return torch.from_numpy(values.reshape(shape))


def weight(name, shape):
    """Scaled by a power of two so that signals keep their size: every value is exact in float32."""
    values = pattern(name, shape)
    if name.endswith("running_var"):
        return abs(values) + 1 / 64
    if len(shape) < 2:
        return 1 + values / 4 if name.endswith("weight") else values / 8
    inputs = int(numpy.prod(shape[1:]))
    exponent = 0
    while 4**exponent < inputs:
        exponent += 1
    return values * 2.0 ** (1 - exponent)


def filled(model):
    """The model in float64 with patterned weights, and the shapes of its tensors."""
    state = {
        name: weight(name, tuple(value.shape)).to(torch.float64)
        for name, value in model.state_dict().items()
        if not name.endswith(("position_ids", "pos_embed.pos_embed"))
    }
    model = model.double()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith(("position_ids", "pos_embed.pos_embed")) for name in missing)
    return model.eval(), {name: list(value.shape) for name, value in state.items()}


def sampled(values):
    """At most MAXIMUM_VALUES of the values, evenly spread, of an array in row-major order."""
    flat = values.reshape(-1)
    every = max(1, -(-flat.numel() // MAXIMUM_VALUES))
    # A step that shares no factor with the extents visits all channels and columns.
    while every > 1 and any(numpy.gcd(every, extent) > 1 for extent in values.shape if extent > 1):
        every += 1
    return {
        "shape": list(values.shape),
        "every": every,
        "values": [float(f"{value:.8g}") for value in flat[::every].tolist()],
    }


def write(name, configuration, shapes, **rest):
    outputs = {key: sampled(value) for key, value in rest.pop("outputs").items()}
    tensors = [" ".join([key, *map(str, shape)]) for key, shape in sorted(shapes.items())]
    fixture = {"configuration": configuration, **rest, "outputs": outputs, "tensors": tensors}
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(fixture, separators=(",", ":")).replace('","', '",\n"').replace(',"outputs"', ',\n"outputs"')
    (FOLDER / f"{name}.json").write_text(text + "\n")
    for key, value in outputs.items():
        print(name, key, value["shape"], "largest", max(map(abs, value["values"])))


def clip(name, skipped, sequences, **configuration):
    configuration = {
        "vocab_size": 50, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 3,
        "max_position_embeddings": 11, **configuration,
    }  # fmt: skip
    # Ids beyond the vocabulary, so that none of ours is taken for the end of a text.
    model = CLIPTextModel(CLIPTextConfig(**configuration, bos_token_id=48, eos_token_id=49, pad_token_id=49))
    model, shapes = filled(model)
    # transformers 5 dropped the `text_model.` that checkpoints carry.
    prefixed = {key if key.startswith("text_model.") else "text_model." + key: value for key, value in shapes.items()}
    if prefixed.keys() != shapes.keys():
        model.load_state_dict(
            {key.removeprefix("text_model."): weight(key, tuple(shape)) for key, shape in prefixed.items()}, strict=False)
    hidden = model(torch.tensor(sequences), output_hidden_states=True).hidden_states
    norm = getattr(model, "text_model", model).final_layer_norm
    outputs = {str(skip): norm(hidden[-1 - skip]) for skip in skipped}
    write(name, configuration, prefixed, sequences=sequences, outputs=outputs)


def clip_projected(name, skipped, sequences, **configuration):
    """SDXL's second encoder: hidden states without the final norm, and the projected texts."""
    configuration = {
        "vocab_size": 50, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 3, "hidden_act": "gelu",
        "max_position_embeddings": 11, "projection_dim": 14, "num_hidden_layers": 4, **configuration,
    }  # fmt: skip
    model, shapes = filled(CLIPTextModelWithProjection(CLIPTextConfig(**configuration, bos_token_id=48, pad_token_id=0)))
    result = model(torch.tensor(sequences), output_hidden_states=True)
    outputs = {str(skip): result.hidden_states[-1 - skip] for skip in skipped}
    write(name, configuration, shapes, sequences=sequences, outputs={**outputs, "pooled": result.text_embeds})


def unet(name, size, batch=1, timestep=501.0, guidance=None, tokens=7, time_ids=None, **configuration):
    """`time_ids`: for each picture of the batch, the numbers that SDXL is told beside the text."""
    configuration = {"norm_num_groups": 4, "cross_attention_dim": 20, **configuration}
    model, shapes = filled(UNet2DConditionModel(**configuration))
    latents = pattern("latents", (batch, model.config.in_channels, *size))
    context = pattern("context", (batch, tokens, model.config.cross_attention_dim))
    condition = None
    if guidance is not None:
        embed = StableDiffusionPipeline.get_guidance_scale_embedding
        scale = torch.tensor([guidance - 1.0]).repeat(batch)
        condition = embed(None, scale, embedding_dim=model.config.time_cond_proj_dim).double()
    added, inputs = None, {}
    if time_ids is not None:
        numbers = len(time_ids[0]) * configuration["addition_time_embed_dim"]
        pooled = pattern("pooled", (batch, configuration["projection_class_embeddings_input_dim"] - numbers))
        added = {"text_embeds": pooled, "time_ids": torch.tensor(time_ids)}
        inputs = {"pooled": list(pooled.shape), "timeIDs": time_ids}
    prediction = model(latents, timestep, context, timestep_cond=condition, added_cond_kwargs=added).sample
    write(
        name, configuration, shapes, latents=list(latents.shape), context=list(context.shape), timestep=timestep,
        guidance=guidance or 1.0, **inputs, outputs={"prediction": prediction})  # fmt: skip


def prior(name, texts, **configuration):
    model, shapes = filled(LatentPrior.of(configuration))
    states = pattern("states", (texts, configuration["text_width"]))
    write(name, configuration, shapes, states=list(states.shape), outputs={"drafts": model(states)})


def autoencoder(name, size, tile=None, patch=1, **configuration):
    """`tile` is an edge in latents. Where `patch` is not 1, pixel (un)shuffling stands around the network."""
    count = len(configuration["block_out_channels"])
    configuration = {
        "in_channels": 3 * patch * patch, "out_channels": 3 * patch * patch, "norm_num_groups": 4,
        "down_block_types": ["DownEncoderBlock2D"] * count, "up_block_types": ["UpDecoderBlock2D"] * count,
        **configuration,
    }  # fmt: skip
    model, shapes = filled(AutoencoderKL(**configuration))
    factor = 2 ** (count - 1)
    settings = model.config
    picture = pattern("picture", (1, 3, *(extent * factor * patch for extent in size)))
    latents = pattern("latents", (1, settings.latent_channels, *size)) * 2
    noise = pattern("noise", tuple(latents.shape))
    if tile:
        model.enable_tiling()
        model.tile_latent_min_size, model.tile_sample_min_size = tile, tile * factor
    distribution = model.encode(torch.nn.functional.pixel_unshuffle(picture, patch)).latent_dist
    shift = settings.shift_factor or 0.0
    encoded = (distribution.mean + distribution.std * noise - shift) * settings.scaling_factor
    decoded = torch.nn.functional.pixel_shuffle(model.decode(latents / settings.scaling_factor + shift).sample, patch)
    configuration |= {} if patch == 1 else {"patch_size": patch}
    write(
        name, configuration, shapes, picture=list(picture.shape), latents=list(latents.shape), tile=tile or 0,
        outputs={"encoded": encoded, "decoded": decoded})  # fmt: skip


class PooledBlock(torch.nn.Module):
    """A block of TAEF2's innermost levels (`taesd.py` of madebyollin/taesd, 5cccb12, `use_midblock_gn`)."""

    def __init__(self, block):
        super().__init__()
        channels = block.conv[0].in_channels
        self.conv = block.conv
        self.pool = torch.nn.Sequential(
            torch.nn.Conv2d(channels, 4 * channels, 1, bias=False), torch.nn.GroupNorm(4, 4 * channels),
            torch.nn.ReLU(), torch.nn.Conv2d(4 * channels, channels, 1, bias=False))  # fmt: skip

    def forward(self, x):
        x = x + self.pool(x)
        return torch.relu(self.conv(x) + x)


def taef2(name, size, **configuration):
    """FLUX.2's tiny autoencoder, whose latents its denoiser has by fours (`Flux2KleinPipeline._patchify_latents`)."""
    model = AutoencoderTiny(**configuration)
    encoder, decoder = model.encoder.layers, model.decoder.layers
    innermost = model.config.num_encoder_blocks[-1]
    for place in range(len(encoder) - 1 - innermost, len(encoder) - 1):
        encoder[place] = PooledBlock(encoder[place])
    for place in range(2, 2 + model.config.num_decoder_blocks[0]):
        decoder[place] = PooledBlock(decoder[place])
    model, shapes = filled(model)
    factor = 2 ** len(model.config.num_encoder_blocks)
    picture = pattern("picture", (1, 3, *(extent * factor for extent in size)))
    latents = pattern("latents", (1, 4 * model.config.latent_channels, *size)) * 2
    encoded = torch.nn.functional.pixel_unshuffle(model.encode(picture).latents, 2)
    decoded = model.decode(torch.nn.functional.pixel_shuffle(latents, 2)).sample
    write(
        name, configuration | {"patch_size": 2}, shapes, picture=list(picture.shape), latents=list(latents.shape),
        outputs={"encoded": encoded, "decoded": decoded})  # fmt: skip


def tiny(name, size, **configuration):
    model, shapes = filled(AutoencoderTiny(**configuration))
    factor = 2 ** (len(model.config.num_encoder_blocks) - 1)
    picture = pattern("picture", (1, 3, *(extent * factor for extent in size)))
    latents = pattern("latents", (1, model.config.latent_channels, *size)) * 2
    scale, shift = model.config.scaling_factor, model.config.shift_factor
    encoded = (model.encode(picture).latents - shift) * scale
    decoded = model.decode(latents / scale + shift).sample
    write(
        name, configuration, shapes, picture=list(picture.shape), latents=list(latents.shape),
        outputs={"encoded": encoded, "decoded": decoded})  # fmt: skip


def pixart(name, size, batch=1, timestep=333.0, tokens=5, **configuration):
    configuration = {
        "num_attention_heads": 3, "attention_head_dim": 8, "cross_attention_dim": 24, "caption_channels": 20,
        "num_layers": 2, "use_additional_conditions": False, **configuration,
    }  # fmt: skip
    model, shapes = filled(PixArtTransformer2DModel(**configuration))
    # A buffer made in float32; where the grid is another, diffusers computes it anew.
    latents = pattern("latents", (batch, model.config.in_channels, *size))
    context = pattern("context", (batch, tokens, model.config.caption_channels))
    prediction = model(
        latents, context, timestep=torch.full((batch,), timestep),
        added_cond_kwargs={"resolution": None, "aspect_ratio": None}).sample  # fmt: skip
    write(
        name, configuration, shapes, latents=list(latents.shape), context=list(context.shape), timestep=timestep,
        guidance=1.0, outputs={"prediction": prediction})  # fmt: skip


class SRVGGNetCompact(torch.nn.Module):
    """Real-ESRGAN's compact network, by its description (Wang et al. 2021) and the names of the published weights."""

    def __init__(self, num_feat, num_conv, upscale):
        super().__init__()
        self.upscale = upscale
        widths = [3, *[num_feat] * (num_conv + 1)]
        self.body = torch.nn.ModuleList()
        for inputs in widths[:-1]:
            self.body += [torch.nn.Conv2d(inputs, num_feat, 3, padding=1), torch.nn.PReLU(num_feat)]
        self.body.append(torch.nn.Conv2d(num_feat, 3 * upscale**2, 3, padding=1))

    def forward(self, picture):
        x = picture
        for layer in self.body:
            x = layer(x)
        nearest = torch.nn.functional.interpolate(picture, scale_factor=self.upscale, mode="nearest")
        return torch.nn.functional.pixel_shuffle(x, self.upscale) + nearest


def upscaler(name, size, **configuration):
    model, shapes = filled(SRVGGNetCompact(**configuration))
    picture = pattern("picture", (1, 3, *size))
    write(name, configuration, shapes, picture=list(picture.shape), outputs={"enlarged": model(picture)})


def main():
    prior("prior", 3, text_width=20, width=24, inner_width=40, num_blocks=2, rank=15, latent_channels=6, latent_edge=5)
    upscaler("upscaler-twice", (7, 9), num_feat=8, num_conv=2, upscale=2)
    upscaler("upscaler-fourfold", (6, 5), num_feat=12, num_conv=1, upscale=4)
    sequences = [[48, 3, 17, 5, 49, 49, 49], [48, 7, 7, 0, 21, 30, 49]]
    clip("clip-quick-gelu", [0, 1, 2], sequences, num_hidden_layers=3, hidden_act="quick_gelu")
    clip("clip-gelu", [0], [sequences[0] + [1, 2, 3, 4]], num_hidden_layers=2, hidden_act="gelu", layer_norm_eps=1e-6)

    padded = [[48, 3, 17, 5, 49, 0, 0], [48, 7, 7, 0, 21, 30, 49]]
    clip_projected("clip-projected", [1, 2, 4], padded, eos_token_id=49)
    # Old configurations say 2; there the largest number ends a text.
    clip_projected("clip-projected-old", [1], [[48, 2, 49, 49, 0, 0], [48, 30, 2, 7, 49, 0]], eos_token_id=2)

    attending, plain = "CrossAttnDownBlock2D", "DownBlock2D"
    up = "CrossAttnUpBlock2D"
    unet(
        "unet-heads-everywhere", (8, 6), batch=2, attention_head_dim=2, block_out_channels=[16, 24],
        layers_per_block=1, down_block_types=[attending, plain], up_block_types=["UpBlock2D", up])  # fmt: skip
    unet(
        "unet-heads-by-level", (9, 7), timestep=37.5, attention_head_dim=[1, 2, 4], block_out_channels=[8, 16, 32],
        layers_per_block=1, use_linear_projection=True, norm_eps=1e-6, down_block_types=[attending, attending, plain],
        up_block_types=["UpBlock2D", up, up])  # fmt: skip
    unet(
        "unet-guidance-embedded", (6, 5), timestep=999.0, guidance=8.5, attention_head_dim=2, time_cond_proj_dim=32,
        block_out_channels=[8, 16], layers_per_block=[2, 1], down_block_types=[attending, attending],
        up_block_types=[up, up], transformer_layers_per_block=[1, 2])  # fmt: skip
    unet(
        "unet-inpainting", (4, 8), timestep=0.0, in_channels=9, attention_head_dim=4, block_out_channels=[8, 8],
        layers_per_block=1, flip_sin_to_cos=False, freq_shift=1, downsample_padding=0,
        down_block_types=[plain, attending], up_block_types=[up, "UpBlock2D"])  # fmt: skip
    unet(
        "unet-four-levels", (5, 5), timestep=901.0, attention_head_dim=2, block_out_channels=[4, 8, 8, 8],
        layers_per_block=1, tokens=77, down_block_types=[attending] * 3 + [plain],
        up_block_types=["UpBlock2D"] + [up] * 3)  # fmt: skip

    # SDXL and its prunings, three levels each.
    ids = [[512.0, 768.0, 16.0, 32.0, 1024.0, 896.0], [1024.0, 1024.0, 0.0, 0.0, 1024.0, 1024.0]]
    xl = dict(
        attention_head_dim=[1, 2, 4], block_out_channels=[8, 16, 32], use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=10 + 6 * 8,
        down_block_types=[plain, attending, attending], up_block_types=[up, up, "UpBlock2D"])  # fmt: skip
    unet("unet-sdxl", (8, 6), batch=2, time_ids=ids, transformer_layers_per_block=[1, 2, 3], **xl)
    unet(
        "unet-ssd-1b", (4, 5), batch=2, time_ids=ids, mid_block_type="UNetMidBlock2D",
        transformer_layers_per_block=[1, [2, 2], [3, 3]], reverse_transformer_layers_per_block=[[2, 2, 4], [2, 1, 1], 1],
        **xl)  # fmt: skip
    unet(
        "unet-vega", (5, 4), time_ids=ids[:1], mid_block_type="UNetMidBlock2D",
        transformer_layers_per_block=[1, [1, 1], [2, 2]], reverse_transformer_layers_per_block=[[2, 2, 2], [1, 1, 1], 1],
        **xl)  # fmt: skip
    unet(
        "unet-koala", (4, 4), time_ids=ids[1:], layers_per_block=1, transformer_layers_per_block=[1, 2, 3],
        mid_block_type=None, **xl)  # fmt: skip
    unet(
        "unet-refiner", (8, 8), time_ids=[[1024.0, 1024.0, 0.0, 0.0, 6.0]], layers_per_block=1,
        transformer_layers_per_block=2,
        **xl | dict(attention_head_dim=[1, 2, 4, 4], block_out_channels=[8, 16, 24, 24],
                    projection_class_embeddings_input_dim=10 + 5 * 8, down_block_types=[plain, attending, attending, plain],
                    up_block_types=["UpBlock2D", up, up, "UpBlock2D"]))  # fmt: skip
    # SDXS-512-DreamShaper, SDXS-512-0.9, tiny-SD and BK-SDM-tiny, BK-SDM-small.
    pruned = dict(layers_per_block=1, mid_block_type=None, block_out_channels=[8, 16, 24])
    unet(
        "unet-sdxs", (4, 6), timestep=999.0, attention_head_dim=2, down_block_types=[plain, attending, attending],
        up_block_types=[up, up, "UpBlock2D"], **pruned)  # fmt: skip
    unet(
        "unet-sdxs-0.9", (4, 6), batch=2, timestep=999.0, attention_head_dim=[1, 2, 4], use_linear_projection=True,
        only_cross_attention=[True, False, False], down_block_types=[attending] * 3, up_block_types=[up] * 3,
        **pruned)  # fmt: skip
    unet(
        "unet-tiny-sd", (8, 4), attention_head_dim=4, down_block_types=[attending] * 3, up_block_types=[up] * 3, **pruned)
    unet(
        "unet-bk-sdm-small", (8, 8), attention_head_dim=4, down_block_types=[attending] * 3 + [plain],
        up_block_types=["UpBlock2D"] + [up] * 3, **pruned | dict(block_out_channels=[8, 8, 16, 16]))  # fmt: skip
    # Projections without a block between them.
    unet(
        "unet-depth-zero", (4, 4), attention_head_dim=2, block_out_channels=[8, 16], layers_per_block=2,
        transformer_layers_per_block=[[1, 0], 0], reverse_transformer_layers_per_block=[0, [0, 2, 1]],
        down_block_types=[attending] * 2, up_block_types=[up] * 2)  # fmt: skip

    autoencoder("autoencoder", (5, 4), block_out_channels=[8, 12, 16], layers_per_block=2, latent_channels=4)
    autoencoder(
        "autoencoder-shifted", (3, 6), block_out_channels=[8, 16], layers_per_block=1, latent_channels=5,
        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5305)  # fmt: skip
    autoencoder(
        "autoencoder-patches", (4, 3), patch=4, block_out_channels=[8, 16], layers_per_block=1, latent_channels=8,
        mid_block_add_attention=False, scaling_factor=0.75)  # fmt: skip
    autoencoder(
        "autoencoder-tiles", (13, 9), tile=8, block_out_channels=[4, 8], layers_per_block=1, latent_channels=4)
    tiny(
        "tiny-autoencoder", (3, 4), encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(12, 12, 12),
        num_encoder_blocks=(1, 2, 1), num_decoder_blocks=(2, 0, 1), latent_channels=4, scaling_factor=1.25,
        shift_factor=0.125)  # fmt: skip
    taef2(
        "tiny-autoencoder-flux2", (3, 2), encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 2), num_decoder_blocks=(2, 1, 1), latent_channels=6)  # fmt: skip

    pixart("pixart-patches", (8, 12), batch=2, patch_size=2, sample_size=8, in_channels=4, out_channels=8)
    pixart(
        "pixart-pixels", (5, 7), timestep=12.25, patch_size=1, sample_size=8, in_channels=6, out_channels=6,
        interpolation_scale=2, attention_bias=False, activation_fn="geglu", norm_eps=1e-5)  # fmt: skip
    pixart("pixart-trained-grid", (8, 8), patch_size=1, sample_size=8, in_channels=4, out_channels=4)


if __name__ == "__main__":
    main()
