"""Makes Tests/Fixtures/PicturesXL: tiny checkpoints of SDXL's family and of small relatives of Stable Diffusion 1 and 2,
and the pictures that diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0. Run from the repository's root, after
pictures_end_to_end.py, whose autoencoders and model `sd1` are linked to:

    python Tests/Reference/pictures_sdxl.py [--double]

Models, in diffusers' folder layout (what is equal to another model's part is a symbolic link to it):

    xl                 as SDXL base: Euler, leading; text encoders of widths 16 and 24, the second pads with "!"
    xl-turbo           the same networks with Euler ancestral, trailing
    xl-lightning       ... with Euler, trailing; xl-lightning-1step predicts the sample, as the file for one step does
    xl-hyper           ... with DDIM, trailing
    xl-vpred           ... with Euler, trailing, velocities, and betas without a signal at the end (NoobAI)
    xl-lcm             ... with LCM, and a UNet that embeds the guidance scale
    tinyvae            ... with Euler and an AutoencoderTiny (TAESDXL)
    ssd1b              as SSD-1B: depths of its own for each attention, a mid block of one ResNet; the end of text is the
                       token's own number, not 2 as in old files
    vega               as Segmind-Vega: the same kind of UNet, two layers a level
    koala              as KOALA-700M: no mid block; no negative prompt is an empty one
    sdxs               as SDXS-512-DreamShaper: no attention in the first level, no mid block, AutoencoderTiny
    sdxs09             as SDXS-512-0.9: no self-attention in the first level, the text encoder of Stable Diffusion 2
    xl-file            as SDXL base and
    ssd1b-file         as SSD-1B, with two levels and the numbers that a single file implies: 32 groups, heads of 64 channels
    tinysd             as tiny-SD and BK-SDM-tiny: Stable Diffusion 1 with one layer a level and no mid block

The UNets of the last three have 32 channels in 32 groups, so that their pictures do not depend on the time step, the pooled
text and the size: norms of single channels take away what these add. All others' pictures do.

Parameters follow from their names and shapes, so that networks have equal tensors in common; those of `xl`, `xl-lcm`, `ssd1b`
and `koala` lie in shards that they share, and so do those of the last three.

`xl-file_original_keys.tsv` and `tinysd_original_keys.tsv` say how a single file of the original layout holds the tensors: part,
name in the folder, original name, original shape, form (original_layout.py). Those of `ssd1b-file` are the rows of `xl-file` whose
tensors it has.

`cases.json` holds what was asked for, `<name>.png` what diffusers painted in float32. In a case, no `negative` means None, which
SDXL's pipeline takes for zeros; `eta` is 0 where it is not given; `timesteps` stand for as many `steps`. `--double` also paints in
float64 and prints how far that is.
"""

import collections
import json
import pathlib
import shutil
import sys
import tempfile
import zlib

import diffusers
import numpy
import torch
import transformers
from diffusers import (
    AutoencoderTiny, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline, UNet2DConditionModel)
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from original_layout import configuration, original_rows, single_file_tensors
from pictures_end_to_end import LONG, random_parameter, reference, scheduler, write_tokenizer

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "PicturesXL"
POSITIONS, WIDTH, WIDTH_2, PROJECTION = 77, 16, 24, 20
TIME_IDS, TIME_ID_WIDTH = 6, 16
TABLES = {"xl-file": "xl-file", "ssd1b-file": "xl-file", "tinysd": "tinysd"}  # which table says how the model's single file is

