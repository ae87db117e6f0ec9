"""Makes what CLIP's towers, the safety checker and prompt-picture matches are tested against.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.23.0, pillow 13.0.0. Run from the repository's root, after
pictures_end_to_end.py:

    python Tests/Reference/clip.py

Tests/Fixtures/Networks/{clip-vision*,clip-model*,safety-checker*}.json: networks of patterned weights in float64, as in
networks.py. Tests/Fixtures/CLIP:

    match/      a tiny CLIPModel of random weights with tokenizer and preprocessing, as transformers saves it
    every/ none/ some/   sd1 of Tests/Fixtures/Pictures (symbolic links) with a safety checker of random weights that flags
                every picture, no picture, or the reference and the seeds of FLAGGED
    pixels.json what the image processor makes of pictures; scores.json CLIPModel's logits; checks.json what the checker says
"""

import json
import pathlib
import shutil

import numpy
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker, cosine_distance
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import networks
import pictures_end_to_end as pictures

FOLDER = networks.FOLDER.parent / "CLIP"
FLAGGED = [2, 5]
SEEDS = range(1, 7)

torch.set_grad_enabled(False)


# --- networks of patterned weights

def patterned(model, rename=lambda name: name):
    """The model in float64, its weights patterned after the names that checkpoints give them."""
    shapes = {name: list(value.shape) for name, value in model.state_dict().items()}
    model = model.double()
    model.load_state_dict({name: networks.weight(rename(name), tuple(shape)).double() for name, shape in shapes.items()})
    return model.eval(), {rename(name): shape for name, shape in shapes.items()}


def tower(**more):
    return {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 20,
        "patch_size": 6, "projection_dim": 10, **more}


def vision(name, batch, **more):
    configuration = tower(**more)
    model, shapes = patterned(CLIPVisionModelWithProjection(CLIPVisionConfig(**configuration)))
    edge = configuration["image_size"]
    picture = networks.pattern("picture", (batch, 3, edge, edge))
    inner = model.vision_model(picture)
    networks.write(
        name, configuration, shapes, picture=list(picture.shape), outputs={
            "tokens": inner.last_hidden_state, "pooled": inner.pooler_output, "projected": model(picture).image_embeds})


def match(name, sequences, end, batch=2, **more):
    configuration = {
        "projection_dim": 12,
        "text_config": {
            "vocab_size": 50, "hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2,
            "max_position_embeddings": 11, "bos_token_id": 48, "eos_token_id": end, "pad_token_id": 49},
        "vision_config": tower(), **more}
    model, shapes = patterned(CLIPModel(CLIPConfig(**configuration)))
    edge = configuration["vision_config"]["image_size"]
    picture = networks.pattern("picture", (batch, 3, edge, edge))
    result = model(input_ids=torch.tensor(sequences), pixel_values=picture)
    networks.write(
        name, configuration, shapes, picture=list(picture.shape), sequences=sequences, outputs={
            "texts": result.text_embeds, "pictures": result.image_embeds, "logits": result.logits_per_image})


def scores(checker, pixels):
    """What StableDiffusionSafetyChecker.forward computes on its way and does not return."""
    embedded = checker.visual_projection(checker.vision_model(pixels)[1])
    special = cosine_distance(embedded, checker.special_care_embeds).float().numpy()
    plain = cosine_distance(embedded, checker.concept_embeds).float().numpy()
    care, concepts = [], []
    for row in range(len(pixels)):
        adjustment = 0.0
        care.append([])
        for index, cosine in enumerate(special[row]):
            care[-1].append(round(cosine - checker.special_care_embeds_weights[index].item() + adjustment, 3))
            if care[-1][-1] > 0:
                adjustment = 0.01
        concepts.append([
            round(cosine - checker.concept_embeds_weights[index].item() + adjustment, 3)
            for index, cosine in enumerate(plain[row])])
    _, flagged = checker(pixels, [numpy.zeros((1, 1, 3)) for _ in pixels])
    assert flagged == [max(row) > 0 for row in concepts]
    return torch.tensor(numpy.array(care, dtype=float)), torch.tensor(numpy.array(concepts, dtype=float))


