"""Trains the half that looks: with the text encoder as it is, a CLIP pair that says how well a picture matches a text.

    python matcher.py --work WORK --denoiser WORK/denoiser.pt --minutes 10

transformers' `CLIPVisionModelWithProjection` looks at pictures as the autoencoder encodes them (8x8 latents are its pixels, with patches of
one) and learns to bring them near the projected text of their captions and away from those of the others in a batch, and from OTHERS more captions of
other things, which cost next to nothing since texts are read once. Three quarters are the denoiser's latents with noise, as painted ones have; the
others have things at any place. 100 captions are kept from training, each with the picture it is tested on; 30 of these are the pairs of thing and
style that nothing was trained on. Writes WORK/matcher.pt, and begins with it where it is there.
"""
import argparse
import json
import math
import pathlib
import random
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

import denoiser as recipe
from autoencoder import autoencoder, encode, to_tensor
from muon import Muon
from pictures import Pictures

WIDTH, PROJECTION = 192, 192
BATCH = 256
VARIED = 8192
OTHERS = 2048


def vision():
    return CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=4, num_attention_heads=4, image_size=8, patch_size=1,
        num_channels=32, projection_dim=PROJECTION, hidden_act="quick_gelu"))


class TextDirections:
    """Pooled text states, remembered: the encoder does not learn."""

    def __init__(self, captions, encoder):
        self.captions, self.encoder, self.known = captions, encoder, {}

    def __call__(self, texts):
        new = list({t for t in texts if t not in self.known})
        for at in range(0, len(new), 256):
            with torch.no_grad():
                pooled = self.encoder(self.captions(new[at:at + 256])).pooler_output
            self.known.update(zip(new[at:at + 256], pooled))
        return torch.stack([self.known[t] for t in texts])


def held_out_captions(data):
    """100 (sprite, caption): things all different, each caption that of one thing alone, and another than the main one where there is another."""
    rng, owners = random.Random(77), {}
    for a in data.about:
        for t in a["captions"]:
            owners.setdefault(t, set()).add(a["id"])
    picks, met = list(data.held_out), {data.about[i]["id"] for i in data.held_out}
    others = [i for i in data.trained if data.about[i]["weight"] >= 2]
    rng.shuffle(others)
    for i in others:
        if len(picks) == 100:
            break
        if data.about[i]["id"] not in met:
            met.add(data.about[i]["id"])
            picks.append(i)
    found = []
    for i in picks:
        a = data.about[i]
        others = [t for t in a["captions"] if t != a["main"] and len(t.split()) > 1 and len(owners[t]) == 1]
        found.append((i, rng.choice(others or [a["main"]])))
    return found