STANDARD = dict(guidance=5.0, steps=5, width=64, height=64, seed=42)
FOX = dict(model="xl", prompt="a red fox in the snow")
FOUR = [999, 749, 499, 249]
CASES = [
    dict(FOX, name="xl-model"),
    dict(FOX, name="xl-negative-empty", negative=""),
    dict(FOX, name="xl-negative", negative="blurry, dark"),
    dict(FOX, name="xl-guidance-1", guidance=1.0),
    dict(FOX, name="xl-guidance-12", guidance=12.0, negative="cars"),
    dict(FOX, name="xl-clip-skip-1", clip_skip=1),
    dict(FOX, name="xl-clip-skip-2", clip_skip=2, negative="blurry, dark"),
    dict(FOX, name="xl-wide", width=104, height=72, seed=7),
    dict(FOX, name="xl-tall", width=72, height=104, negative="", sampler="euler-a"),
    dict(FOX, name="xl-large-seed", seed=(5 << 40) + 3, sampler="ddim"),
    dict(model="xl", name="xl-long", prompt=LONG, sampler="dpm++2m"),
    dict(model="xl", name="xl-unicode", prompt="Été à l'ÎLE,  猫と犬!! &amp; 'tis", negative="Ünder 犬"),
    dict(FOX, name="xl-ddim", sampler="ddim"),
    dict(FOX, name="xl-ddim-eta", sampler="ddim", eta=0.3),
    dict(FOX, name="xl-ddim-eta-1", sampler="ddim", eta=1.0, spacing="trailing"),
    dict(FOX, name="xl-dpm++2m-karras", sampler="dpm++2m", schedule="karras", steps=8),
    dict(FOX, name="xl-unipc", sampler="unipc"),
    dict(FOX, name="xl-heun", sampler="heun"),
    dict(FOX, name="xl-lcm-sampler", sampler="lcm", guidance=1.5, steps=4),
    dict(FOX, name="xl-rescale", guidance_rescale=0.7, guidance=12.0),
    dict(FOX, name="xl-rescale-ddim", guidance_rescale=0.7, sampler="ddim", negative="green", width=72, height=64),
    dict(FOX, name="xl-timesteps", timesteps=FOUR),
    dict(FOX, name="xl-timesteps-heun", sampler="heun", timesteps=[900, 500, 100]),
    dict(FOX, name="xl-timesteps-dpm++2m", sampler="dpm++2m", timesteps=[999, 850, 700, 500, 300, 150]),
    dict(FOX, name="xl-reference", strength=0.6, steps=8),
    dict(FOX, name="xl-reference-wide", strength=0.35, steps=9, sampler="euler-a", width=88, height=64, negative=""),
    dict(FOX, name="xl-reference-1", strength=1.0, sampler="dpm++2m", negative="cars"),
    dict(FOX, name="xl-reference-ddim", strength=0.6, sampler="ddim", eta=0.3, clip_skip=1, width=64, height=72),

    dict(model="xl-turbo", name="xl-turbo-1step", prompt="a golden bird", steps=1, guidance=0.0),
    dict(model="xl-turbo", name="xl-turbo-4steps", prompt="a golden bird", steps=4, guidance=1.0),
    dict(model="xl-turbo", name="xl-turbo-wide", prompt="a boat on a river", steps=2, guidance=0.0, width=104, height=72),
    dict(model="xl-turbo", name="xl-turbo-reference", prompt="a boat on a river", steps=2, strength=0.6, guidance=0.0),
    dict(model="xl-lightning", name="xl-lightning-2steps", prompt="a castle by the sea", steps=2, guidance=0.0),
    dict(model="xl-lightning", name="xl-lightning-4steps", prompt="a castle by the sea", steps=4, guidance=1.0),
    dict(model="xl-lightning-1step", name="xl-lightning-1step", prompt="a castle by the sea", steps=1, guidance=0.0),
    dict(model="xl-hyper", name="xl-hyper-4steps", prompt="a robot", steps=4, guidance=0.0),
    dict(model="xl-hyper", name="xl-hyper-tcd", prompt="a robot", sampler="tcd", steps=4, guidance=0.0, eta=0.3),
    dict(model="xl-hyper", name="xl-hyper-tcd-800", prompt="a robot", sampler="tcd", timesteps=[800], guidance=0.0, eta=1.0),
    dict(model="xl-hyper", name="xl-hyper-tcd-timesteps", prompt="a robot", sampler="tcd", timesteps=FOUR, guidance=1.5, eta=1.0),
    dict(model="xl-hyper", name="xl-hyper-lcm-800", prompt="a robot", sampler="lcm", timesteps=[800], guidance=0.0),
    dict(model="xl-lcm", name="xl-lcm-model", prompt="a horse", steps=4, guidance=8.0),
    dict(model="xl-lcm", name="xl-lcm-guidance-1", prompt="a horse", steps=4, guidance=1.0, width=72, height=64),
    dict(model="xl-lcm", name="xl-lcm-timesteps", prompt="a horse", timesteps=FOUR, guidance=5.0),
    dict(model="xl-lcm", name="xl-lcm-reference", prompt="a horse", steps=4, strength=0.6),
    dict(model="xl-vpred", name="xl-vpred-model", prompt="a knight and a horse!"),
    dict(model="xl-vpred", name="xl-vpred-rescale", prompt="a knight and a horse!", guidance_rescale=0.7, negative="dark"),
    dict(model="xl-vpred", name="xl-vpred-ddim", prompt="a knight", sampler="ddim", eta=0.3, guidance_rescale=0.7),
    dict(model="xl-vpred", name="xl-vpred-dpm++2m", prompt="a knight", sampler="dpm++2m"),
    dict(model="xl-vpred", name="xl-vpred-reference", prompt="a knight", strength=0.6, negative=""),

    dict(model="ssd1b", name="ssd1b-model", prompt="a tower at night", negative="blurry"),
    dict(model="ssd1b", name="ssd1b-wide", prompt="a tower at night", width=104, height=72, sampler="dpm++2m"),
    dict(model="vega", name="vega-model", prompt="a garden"),
    dict(model="vega", name="vega-tall", prompt="a garden", width=72, height=104, sampler="unipc", negative="cars"),
    dict(model="vega", name="vega-reference", prompt="a garden", strength=0.6, clip_skip=2),
    dict(model="koala", name="koala-model", prompt="an apple"),
    dict(model="koala", name="koala-wide", prompt="an apple", width=104, height=72, sampler="euler-a", negative="red"),
    dict(model="tinyvae", name="tinyvae-model", prompt="a boat"),
    dict(model="tinyvae", name="tinyvae-wide", prompt="a boat", width=104, height=72, sampler="lcm", steps=2, guidance=1.0),
    dict(model="tinyvae", name="tinyvae-reference", prompt="a boat", width=72, height=64, strength=0.6),

    dict(model="xl-file", name="xl-file-model", prompt="a house"),
    dict(model="xl-file", name="xl-file-wide", prompt="a house", negative="", width=72, height=64, clip_skip=1),
    dict(model="ssd1b-file", name="ssd1b-file-model", prompt="a house", negative="dark"),
    dict(model="tinysd", name="tinysd-model", prompt="a street"),
    dict(model="tinysd", name="tinysd-wide", prompt="a street", width=88, clip_skip=1, negative="cars", sampler="dpm++2m"),
    dict(model="tinysd", name="tinysd-reference", prompt="a street", strength=0.6, steps=6),
    dict(model="sdxs", name="sdxs-1step", prompt="a bridge", steps=1, guidance=0.0),
    dict(model="sdxs", name="sdxs-wide", prompt="a bridge", steps=1, guidance=0.0, width=104, height=72),
    dict(model="sdxs09", name="sdxs09-1step", prompt="the sun", steps=1, guidance=1.0),
    dict(model="sdxs09", name="sdxs09-guided", prompt="the sun", steps=3, width=72, height=104, negative="night"),
    dict(model="sd1", name="sd1-rescale", prompt="a red fox in the snow", guidance_rescale=0.7, sampler="ddim", negative=""),
    dict(model="sd1", name="sd1-tcd-timesteps", prompt="a red fox in the snow", sampler="tcd", timesteps=FOUR, eta=1.0),
]


