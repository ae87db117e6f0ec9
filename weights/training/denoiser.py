"""Trains the text encoder and the denoiser on encoded pictures.

    python denoiser.py --work WORK --stage latents              encode the pictures once (WORK/latents.pt)
    python denoiser.py --work WORK --stage words --minutes 3    the text encoder alone: name the thing, the style, the background
    python denoiser.py --work WORK --stage denoiser --samples 300000

With --prior the denoiser reads the latents that the prior (prior.py) tells from the caption beside the noisy ones.
Velocity prediction; the loss is weighted by min(SNR + 1, 5) / (SNR + 1); one caption in ten is empty. The stage goes on from
WORK/denoiser.pt if it is there.
"""
import argparse
import json
import pathlib
import random
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from diffusers import DPMSolverMultistepScheduler, PixArtTransformer2DModel
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from latent_prior import LatentPrior, beside, pooled
from muon import Muon
from pictures import BACKGROUNDS, PAINTS, SIZES, STYLES, Pictures
from scenes import SCENES

WIDTH = 256
LAYERS = 8
EMPTY = 0.1
DRAFT_NOISE = 0.2                                       # at most, on the prior's latents: of unknown prompts they are less sure (Ho et al. 2021)


def text_encoder(words):
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=len(words), hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=4, num_attention_heads=4,
        max_position_embeddings=words.model_max_length, hidden_act="quick_gelu", projection_dim=WIDTH, bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id))


def load_text_encoder(path, words):
    """The averaged text encoder of a denoiser.pt, which learns no more."""
    model = text_encoder(words)
    model.load_state_dict(torch.load(path)["mean"]["text"])
    return model.eval().requires_grad_(False)


def transformer(layers=LAYERS, channels=32):
    """`channels` of the input: 32 of the noisy latents, and 32 more where a prior's stand beside them."""
    model = PixArtTransformer2DModel(
        num_attention_heads=4, attention_head_dim=WIDTH // 4, in_channels=channels, out_channels=32, num_layers=layers,
        cross_attention_dim=WIDTH, attention_bias=True, sample_size=8, patch_size=1, activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False, norm_eps=1e-6,
        interpolation_scale=1, use_additional_conditions=False, caption_channels=WIDTH)
    nn.init.zeros_(model.adaln_single.linear.weight), nn.init.zeros_(model.adaln_single.linear.bias)
    nn.init.zeros_(model.proj_out.weight), nn.init.zeros_(model.proj_out.bias)
    nn.init.zeros_(model.scale_shift_table)
    for block in model.transformer_blocks:
        nn.init.zeros_(block.scale_shift_table)
        block.scale_shift_table.data[[2, 5]] = 0.25                    # the gates
    return model


def layers_of(state):
    return len({name.split(".")[1] for name in state if name.startswith("transformer_blocks.")})


def channels_of(state):
    return state["pos_embed.proj.weight"].shape[1]


def transformer_like(state):
    """A denoiser of the state's size, with its weights."""
    model = transformer(layers_of(state), channels_of(state))
    model.load_state_dict(state)
    return model


def widened(state, channels):
    """The same function of the first channels, with more of them that it does not look at yet."""
    weight = state["pos_embed.proj.weight"]
    more = weight.new_zeros(weight.shape[0], channels - weight.shape[1], *weight.shape[2:])
    return state | {"pos_embed.proj.weight": torch.cat([weight, more], 1)}


def grown(state, layers):
    """The same function with more blocks: evenly among the known ones stand copies of theirs that add nothing yet (Chen et al. 2016, "Net2Net")."""
    old = layers_of(state)
    out = {name: v for name, v in state.items() if not name.startswith("transformer_blocks.")}
    for at in range(layers):
        source, copy = at * old // layers, at > 0 and at * old // layers == (at - 1) * old // layers
        prefix = f"transformer_blocks.{source}."
        for name, v in state.items():
            if name.startswith(prefix):
                adds = any(part in name for part in (".to_out.0.", ".ff.net.2."))
                out[f"transformer_blocks.{at}.{name[len(prefix):]}"] = torch.zeros_like(v) if copy and adds else v.clone()
    return out