def varied_latents(work, data, vae, weights):
    """Latents of things at any place, made once (WORK/varied.pt)."""
    if not (work / "varied.pt").exists():
        rng, latents = random.Random(8), []
        picks = rng.choices(data.trained, weights, k=VARIED)
        for at in range(0, VARIED, 64):
            pages = to_tensor([data.picture(i, (128, 128), rng, varied=True)[0] for i in picks[at:at + 64]])
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                latents.append(encode(vae, pages).half())
        torch.save(dict(latents=torch.cat(latents), sprite=torch.tensor(picks)), work / "varied.pt")
    return torch.load(work / "varied.pt")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--denoiser", required=True, type=pathlib.Path, help="whose text encoder is matched")
    ap.add_argument("--minutes", type=float, default=10)
    ap.add_argument("--rate", type=float, default=3e-3)
    args = ap.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    data, rng = Pictures(args.work), random.Random(9)
    store, scale = torch.load(args.work / "latents.pt")["1:1"], json.loads((args.work / "latents.json").read_text())
    vae = autoencoder().to(memory_format=torch.channels_last)
    vae.load_state_dict(torch.load(args.work / "autoencoder.pt")["mean"])
    captions = recipe.Captions(args.work)
    texts, looker = TextDirections(captions, recipe.load_text_encoder(args.denoiser, captions.words)), vision()
    projection, log_scale = nn.Linear(recipe.WIDTH, PROJECTION, bias=False), nn.Parameter(torch.tensor(math.log(1 / 0.07)))
    if (args.work / "matcher.pt").exists():
        state = torch.load(args.work / "matcher.pt")
        looker.load_state_dict(state["vision"]), projection.load_state_dict(state["projection"])
        log_scale.data.copy_(state["log_scale"])
    tested = held_out_captions(data)
    kept = {(data.about[i]["id"], t) for i, t in tested}
    inner = [p for n, p in looker.named_parameters() if "encoder.layers" in n and p.ndim == 2]
    outer = [p for n, p in looker.named_parameters() if not ("encoder.layers" in n and p.ndim == 2)]
    optimisers = [Muon([*inner, projection.weight], args.rate), torch.optim.AdamW([*outer, log_scale], args.rate / 3, betas=(0.9, 0.98), weight_decay=0.01)]
    weights = [data.about[i]["weight"] for i in data.trained]
    varied = varied_latents(args.work, data, vae, weights)
    stored = torch.tensor([data.about[i]["weight"] for i in store["sprite"].tolist()])

    ids = {c: n for n, c in enumerate(sorted({a["id"] for a in data.about}))}
    owners = {}
    for a in data.about:
        for t in a["captions"]:
            if (a["id"], t) not in kept:
                owners.setdefault(t, set()).add(ids[a["id"]])
    lines_of_all, owned = sorted(owners), torch.zeros(len(ids), len(owners), dtype=torch.bool)
    for n, t in enumerate(lines_of_all):
        owned[list(owners[t]), n] = True
    states_of_all = texts(lines_of_all)

    def caption(i, *how, **kinds):
        for _ in range(20):
            text = data.caption(i, *how, **kinds)
            if not any(t in text for own, t in kept if own == data.about[i]["id"]):
                break
        return text

    def batch():
        """Latents as the denoiser has them, captions, and what each shows."""
        picks = torch.multinomial(stored, BATCH * 3 // 4).tolist()
        lines, shown = [], []
        for p in picks:
            i, ground, scene, paint = recipe.shown_by(store, p)
            lines.append(caption(i, ground, rng, scene=scene, paint=paint))
            shown.append((i, ground, scene, paint))
        others = torch.randint(0, len(varied["sprite"]), (BATCH - len(picks),)).tolist()
        for i in varied["sprite"][others].tolist():
            lines.append(caption(i, None, rng))
            shown.append((i, "varied", None, None))
        z = recipe.scaled(torch.cat([store["latents"][picks], varied["latents"][others]]), scale)
        return z + 0.5 * torch.rand(len(z), 1, 1, 1) ** 2 * torch.randn_like(z), lines, shown

    def top(count=100):
        x = to_tensor([data.picture(i, (128, 128), random.Random(1))[0] for i, _ in tested])
        looker.eval()
        with torch.no_grad():
            seen, told = F.normalize(looker(pixel_values=recipe.scaled(encode(vae, x), scale)).image_embeds), F.normalize(projection(texts([t for _, t in tested])))
        looker.train()
        order = (seen @ told.T).argmax(1) == torch.arange(len(tested))
        return order.float().mean().item(), order[:30].float().mean().item()

    began, step = time.time(), 0
    while (spent := time.time() - began) < args.minutes * 60:
        recipe.rate(optimisers, min(1, (step + 1) / 30) * (1 - spent / args.minutes / 60))
        x, lines, shown = batch()
        with torch.autocast("cpu", torch.bfloat16):
            seen = looker(pixel_values=x).image_embeds
        seen, told = F.normalize(seen.float()), F.normalize(projection(texts(lines)))
        logits = log_scale.exp() * seen @ told.T
        same = torch.tensor([[a == b and n != m for m, b in enumerate(shown)] for n, a in enumerate(shown)])
        same |= torch.tensor([[a == b and n != m for m, b in enumerate(lines)] for n, a in enumerate(lines)])
        logits = logits.masked_fill(same, -1e4)
        own, others = torch.arange(len(lines)), torch.randint(0, len(states_of_all), (OTHERS,))
        further = log_scale.exp() * seen @ F.normalize(projection(states_of_all[others])).T
        belongs = owned[[ids[data.about[i]["id"]] for i, *_ in shown]][:, others]
        wide = torch.cat([logits, further.masked_fill(belongs, -1e4)], 1)
        loss = (F.cross_entropy(wide, own) + F.cross_entropy(logits.T, own)) / 2
        loss.backward()
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        with torch.no_grad():
            log_scale.clamp_(max=math.log(100))
        step += 1
        if step % 10 == 0:
            print(f"{step} {spent:.0f}s loss {loss.item():.3f} scale {log_scale.exp().item():.1f} {step * BATCH / spent:.0f}/s", flush=True)
        if step % 100 == 0:
            print("top 1 of 100: %.2f; of the pairs never trained on: %.2f" % top(), flush=True)
    print("top 1 of 100: %.2f; of the pairs never trained on: %.2f" % top(), flush=True)
    torch.save(dict(vision=looker.state_dict(), projection=projection.state_dict(), log_scale=log_scale.detach()), args.work / "matcher.pt")


if __name__ == "__main__":
    main()