def checker(name, batch, prefix):
    configuration = {"projection_dim": 14, "vision_config": tower()}
    model, shapes = patterned(
        StableDiffusionSafetyChecker(CLIPConfig(**configuration)),
        lambda name: prefix + name if name.startswith("vision_model.") else name)
    picture = networks.pattern("picture", (batch, 3, 20, 20))
    care, concepts = scores(model, picture)
    networks.write(name, configuration, shapes, picture=list(picture.shape), outputs={"care": care, "concepts": concepts})
    print("flagged", (concepts > 0).any(1).tolist(), "special care", (care > 0).any(1).tolist())


# --- checkpoints of random weights

def write_match():
    folder = FOLDER / "match"
    vocabulary = pictures.write_tokenizer(folder, 77, "<|endoftext|>")
    configuration = CLIPConfig(
        projection_dim=16, text_config=dict(
            vocab_size=vocabulary, hidden_size=32, intermediate_size=48, num_attention_heads=2, num_hidden_layers=2,
            bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1),
        vision_config=tower(image_size=32, patch_size=8, hidden_size=32, num_attention_heads=4))
    model = pictures.randomised(CLIPModel(configuration), 1.0, 11)
    model.logit_scale.data = torch.tensor(3.0)
    model.half().save_pretrained(folder)
    CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    return CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()


def painted(seed):
    """What limn paints with `a fox --sampler ddim --steps 2 --guidance 5 --seed N`."""
    case = dict(pictures.STANDARD, model="sd1", prompt="a fox", sampler="ddim", steps=2, seed=seed)
    return pictures.painted_by_pipeline(case)


def write_checker(name, model, processor, thresholds):
    folder = FOLDER / name
    (folder / "safety_checker").mkdir(parents=True)
    for part in ["text_encoder", "tokenizer", "unet", "vae", "scheduler"]:
        (folder / part).symlink_to(f"../../Pictures/sd1/{part}")
    index = json.loads((pictures.FOLDER / "sd1" / "model_index.json").read_text())
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    index["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    index["requires_safety_checker"] = True
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))
    processor.save_pretrained(folder / "feature_extractor")
    if thresholds is not None:
        model.concept_embeds_weights.data = torch.full((17,), thresholds)
    model.save_pretrained(folder / "safety_checker")
    # Published files nest the vision tower once more than transformers 5 does.
    file = folder / "safety_checker" / "model.safetensors"
    tensors = load_file(file)
    save_file({("vision_model." + key if key.startswith("vision_model.") else key): value.half()
               for key, value in tensors.items()}, file, {"format": "pt"})
    return folder


def write_checkers(reference):
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    configuration = CLIPConfig(
        projection_dim=16, vision_config=tower(image_size=32, patch_size=8, hidden_size=32, num_attention_heads=4))
    model = pictures.randomised(StableDiffusionSafetyChecker(configuration), 1.0, 12)
    for parameter in model.parameters():  # as stored
        parameter.data = parameter.data.half().float()
    shown = {f"seed {seed}": painted(seed) for seed in SEEDS} | {"reference": reference}

    def direction(picture):
        pixels = processor(picture, return_tensors="pt").pixel_values
        return torch.nn.functional.normalize(model.visual_projection(model.vision_model(pixels)[1]))[0]

    directions = {name: direction(picture) for name, picture in shown.items()}
    flagged = [f"seed {seed}" for seed in FLAGGED] + ["reference"]
    harmless = torch.stack([value for name, value in directions.items() if name not in flagged]).mean(0)
    model.special_care_embeds_weights.data = torch.tensor([1.5, 0.5, 1.25]).half().float()
    model.concept_embeds_weights.data = torch.full((17,), 1.5)
    for index, name in enumerate(flagged):  # one concept for each picture to be flagged, half way to the next
        concept = torch.nn.functional.normalize(directions[name] - harmless, dim=0).half().float()
        model.concept_embeds.data[index + 3] = concept
        cosines = {other: float(torch.nn.functional.normalize(concept, dim=0) @ value) for other, value in directions.items()}
        next_best = max(value for other, value in cosines.items() if other not in flagged)
        print(name, "cosine", round(cosines[name], 3), "harmless up to", round(next_best, 3))
        model.concept_embeds_weights.data[index + 3] = torch.tensor((cosines[name] + next_best) / 2).half().float()
    some = write_checker("some", model, processor, None)
    every, none = write_checker("every", model, processor, -1.0), write_checker("none", model, processor, 1.5)

    checks = []
    for folder in [every, none, some]:
        stored = {key.replace("vision_model.vision_model.", "vision_model."): value.float()
                  for key, value in load_file(folder / "safety_checker" / "model.safetensors").items()}
        model.load_state_dict(stored)
        for name, picture in shown.items():
            care, concepts = scores(model, processor(picture, return_tensors="pt").pixel_values)
            checks.append(dict(
                model=folder.name, picture=name, flagged=bool((concepts > 0).any()), highest=round(float(concepts.max()), 3)))
            print(checks[-1], "special care", [round(value, 3) for value in care[0].tolist()])
    for name, picture in shown.items():
        if name != "reference":
            picture.save(FOLDER / f"{name.replace(' ', '-')}.png", optimize=True)
    (FOLDER / "checks.json").write_text(json.dumps(checks, indent=1) + "\n")


