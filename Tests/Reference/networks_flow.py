"""Makes the fixtures flux2-*.json and z-image-*.json of Tests/Fixtures/Networks: small transformers of rectified flow and their
autoencoders, of random weights, in diffusers.

Made with torch 2.15.0, diffusers 0.42.1. Run from the repository's root:

    python Tests/Reference/networks_flow.py

As in networks.py no weights are written, and the networks run in float64.
"""

import torch
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel, ZImageTransformer2DModel
from diffusers.pipelines.flux2.pipeline_flux2_klein import Flux2KleinPipeline as Klein

from networks import filled, pattern, write


def tokens(latents):
    return Klein._pack_latents(latents), Klein._prepare_latent_ids(latents)


def flux2(name, size, text=7, timestep=437.25, references=(), **configuration):
    configuration = {
        "in_channels": 8, "num_layers": 2, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
        "joint_attention_dim": 20, "timestep_guidance_channels": 32, "axes_dims_rope": [4, 4, 4, 4],
        "guidance_embeds": False, **configuration,
    }  # fmt: skip
    model, shapes = filled(Flux2Transformer2DModel(**configuration))
    channels = configuration["in_channels"]
    latents = pattern("latents", (1, channels, *size))
    context = pattern("context", (1, text, configuration["joint_attention_dim"]))
    x, ids = tokens(latents)
    others = [pattern(f"reference {i}", (1, channels, *extent)) for i, extent in enumerate(references)]
    if others:
        ids = torch.cat([ids, Klein._prepare_image_ids(others)], dim=1)
    joined = torch.cat([x, *(tokens(other)[0] for other in others)], dim=1)
    time = torch.tensor([timestep], dtype=torch.float64) / 1000
    velocity = model(
        hidden_states=joined, timestep=time, guidance=None, encoder_hidden_states=context,
        txt_ids=Klein._prepare_text_ids(context), img_ids=ids, return_dict=False)[0][:, : x.shape[1]]  # fmt: skip
    velocity = velocity.transpose(1, 2).reshape(1, -1, *size)
    write(
        name, configuration, shapes, latents=list(latents.shape), context=list(context.shape), timestep=timestep,
        references=[list(other.shape) for other in others], outputs={"prediction": velocity})  # fmt: skip


def flux2_autoencoder(name, size, tile=None, **configuration):
    """`size` and `tile` in latents of the denoiser."""
    count = len(configuration["block_out_channels"])
    configuration = {
        "norm_num_groups": 4, "down_block_types": ["DownEncoderBlock2D"] * count,
        "up_block_types": ["UpDecoderBlock2D"] * count, "patch_size": [2, 2], **configuration,
    }  # fmt: skip
    model, shapes = filled(AutoencoderKLFlux2(**configuration))
    shapes.pop("bn.num_batches_tracked")
    factor = 2**count
    picture = pattern("picture", (1, 3, *(extent * factor for extent in size)))
    latents = pattern("latents", (1, 4 * model.config.latent_channels, *size)) * 2
    if tile:
        model.enable_tiling()
        model.tile_latent_min_size, model.tile_sample_min_size = 2 * tile, tile * factor
    mean, deviation = (
        model.bn.running_mean.view(1, -1, 1, 1), torch.sqrt(model.bn.running_var.view(1, -1, 1, 1) + model.bn.eps))
    encoded = (Klein._patchify_latents(model.encode(picture).latent_dist.mode()) - mean) / deviation
    decoded = model.decode(Klein._unpatchify_latents(latents * deviation + mean)).sample
    write(
        name, configuration, shapes, picture=list(picture.shape), latents=list(latents.shape), tile=tile or 0,
        outputs={"encoded": encoded, "decoded": decoded})  # fmt: skip


def z_image(name, size, text=7, time=0.5625, **configuration):
    configuration = {
        "in_channels": 4, "dim": 24, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 3, "n_kv_heads": 3,
        "cap_feat_dim": 20, "axes_dims": [4, 2, 2], "axes_lens": [128, 32, 32], **configuration,
    }  # fmt: skip
    model, shapes = filled(ZImageTransformer2DModel(**configuration))
    latents = pattern("latents", (1, configuration["in_channels"], *size))
    context = pattern("context", (1, text, configuration["cap_feat_dim"]))
    # The rotation is complex64 whatever the network's type; its attention works on float32.
    prediction = model(
        [latents[0].unsqueeze(1)], torch.tensor([time], dtype=torch.float64), [context[0]], return_dict=False)[0][0]  # fmt: skip
    write(
        name, configuration, shapes, latents=list(latents.shape), context=list(context.shape), timestep=time,
        outputs={"prediction": prediction.squeeze(1).unsqueeze(0)})  # fmt: skip


def main():
    z_image("z-image", (8, 6))
    z_image("z-image-filled", (16, 8), text=32, time=0.0)
    z_image(
        "z-image-wide", (4, 14), text=45, time=0.998, dim=40, n_heads=2, n_kv_heads=2, axes_dims=[8, 4, 8], n_layers=1,
        n_refiner_layers=2, norm_eps=1e-6, rope_theta=100.0, t_scale=500.0)  # fmt: skip
    flux2("flux2", (4, 6))
    flux2("flux2-references", (3, 5), text=5, timestep=999.0, references=[(4, 3), (2, 2), (1, 6)], num_layers=1)
    flux2(
        "flux2-wide", (2, 3), text=12, timestep=3.5, num_attention_heads=3, attention_head_dim=24, mlp_ratio=2.5,
        axes_dims_rope=[4, 8, 8, 4], rope_theta=500, out_channels=6, num_single_layers=1, eps=1e-5)  # fmt: skip
    flux2_autoencoder("flux2-autoencoder", (3, 4), block_out_channels=[8, 12, 16], layers_per_block=2, latent_channels=5)
    flux2_autoencoder(
        "flux2-autoencoder-small", (4, 3), block_out_channels=[8, 16], decoder_block_out_channels=[4, 12],
        layers_per_block=1, latent_channels=4, batch_norm_eps=1e-3, mid_block_add_attention=False)  # fmt: skip
    flux2_autoencoder(
        "flux2-autoencoder-tiles", (7, 5), tile=4, block_out_channels=[4, 8], layers_per_block=1, latent_channels=4)


if __name__ == "__main__":
    main()