# --- checkpoints

def randomised(network, gain):
    """As in pictures_end_to_end.py, but with values that follow from a parameter's name and shape alone."""
    for name, parameter in network.named_parameters():
        generator = torch.Generator().manual_seed(zlib.crc32(f"{name} {list(parameter.shape)}".encode()))
        parameter.data = random_parameter(name, parameter.shape, gain, generator)
    return network.eval()


def text_encoder(kind, vocabulary, width, **more):
    return randomised(kind(CLIPTextConfig(**{**dict(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_attention_heads=1, num_hidden_layers=4,
        bos_token_id=0, eos_token_id=2, pad_token_id=1), **more})), 1.0)


def unet(**more):
    return randomised(UNet2DConditionModel(**{**dict(
        sample_size=8, block_out_channels=(8, 12, 16), norm_num_groups=4, attention_head_dim=[2, 3, 4], layers_per_block=1,
        cross_attention_dim=WIDTH,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")), **more}), 0.8)


def unet_xl(**more):
    return unet(**{**dict(
        cross_attention_dim=WIDTH + WIDTH_2, use_linear_projection=True, transformer_layers_per_block=[1, 2, 3],
        addition_embed_type="text_time", addition_time_embed_dim=TIME_ID_WIDTH,
        projection_class_embeddings_input_dim=PROJECTION + TIME_IDS * TIME_ID_WIDTH), **more})


NARROW = dict(block_out_channels=(4, 8, 12), attention_head_dim=[1, 2, 3])
NO_MID = dict(mid_block_type=None)
ONE_RESNET = dict(mid_block_type="UNetMidBlock2D")
AS_IN_FILES = dict(
    sample_size=32, block_out_channels=(32, 32), norm_num_groups=32, attention_head_dim=[1, 1],
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))


def attention_everywhere(levels):
    return dict(down_block_types=["CrossAttnDownBlock2D"] * levels, up_block_types=["CrossAttnUpBlock2D"] * levels)


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    base = dict(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, clip_sample=False,
        set_alpha_to_one=False, skip_prk_steps=True, steps_offset=1, trained_betas=None)
    euler = dict(base, _class_name="EulerDiscreteScheduler", prediction_type="epsilon", interpolation_type="linear",
                 sample_max_value=1.0, use_karras_sigmas=False, timestep_spacing="leading")
    trailing = dict(euler, timestep_spacing="trailing")

    vocabulary = write_tokenizer(FOLDER / "xl" / "tokenizer", POSITIONS, "<|endoftext|>")
    write_tokenizer(FOLDER / "xl" / "tokenizer_2", POSITIONS, "!")
    for file in ["vocab.json", "merges.txt"]:
        (FOLDER / "xl" / "tokenizer_2" / file).unlink()
        link("xl", f"tokenizer_2/{file}", f"xl/tokenizer/{file}")
    save_text_encoder("xl/text_encoder", text_encoder(CLIPTextModel, vocabulary, WIDTH))
    second = dict(num_hidden_layers=5, hidden_act="gelu", projection_dim=PROJECTION)
    save_text_encoder("xl/text_encoder_2", text_encoder(CLIPTextModelWithProjection, vocabulary, WIDTH_2, **second))
    link_autoencoder("xl", "sd2", scaling_factor=0.13025, sample_size=64, force_upcast=True)
    save_in_shards({
        "xl": unet_xl(),
        "xl-lcm": unet_xl(time_cond_proj_dim=16),
        "ssd1b": unet_xl(
            **ONE_RESNET, transformer_layers_per_block=[1, [2], [2]], reverse_transformer_layers_per_block=[[2, 3], [2, 1], 1]),
        "koala": unet_xl(**NO_MID, transformer_layers_per_block=[1, 1, 2])})
    save_in_shards({
        "xl-file": unet_xl(**{**AS_IN_FILES, "transformer_layers_per_block": [1, 2]}),
        "ssd1b-file": unet_xl(
            **AS_IN_FILES, **ONE_RESNET, transformer_layers_per_block=[1, [1]], reverse_transformer_layers_per_block=[[1, 2], 1]),
        "tinysd": unet(**{**AS_IN_FILES, **attention_everywhere(2), **NO_MID, "attention_head_dim": 8})})
    finish("xl", euler)
    finish("xl-turbo", dict(trailing, _class_name="EulerAncestralDiscreteScheduler"), "xl")
    finish("xl-lightning", trailing, "xl")
    finish("xl-lightning-1step", dict(trailing, prediction_type="sample"), "xl")
    finish("xl-hyper", dict(
        base, _class_name="DDIMScheduler", prediction_type="epsilon", timestep_spacing="trailing"), "xl")
    finish("xl-vpred", dict(trailing, prediction_type="v_prediction", rescale_betas_zero_snr=True), "xl")
    finish("xl-lcm", dict(
        base, _class_name="LCMScheduler", prediction_type="epsilon", timestep_spacing="leading", original_inference_steps=50,
        timestep_scaling=10.0, rescale_betas_zero_snr=False), "xl")

    save("tinyvae/vae", brightened(randomised(AutoencoderTiny(
        encoder_block_out_channels=[8] * 4, decoder_block_out_channels=[8] * 4, num_encoder_blocks=[1, 1, 2, 1],
        num_decoder_blocks=[1, 2, 1, 1]), 1.0)))
    finish("tinyvae", euler, "xl")

    link("ssd1b", "text_encoder_2/model.safetensors", "xl/text_encoder_2/model.safetensors")
    end_of_text = dict(bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1)
    write_json("ssd1b/text_encoder_2/config.json", {**configuration(FOLDER / "xl", "text_encoder_2"), **end_of_text})
    finish("ssd1b", euler, "xl")
    save("vega/unet", unet_xl(
        **NARROW, **ONE_RESNET, layers_per_block=2, transformer_layers_per_block=[1, [1, 1], [2, 1]],
        reverse_transformer_layers_per_block=[[1, 1, 2], [2, 1, 1], 1]))
    finish("vega", euler, "xl")
    finish("koala", euler, "xl", force_zeros_for_empty_prompt=False)

    save("sdxs/unet", unet(**NARROW, **NO_MID))
    link("sdxs", "vae", "tinyvae/vae")
    finish("sdxs", trailing, "xl")
    save("sdxs09/unet", unet(
        **NARROW, **NO_MID, **attention_everywhere(3), cross_attention_dim=WIDTH_2, use_linear_projection=True,
        only_cross_attention=[True, False, False]))
    save_text_encoder(
        "sdxs09/text_encoder", text_encoder(CLIPTextModel, vocabulary, WIDTH_2, num_hidden_layers=3, hidden_act="gelu"))
    link("sdxs09", "tokenizer", "xl/tokenizer_2")
    link("sdxs09", "vae", "tinyvae/vae")
    finish("sdxs09", trailing, "xl")

    link_autoencoder("xl-file", "sd1", scaling_factor=0.13025, sample_size=64, force_upcast=True)
    finish("xl-file", euler, "xl")
    link("ssd1b-file", "vae", "xl-file/vae")
    finish("ssd1b-file", euler, "xl")
    link_autoencoder("tinysd", "sd1")
    finish("tinysd", dict(base, _class_name="PNDMScheduler"), "xl")
    (FOLDER / "sd1").symlink_to("../Pictures/sd1")


def brightened(autoencoder):
    """A random AutoencoderTiny paints black: the last layer made to paint grey, with a deviation of a fifth."""
    last = autoencoder.decoder.layers[-1]
    picture = autoencoder.decode(torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))).sample / 2 + 0.5
    factor = 0.2 / picture.std(dim=(0, 2, 3))
    last.weight *= factor[:, None, None, None]
    last.bias.copy_(0.5 + (last.bias - picture.mean(dim=(0, 2, 3))) * factor)
    return autoencoder


def link_autoencoder(model, other, **more):
    """The autoencoder of another model of Tests/Fixtures/Pictures, with a configuration of its own."""
    link(model, "vae/diffusion_pytorch_model.safetensors", f"../Pictures/{other}/vae/diffusion_pytorch_model.safetensors")
    write_json(f"{model}/vae/config.json", {**configuration(FOLDER.parent / "Pictures" / other, "vae"), **more})


def write_json(place, value):
    (FOLDER / place).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / place).write_text(json.dumps(value, indent=1))