def write_pixels():
    """Every 31st value of what becomes of pictures of several shapes."""
    y, x = numpy.mgrid[0:120, 0:150] / 64
    waves = numpy.stack([numpy.sin(a * x + b * y + c) for a, b, c in [(4, 7, 0), (9, 3, 1), (5, 11, 2)]], -1)
    whole = Image.fromarray(((waves / 2 + 0.5) * 255).astype(numpy.uint8))
    whole.save(FOLDER / "waves.png", optimize=True)
    settings = {
        "published": dict(size=224, crop_size=224, resample=3),
        "small": dict(size={"shortest_edge": 30}, crop_size={"height": 25, "width": 25}),
        "bilinear": dict(size={"height": 40, "width": 40}, do_center_crop=False, resample=2),
        "plain": dict(size={"shortest_edge": 20}, crop_size={"height": 33, "width": 33}, do_normalize=False),
        "lanczos": dict(size={"shortest_edge": 64}, crop_size=64, resample=1, image_mean=[0.5] * 3, image_std=[0.25] * 3),
    }
    rows = []
    for name, values in settings.items():
        processor = CLIPImageProcessorPil(**values)
        for width, height in [(150, 120), (61, 120), (150, 9), (7, 5)]:
            pixels = processor(whole.crop((0, 0, width, height)), return_tensors="np").pixel_values[0]
            flat = pixels.transpose(1, 2, 0).reshape(-1)
            rows.append(dict(
                name=name, settings=json.loads(processor.to_json_string()), width=width, height=height,
                edge=pixels.shape[1], values=[round(float(value), 5) for value in flat[::max(31, len(flat) // 300)]],
                every=max(31, len(flat) // 300)))
    (FOLDER / "pixels.json").write_text(json.dumps(rows).replace('{"name"', '\n{"name"') + "\n")


def write_scores(model):
    processor = CLIPImageProcessorPil.from_pretrained(FOLDER / "match")
    tokens = CLIPTokenizer.from_pretrained(FOLDER / "match")
    texts = ["a red fox in the snow", "a castle by the sea", "the sun"]
    files = ["waves.png"] + [f"seed-{seed}.png" for seed in SEEDS]
    images = [Image.open(FOLDER / file) for file in files]
    logits = model(
        **tokens(texts, padding=True, return_tensors="pt"),
        pixel_values=torch.cat([processor(image, return_tensors="pt").pixel_values for image in images])).logits_per_image
    (FOLDER / "scores.json").write_text(json.dumps(dict(
        texts=texts, files=files, logits=[[round(value, 5) for value in row] for row in logits.tolist()]), indent=1) + "\n")
    print(logits)


def main():
    torch.set_num_threads(1)
    vision("clip-vision", 2)
    vision("clip-vision-gelu", 1, hidden_act="gelu", patch_size=5, layer_norm_eps=1e-6, num_hidden_layers=3)
    ends = [[48, 3, 17, 5, 49, 49, 49], [48, 7, 7, 0, 21, 30, 49]]
    match("clip-model", ends, 49)
    # Old configurations say 2; there the largest number ends a text. The older name of a half counts.
    old = tower(hidden_size=16, num_attention_heads=2)
    match("clip-model-old", ends, 2, batch=1, vision_config=dict(tower(), num_hidden_layers=5), vision_config_dict=old)
    checker("safety-checker", 6, "")
    checker("safety-checker-nested", 2, "vision_model.")

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    model = write_match()
    case = next(case for case in pictures.CASES if case["name"] == "sd1-reference")
    write_checkers(pictures.reference({**pictures.STANDARD, **case}))
    write_pixels()
    write_scores(model)


if __name__ == "__main__":
    main()