def scheduler():
    return DPMSolverMultistepScheduler(
        num_train_timesteps=1000, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.02, prediction_type="v_prediction",
        algorithm_type="dpmsolver++", solver_order=2, timestep_spacing="trailing", use_karras_sigmas=False)


class Captions:
    """Texts to token ids, remembered."""

    def __init__(self, work):
        self.words = CLIPTokenizer.from_pretrained(work / "tokenizer")
        self.known = {}

    def __call__(self, texts):
        new = list({t for t in texts if t not in self.known})
        if new:
            ids = self.words(new, padding="max_length", truncation=True, max_length=self.words.model_max_length).input_ids
            self.known.update(zip(new, ids))
        return torch.tensor([self.known[t] for t in texts])


def make_latents(work, per_weight):
    from autoencoder import autoencoder, encode, to_tensor
    model = autoencoder().to(memory_format=torch.channels_last)
    model.load_state_dict(torch.load(work / "autoencoder.pt")["mean"])
    data, rng = Pictures(work), random.Random(7)
    names, wide, places, paints = list(BACKGROUNDS), list(SIZES)[1:], list(SCENES), list(PAINTS)
    plan = {size: [] for size in SIZES}
    for i in data.trained:
        for _ in range(max(2, round(per_weight * data.about[i]["weight"]))):
            plan["1:1" if rng.random() < 0.78 else rng.choice(wide)].append(i)
    for i in data.held_out:
        plan.setdefault("held out", []).extend([i] * 4)
    plan = {size: [(i, None, None) for i in picks] for size, picks in plan.items()}
    for i in data.trained:
        a = data.about[i]
        if a["style"] != "ink" and a["weight"] >= 2 and not a["tile"] and not a["scene"]:
            for _ in range(4):
                plan["1:1" if rng.random() < 0.7 else rng.choice(wide)].append((i, rng.choice(places), None))
        if a["paint"]:
            plan["1:1"] += [(i, None, c) for c in rng.sample(paints, 2 if a["weight"] < 3 else 4)]
    out, began, count = {}, time.time(), 0
    for aspect, picks in plan.items():
        latents, grounds = [], []
        rng.shuffle(picks)
        for at in range(0, len(picks), 32):
            drawn = [data.picture(i, SIZES.get(aspect, (128, 128)), rng, scene=s, paint=c) for i, s, c in picks[at:at + 32]]
            grounds += [names.index(b) if b else -1 for _, b in drawn]
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                latents.append(encode(model, to_tensor([p for p, _ in drawn])).half().contiguous())
            count += len(drawn)
            if at // 32 % 100 == 0:
                print(aspect, at, len(picks), f"{count / (time.time() - began):.0f}/s", flush=True)
        out[aspect] = dict(latents=torch.cat(latents), sprite=torch.tensor([i for i, _, _ in picks]), ground=torch.tensor(grounds),
                           scene=torch.tensor([places.index(s) if s else -1 for _, s, _ in picks]),
                           paint=torch.tensor([paints.index(c) if c else -1 for _, _, c in picks]))
    values = out["1:1"]["latents"][:8192].float()
    spread = work / "latents.json"                                     # one that is there is what the denoiser learned with
    scale = json.loads(spread.read_text()) if spread.exists() else dict(
        scaling_factor=round(1 / values.std().item(), 5), shift_factor=round(values.mean().item(), 5))
    spread.write_text(json.dumps(scale))
    torch.save(out, work / "latents.pt")
    print({k: len(v["sprite"]) for k, v in out.items()}, scale)


def odds_of(data, part, focus, shares):
    """How often each stored picture is drawn: by its sprite's weight, and by the shares of plain ones, of those in places and of those painted anew."""
    weights = torch.tensor([data.about[i]["weight"] for i in part["sprite"].tolist()]).clamp(max=6) ** focus
    kind, odds = (part["scene"] >= 0) + 2 * (part["paint"] >= 0), torch.zeros(len(weights))
    for k, share in enumerate(shares):
        mine = kind == k
        if mine.any():
            copies = torch.bincount(part["sprite"][mine], minlength=len(data.about))[part["sprite"][mine]]
            odds[mine] = share * weights[mine] / copies / (weights[mine] / copies).sum()
    return odds