def link(model, part, target):
    """Makes a part of a model, or a file of one, a link to what lies at `target` in FOLDER."""
    place = FOLDER / model / part
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to("../" * (part.count("/") + 1) + target)


def save(part, network):
    network.half().save_pretrained(FOLDER / part)


def save_text_encoder(part, network):
    """With the names of published files, whose `text_model.` transformers 5 drops where there is no projection."""
    save(part, network)
    file = FOLDER / part / "model.safetensors"
    names = {name: name if name.startswith("text_") else f"text_model.{name}" for name in load_file(file)}
    save_file({names[name]: tensor for name, tensor in load_file(file).items()}, file, {"format": "pt"})


def save_in_shards(networks):
    """UNets in shards, by model: tensors that several have lie with the first of them, and the others link there."""
    holders = collections.defaultdict(list)
    for model, network in networks.items():
        for name, tensor in network.state_dict().items():
            holders[name, tensor.shape].append(model)
    places = {}
    for model, network in networks.items():
        shards = collections.defaultdict(dict)
        for name, tensor in network.half().state_dict().items():
            shards[tuple(holders[name, tensor.shape])][name] = tensor
        network.save_config(FOLDER / model / "unet")
        weight_map = {}
        for number, (models, tensors) in enumerate(shards.items(), 1):
            part = f"unet/diffusion_pytorch_model-{number:05}-of-{len(shards):05}.safetensors"
            weight_map |= dict.fromkeys(tensors, pathlib.Path(part).name)
            if models in places:
                link(model, part, places[models])
            else:
                save_file(tensors, FOLDER / model / part, {"format": "pt"})
                places[models] = f"{model}/{part}"
        size = sum(tensor.nbytes for tensors in shards.values() for tensor in tensors.values())
        write_json(
            f"{model}/unet/diffusion_pytorch_model.safetensors.index.json",
            dict(metadata=dict(total_size=size), weight_map=weight_map))


