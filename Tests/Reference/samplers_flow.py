"""Runs diffusers' schedulers for rectified flow as Flux2KleinPipeline, ZImagePipeline and ZImageImg2ImgPipeline do.

    python Tests/Reference/samplers_flow.py [Tests/Fixtures/Sampling/samplers_flow.json]

Needs what samplers.py needs. The pipelines refuse FlowMatchHeunDiscreteScheduler, which takes no sigmas: it is given those of
FlowMatchEulerDiscreteScheduler. Of the solvers over log-SNR each is made by from_config with use_flow_sigmas, prediction_type
"flow_prediction" and, where the shift is static, flow_shift, which the configurations of these models call shift.
"""
import json, math, sys
import diffusers, numpy as np, torch
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from diffusers.pipelines.z_image.pipeline_z_image import calculate_shift, get_default_z_image_sigmas
from samplers import FIXTURES, SEED, SHAPE, denoise, packed

SAMPLERS = {
    "model": None, "euler": ("FlowMatchEulerDiscreteScheduler", {}), "heun": ("FlowMatchHeunDiscreteScheduler", {}),
    "lcm": ("FlowMatchLCMScheduler", {}), "dpm++2m": ("DPMSolverMultistepScheduler", {}), "unipc": ("UniPCMultistepScheduler", {}),
    "dpm++2m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}), "dpm++2s": ("DPMSolverSinglestepScheduler", {}),
}
SOLVERS = ("dpm++2m", "dpm++2m-sde", "dpm++2s", "unipc")
SCHEDULES = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}
FLOW = {"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000}
CONFIGURATIONS = {
    "klein": {**FLOW, "use_dynamic_shifting": True, "time_shift_type": "exponential", "shift": 3.0, "base_shift": 0.5, "max_shift": 1.15,
              "base_image_seq_len": 256, "max_image_seq_len": 4096, "shift_terminal": None, "stochastic_sampling": False},
    "z-image": {**FLOW, "use_dynamic_shifting": False, "shift": 3.0},
    "dynamic": {**FLOW, "use_dynamic_shifting": True},
    "straight": {**FLOW, "use_dynamic_shifting": True, "time_shift_type": "linear"},
    "terminal": {**FLOW, "shift": 2.0, "shift_terminal": 0.1},
    "stochastic": {**FLOW, "shift": 2.0, "stochastic_sampling": True},
    "bare": {**FLOW},
    "karras": {**FLOW, "shift": 1.5, "use_karras_sigmas": True},
    "lcm": {**FLOW, "_class_name": "FlowMatchLCMScheduler", "shift": 3.0},
}


def scheduler_for(case, configuration, mu):
    own = getattr(diffusers, configuration["_class_name"]).from_config(dict(configuration))
    extra = {SCHEDULES[case["schedule"]]: True} if "schedule" in case else {}
    if case["sampler"] == "model":
        return type(own).from_config(own.config, **extra) if extra else own
    name, own_extra = SAMPLERS[case["sampler"]]
    if case["sampler"] in SOLVERS:
        shift = math.exp(mu) if own.config.use_dynamic_shifting else own.config.shift
        own_extra = {**own_extra, "use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": shift, "use_dynamic_shifting": False}
    return getattr(diffusers, name).from_config(own.config, **own_extra, **extra)


@torch.no_grad()
def run(case):
    configuration, steps, strength = CONFIGURATIONS[case["configuration"]], case["steps"], case.get("strength")
    if case["pipeline"] == "flux2":
        sigmas, mu = np.linspace(1.0, 1 / steps, steps), compute_empirical_mu(case["tokens"], steps)
    else:
        sigmas, mu = get_default_z_image_sigmas(steps), calculate_shift(case["tokens"])
    scheduler = scheduler_for(case, configuration, mu)
    if case["sampler"] in SOLVERS:
        scheduler.set_timesteps(steps)
    elif case["sampler"] == "heun":
        euler = scheduler_for({"sampler": "euler"}, configuration, mu)
        euler.set_timesteps(sigmas=sigmas, mu=mu)
        scheduler.set_timesteps(steps)
        t, s = euler.timesteps, euler.sigmas
        scheduler.timesteps = torch.cat([t[:1], t[1:].repeat_interleave(2)])
        scheduler.sigmas = torch.cat([s[:1], s[1:-1].repeat_interleave(2), s[-1:]])
    else:
        scheduler.set_timesteps(sigmas=sigmas, mu=mu)
    generator = torch.Generator("cpu").manual_seed(SEED)
    start = 0 if strength is None else int(max(steps - min(steps * strength, steps), 0)) * scheduler.order
    scheduler.set_begin_index(start)
    timesteps = scheduler.timesteps[start:]
    if len(timesteps) == 0:
        raise ValueError("no steps")
    latents = torch.randn(SHAPE, generator=generator)
    if strength is not None:
        noise = torch.randn(SHAPE, generator=generator)
        if case["sampler"] == "heun":  # its scale_noise looks for an index of its own
            level = scheduler.sigmas[start]
            latents = level * noise + (1 - level) * (0.18215 * latents)
        elif hasattr(scheduler, "scale_noise"):
            latents = scheduler.scale_noise(0.18215 * latents, timesteps[:1], noise)
        else:
            latents = scheduler.add_noise(0.18215 * latents, noise, timesteps[:1])
    extra = {"generator": generator} if "generator" in scheduler.step.__code__.co_varnames else {}
    for t in timesteps:
        latents = scheduler.step(denoise(latents, t), t, latents, **extra, return_dict=False)[0]
    return timesteps, latents


def answered(case):
    case = {k: v for k, v in case.items() if v is not None}
    try:
        timesteps, latents = run(case)
    except Exception as error:
        return {**case, "refused": type(error).__name__}
    return {**case, "timesteps": packed(timesteps.to(torch.float32).numpy()), "latents": packed(latents.numpy())}


def cases():
    for sampler in SAMPLERS:
        for configuration in CONFIGURATIONS:
            if configuration in ("terminal", "stochastic", "karras", "lcm", "straight") and sampler in SOLVERS:
                continue
            if configuration == "karras" and sampler == "heun":
                continue
            for pipeline, tokens in (("flux2", 4), ("flux2", 1024), ("flux2", 4600), ("zimage", 256), ("zimage", 3000)):
                for steps, strength in ((1, None), (2, None), (4, None), (9, None), (20, None), (8, 0.6), (9, 0.5), (5, 1.0)):
                    if pipeline == "flux2" and strength is not None or configuration == "terminal" and steps == 1:
                        continue
                    if configuration not in ("klein", "dynamic", "straight") and tokens in (4, 4600, 3000) or tokens == 3000 and steps != 4:
                        continue
                    if configuration == "karras" and steps == 1:  # Karras et al.'s ramp of one level is that level
                        continue
                    yield {"sampler": sampler, "configuration": configuration, "pipeline": pipeline, "tokens": tokens, "steps": steps, "strength": strength}
        if sampler in ("model", "euler", "lcm"):
            for schedule in SCHEDULES:
                for steps in (2, 7):
                    yield {"sampler": sampler, "configuration": "klein", "schedule": schedule, "pipeline": "flux2", "tokens": 1024, "steps": steps}


if __name__ == "__main__":
    lines = [json.dumps(answered(case), separators=(",", ":")) for case in cases()]
    versions = {"torch": torch.__version__, "diffusers": diffusers.__version__, "numpy": np.__version__}
    head = json.dumps({"versions": versions, "shape": SHAPE, "seed": SEED, "configurations": CONFIGURATIONS})
    with open(sys.argv[1] if len(sys.argv) > 1 else FIXTURES / "samplers_flow.json", "w") as file:
        file.write(head[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
    print(len(lines), "cases,", sum('"refused"' in line for line in lines), "refused")