def shown_by(part, at):
    """A stored picture's sprite, and its background, place and paint, each a name or None."""
    return part["sprite"][at].item(), *(listed[i] if (i := part[key][at].item()) >= 0 else None
                                        for key, listed in (("ground", list(BACKGROUNDS)), ("scene", list(SCENES)), ("paint", list(PAINTS))))


def caption_of(data, part, at, rng):
    """A caption of a stored picture."""
    sprite, ground, scene, paint = shown_by(part, at)
    return data.caption(sprite, ground, rng, scene, paint)


def scaled(latents, scale):
    """Latents as the autoencoder gives them, stored in float16, in the denoiser's units."""
    return (latents.float() - scale["shift_factor"]) * scale["scaling_factor"]


def learn_words(work, minutes):
    """A head start for the text encoder: from the last token's state, which concept, style and background?"""
    torch.manual_seed(0)
    captions, data, rng = Captions(work), Pictures(work), random.Random(3)
    model = text_encoder(captions.words)
    model.set_attn_implementation("eager")
    ids = {c: n for n, c in enumerate(sorted({a["id"] for a in data.about}))}
    heads = nn.ModuleList([nn.Linear(WIDTH, n) for n in (len(ids), len(STYLES), len(BACKGROUNDS) + 1)])
    inner, outer = split(model)
    optimisers = [Muon(inner, 3e-3), torch.optim.AdamW([*outer, *heads.parameters()], 2e-3, betas=(0.9, 0.98), weight_decay=0.01)]
    weights = [data.about[i]["weight"] for i in data.trained]
    names, styles = [None, *BACKGROUNDS], list(STYLES)
    began, step = time.time(), 0
    while (spent := time.time() - began) < minutes * 60:
        rate(optimisers, min(1, (step + 1) / 50) * (1 - spent / (minutes * 60)))
        picks = rng.choices(data.trained, weights, k=256)
        grounds = [rng.choice(names) if rng.random() < 0.3 else None for _ in picks]
        tokens = captions([data.caption(i, g, rng) for i, g in zip(picks, grounds)])
        tokens = tokens[:, :18]                                        # as long as nearly all captions are
        end = (tokens == captions.words.eos_token_id).int().argmax(1)
        at = (end + torch.randint(0, 3, end.shape)).clamp(max=17)      # the padding sees the whole prompt too
        with torch.autocast("cpu", torch.bfloat16):
            state = model(tokens).last_hidden_state[torch.arange(len(picks)), at]
        targets = [[ids[data.about[i]["id"]] for i in picks], [styles.index(data.about[i]["style"]) for i in picks],
                   [names.index(g) for g in grounds]]
        losses = [F.cross_entropy(h(state.float()), torch.tensor(t)) for h, t in zip(heads, targets)]
        sum(losses).backward()
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        step += 1
        if step % 10 == 0:
            print(step, f"{spent:.0f}s {step * 256 / spent:.0f}/s", *[f"{v.item():.3f}" for v in losses], flush=True)
    torch.save(model.state_dict(), work / "words.pt")


def split(*models):
    """Matrices inside the blocks (for Muon), and all else."""
    inner, outer = [], []
    for m in models:
        for name, p in m.named_parameters():
            block = "transformer_blocks" in name or "encoder.layers" in name
            (inner if block and p.ndim == 2 and "table" not in name else outer).append(p)
    return inner, outer


def rate(optimisers, share):
    for o in optimisers:
        for group in o.param_groups:
            group.setdefault("full_rate", group["lr"])
            group["lr"] = group["full_rate"] * share


def load_prior(path):
    """The averaged prior of prior.py, which learns no more."""
    state = torch.load(path)
    prior = LatentPrior.of(state["config"])
    prior.load_state_dict(state["mean"])
    return prior.eval().requires_grad_(False)