def finish(model, scheduler, base=None, **more):
    """Links what a model has not to `base`, and writes its scheduler and its model_index.json with `more` in it."""
    if not (FOLDER / model / "unet").exists():
        link(model, "unet", f"{base}/unet")
    has_two = configuration(FOLDER / model, "unet")["addition_embed_type"] == "text_time"
    kinds = dict(text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"])
    if has_two:
        kinds |= dict(
            text_encoder_2=["transformers", "CLIPTextModelWithProjection"], tokenizer_2=["transformers", "CLIPTokenizer"])
    for part in [*kinds, "vae"]:
        if not (FOLDER / model / part).exists():
            link(model, part, f"{base}/{part}")
    kinds |= dict(
        unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", configuration(FOLDER / model, "vae")["_class_name"]],
        scheduler=["diffusers", scheduler["_class_name"]], feature_extractor=[None, None], image_encoder=[None, None])
    kinds |= dict(force_zeros_for_empty_prompt=True) if has_two else dict(safety_checker=[None, None])
    pipeline = "StableDiffusionXLPipeline" if has_two else "StableDiffusionPipeline"
    write_json(f"{model}/scheduler/scheduler_config.json", scheduler)
    write_json(f"{model}/model_index.json", dict(_class_name=pipeline, **{**kinds, **more}))


def is_xl(model):
    return (FOLDER / model / "text_encoder_2").exists()


# --- single files

def write_original_keys(model):
    rows = original_rows(FOLDER / model)
    table_of(model).write_text("".join("\t".join(row) + "\n" for row in rows))


def table_of(model):
    return FOLDER / f"{model}_original_keys.tsv"


def check_original_keys(model, table):
    """diffusers must make of the single file what the folder holds."""
    single = single_file_tensors(FOLDER / model, [line.split("\t") for line in table_of(table).read_text().splitlines()])
    kind = StableDiffusionXLPipeline if is_xl(model) else StableDiffusionPipeline
    with tempfile.TemporaryDirectory() as scratch:
        save_file(single, f"{scratch}/{model}.safetensors")
        loaded = kind.from_single_file(
            f"{scratch}/{model}.safetensors", config=str(FOLDER / model), dtype=torch.float32, local_files_only=True)
    ours = pipeline(model, kind)
    for part in ["text_encoder", "unet", "vae", *(["text_encoder_2"] if is_xl(model) else [])]:
        expected, actual = getattr(ours, part).state_dict(), getattr(loaded, part).state_dict()
        assert expected.keys() == actual.keys(), (model, part)
        assert all(torch.equal(value, actual[name]) for name, value in expected.items()), (model, part)
    print(f"{model}: {len(single)} tensors in a single file")


# --- pictures

def pipeline(model, kind, dtype=torch.float32):
    more = dict(add_watermarker=False) if "XL" in kind.__name__ else dict(requires_safety_checker=False)
    loaded = kind.from_pretrained(FOLDER / model, dtype=torch.float32, local_files_only=True, **more).to(dtype)
    if not hasattr(loaded, "text_encoder_2"):
        object.__setattr__(loaded.text_encoder, "text_model", loaded.text_encoder)  # where diffusers' clip_skip looks for it
    loaded.set_progress_bar_config(disable=True)
    return loaded


def painted(case, dtype=torch.float32):
    order = dict(
        prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"], eta=case.get("eta", 0.0),
        num_inference_steps=case["steps"], timesteps=case.get("timesteps"), clip_skip=case.get("clip_skip"),
        generator=torch.Generator().manual_seed(case["seed"]))
    if "guidance_rescale" in case:
        order |= dict(guidance_rescale=case["guidance_rescale"])
    if "strength" in case:
        kind = StableDiffusionXLImg2ImgPipeline if is_xl(case["model"]) else StableDiffusionImg2ImgPipeline
        order |= dict(image=reference(case), strength=case["strength"])
    else:
        kind = StableDiffusionXLPipeline if is_xl(case["model"]) else StableDiffusionPipeline
        order |= dict(width=case["width"], height=case["height"])
    loaded = pipeline(case["model"], kind, dtype)
    loaded.scheduler = scheduler(case, FOLDER)
    return loaded(**order).images[0]


def distance_in_double(case, picture):
    """The largest difference of 255 from what the same arithmetic in float64 paints, with the same random numbers."""
    randn = torch.randn
    torch.randn = lambda *shape, dtype=None, **more: randn(*shape, dtype=torch.float32, **more).to(dtype or torch.float32)
    try:
        double = painted(case, torch.float64)
    finally:
        torch.randn = randn
    return numpy.abs(numpy.array(double, dtype=int) - numpy.array(picture, dtype=int)).max()


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    build()
    for table in set(TABLES.values()):
        write_original_keys(table)
    for model, table in TABLES.items():
        check_original_keys(model, table)
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        if "timesteps" in case:
            case["steps"] = len(case["timesteps"])
        picture = painted(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        if "strength" in case:
            reference(case).save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        double = f" double {distance_in_double(case, picture)}" if "--double" in sys.argv else ""
        print(f"{case['name']:26} {picture.size} mean {numpy.mean(picture):.0f} deviation {numpy.std(picture):.0f}{double}")
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