def train(args):
    work, batch, text_share = args.work, args.batch, args.text_share
    torch.manual_seed(0)
    captions, data = Captions(work), Pictures(work)
    store, scale = torch.load(work / "latents.pt"), json.loads((work / "latents.json").read_text())
    test = store.pop("held out")
    prior = load_prior(args.prior) if args.prior else None
    channels = 64 if prior else 32
    text, painter = text_encoder(captions.words), transformer(args.layers, channels)
    painter.set_attn_processor(AttnProcessor())        # over 64 tokens plain products beat torch's fused attention, in backward by far
    text.set_attn_implementation("eager")
    if (work / "words.pt").exists():
        text.load_state_dict(torch.load(work / "words.pt"))
    mean = dict(text=text_encoder(captions.words), painter=transformer(args.layers, channels))
    live = [*text.parameters(), *painter.parameters()]
    (text_inner, text_outer), (inner, outer) = split(text), split(painter)
    optimisers = [Muon([dict(params=inner), dict(params=text_inner, lr=text_share * args.muon_rate)], args.muon_rate),
                  torch.optim.AdamW([dict(params=outer), dict(params=text_outer, lr=text_share * args.adam_rate)], args.adam_rate,
                                    betas=(0.9, 0.98), weight_decay=0.01)]
    path, step, seen, spent, first = work / "denoiser.pt", 0, 0, 0.0, 0
    if path.exists():
        state = torch.load(path)
        text.load_state_dict(state["live"]["text"]), painter.load_state_dict(state["live"]["painter"])
        for o, s in zip(optimisers, state.get("optimisers", [])):
            o.load_state_dict(s)
        for k in mean:
            mean[k].load_state_dict(state["mean"][k])
        first, step, seen, spent = state["first"], state["step"], state["seen"], state["spent"]
    elif args.start:                                    # the averages of an ended run, with rates that begin anew
        state = torch.load(args.start)
        state["mean"]["painter"] = widened(grown(state["mean"]["painter"], args.layers), channels)
        for k in mean:
            mean[k].load_state_dict(state["mean"][k])
        text.load_state_dict(state["mean"]["text"]), painter.load_state_dict(state["mean"]["painter"])
        step, seen = state["step"], state["seen"]
        first = step
    else:
        mean["text"].load_state_dict(text.state_dict()), mean["painter"].load_state_dict(painter.state_dict())
    averaged = [*mean["text"].parameters(), *mean["painter"].parameters()]
    text.requires_grad_(text_share > 0)
    if args.compile:
        for block in painter.transformer_blocks:
            block.compile(dynamic=False)
    rng = random.Random(step + 11)
    torch.manual_seed(step + 11)

    bars = scheduler().alphas_cumprod
    snr = bars / (1 - bars)
    weight = (snr + 1).clamp(max=5) / (snr + 1)
    aspects = list(store)
    shares = [len(store[a]["sprite"]) for a in aspects]
    odds = {aspect: odds_of(data, part, args.focus, (1 - args.scene_share - args.paint_share, args.scene_share, args.paint_share))
            for aspect, part in store.items()}

    def drawn(aspect, count):
        return batch_of(store[aspect], torch.multinomial(odds[aspect], count).tolist(), rng)

    def batch_of(part, picks, rng):
        return scaled(part["latents"][picks], scale), [caption_of(data, part, p, rng) for p in picks]

    def loss_on(text, painter, x, texts, t, noise, draft_noise=0.0):
        a, s = bars[t].sqrt()[:, None, None, None], (1 - bars[t]).sqrt()[:, None, None, None]
        tokens, noisy = captions(texts), a * x + s * noise
        with torch.autocast("cpu", torch.bfloat16):
            states = text(tokens).last_hidden_state
            if prior:
                drafts = prior(pooled(states, tokens, captions.words.eos_token_id)).float()
                noisy = beside(noisy, drafts + draft_noise * torch.rand(len(x), 1, 1, 1) * torch.randn_like(drafts))
            v = painter(noisy, encoder_hidden_states=states, timestep=t, return_dict=False)[0]
        return (weight[t] * (v.float() - (a * noise - s * x)).square().mean((1, 2, 3))).mean()

    fixed = torch.Generator().manual_seed(5)
    probe = {}
    for name, part, picks in (("held out", test, list(range(0, 120))), ("trained", store["1:1"], list(range(0, 240)))):
        x, texts = batch_of(part, picks, random.Random(5))
        probe[name] = (x, texts, torch.linspace(0, 999, len(x)).long(), torch.randn(x.shape, generator=fixed))

    began, saved, total, laps = time.time() - spent, time.time(), 0.0, time.time()
    steps = first + args.samples // batch
    while step < steps:
        spent, done = time.time() - began, (step - first) / (steps - first)
        share = min(1, (step - first + 1) / 30) * min(1, (1 - done) / 0.75)
        rate(optimisers, share)
        aspect = rng.choices(aspects, shares)[0]
        x, texts = drawn(aspect, batch)
        texts = ["" if rng.random() < EMPTY else t for t in texts]
        t = (((torch.randperm(batch) + torch.rand(batch)) / batch) ** args.noise_power * 1000).long().clamp(max=999)
        loss = loss_on(text, painter, x, texts, t, torch.randn_like(x), DRAFT_NOISE)
        loss.backward()
        nn.utils.clip_grad_norm_(live, 1.0)
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        step, seen, total = step + 1, seen + batch, total + loss.item()
        decay = min(0.997, step / (step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(averaged, live, 1 - decay)
        if step % 10 == 0:
            print(f"{step} {spent:.0f}s share {share:.3f} loss {total / 10:.4f} {batch * 10 / (time.time() - laps):.1f}/s", flush=True)
            total, laps = 0.0, time.time()
        if time.time() - saved > 240 or step == steps:
            saved = time.time()
            with torch.no_grad():
                print("probe", {k: round(loss_on(mean["text"], mean["painter"], *p).item(), 4) for k, p in probe.items()}, flush=True)
            torch.save(dict(live=dict(text=text.state_dict(), painter=painter.state_dict()), mean={k: m.state_dict() for k, m in mean.items()},
                            optimisers=[o.state_dict() for o in optimisers], first=first, step=step, seen=seen, spent=time.time() - began),
                       work / "denoiser.new")
            (work / "denoiser.new").replace(path)
    print("done", step, seen, flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--stage", choices=["latents", "words", "denoiser"], required=True)
    ap.add_argument("--minutes", type=float, default=3, help="of the text encoder's head start")
    ap.add_argument("--samples", type=int, default=300_000, help="of the denoiser's run")
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--layers", type=int, default=LAYERS, help="of the denoiser: with --from, more than the other run's are added")
    ap.add_argument("--muon-rate", type=float, default=6e-3)
    ap.add_argument("--adam-rate", type=float, default=2e-3)
    ap.add_argument("--focus", type=float, default=1.4, help="power of the sprites' weights: above 1, everyday things are drawn oftener still")
    ap.add_argument("--text-share", type=float, default=0.15,
                    help="the text encoder's rate as a share of the denoiser's: it knows its words already and must not forget them; 0 leaves it as it is")
    ap.add_argument("--from", dest="start", type=pathlib.Path, help="begin from the averages in another run's denoiser.pt")
    ap.add_argument("--prior", type=pathlib.Path, help="whose latents are read beside the noisy ones; with --from, of a run that had none, too")
    ap.add_argument("--compile", action="store_true", help="compile the denoiser's blocks (needs a C++ compiler): a fifth faster")
    ap.add_argument("--scene-share", type=float, default=0.17, help="of pictures of a thing in a place")
    ap.add_argument("--paint-share", type=float, default=0.15, help="of pictures of a thing in another colour")
    ap.add_argument("--noise-power", type=float, default=0.75, help="of the evenly drawn times: below 1, more noise is seen than less")
    ap.add_argument("--copies", type=float, default=1, help="composites of a sprite for each unit of its weight")
    args = ap.parse_args()
    torch.set_num_threads(2)
    if args.stage == "latents":
        make_latents(args.work, args.copies)
    elif args.stage == "words":
        learn_words(args.work, args.minutes)
    else:
        train(args)


if __name__ == "__main__":
    main()
