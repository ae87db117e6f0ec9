"""Runs diffusers' schedulers with an artificial denoiser and writes what limn's samplers must reproduce.

    python Tests/Reference/samplers.py Tests/Fixtures/Sampling/samplers.json
    python Tests/Reference/samplers.py --random COUNT SEED OUT.json      (many more cases, not committed)

Needs torch, diffusers, scipy, numpy; the fixture names the versions that made it. Every scheduler is made and run as
StableDiffusionPipeline and StableDiffusionImg2ImgPipeline do it:
loaded as the class that the configuration names, corrected by the pipeline, and made into the chosen class by from_config.
"""
import base64, json, pathlib, random, sys, warnings
import diffusers, numpy as np, torch
from diffusers.configuration_utils import FrozenDict

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures/Sampling"

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity(50)
torch.set_num_threads(1)
np.seterr(all="ignore")

SAMPLERS = {
    "ddim": ("DDIMScheduler", {}), "ddpm": ("DDPMScheduler", {}), "pndm": ("PNDMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}), "euler-a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}), "lms": ("LMSDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}), "dpm2-a": ("KDPM2AncestralDiscreteScheduler", {}),
    "dpm++2m": ("DPMSolverMultistepScheduler", {}), "dpm++2s": ("DPMSolverSinglestepScheduler", {}),
    "dpm++2m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {}), "deis": ("DEISMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}), "tcd": ("TCDScheduler", {}),
}
SCHEDULES = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}
WITH_SCHEDULES = ("euler", "heun", "lms", "dpm2", "dpm2-a", "dpm++2m", "dpm++2s", "dpm++2m-sde", "unipc", "deis")
SHAPE = (1, 4, 2, 3)
SEED = 42

SD = {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
      "steps_offset": 1, "set_alpha_to_one": False, "skip_prk_steps": True, "clip_sample": False}
DDIM = {**SD, "_class_name": "DDIMScheduler"}
CONFIGURATIONS = {
    "sd": SD,
    "sd2-v": {**DDIM, "prediction_type": "v_prediction"},
    "zero-snr": {**DDIM, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"},
    "sample": {**DDIM, "prediction_type": "sample"},
    "bare": {"_class_name": "PNDMScheduler"},
    "nulls": {**SD, "trained_betas": None, "variance_type": None, "sigma_min": None},
    "thresholding": {**SD, "thresholding": True, "sample_max_value": 1.5, "dynamic_thresholding_ratio": 0.9},
    "clipping": {**SD, "_class_name": "DDPMScheduler", "clip_sample": True, "clip_sample_range": 0.7, "steps_offset": 0},
    "order-3": {**SD, "solver_order": 3},
    "order-3-heun": {**SD, "solver_order": 3, "solver_type": "heun", "lower_order_final": False},
    "order-1": {**SD, "solver_order": 1, "final_sigmas_type": "sigma_min"},
    "cosine": {**SD, "beta_schedule": "squaredcos_cap_v2"},
    "few": {**SD, "num_train_timesteps": 200, "beta_schedule": "linear", "original_inference_steps": 25},
    "bounded": {**SD, "sigma_min": 0.1, "sigma_max": 9.0},
    "trained": {**SD, "trained_betas": [0.001 + 0.00002 * i for i in range(100)], "num_train_timesteps": 100},
}
# Configurations that concern one class or few: (sampler, configuration, schedules)
DPM = {**SD, "_class_name": "DPMSolverMultistepScheduler"}
SPECIAL = [
    ("model", DPM, ("model", "karras")),
    ("model", {**DPM, "algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}, ("model",)),
    ("model", {**DPM, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}, ("model", "karras")),
    ("model", {**DPM, "algorithm_type": "dpmsolver", "solver_type": "heun", "final_sigmas_type": "sigma_min", "thresholding": True}, ("model",)),
    ("model", {**DPM, "algorithm_type": "dpmsolver", "solver_order": 3, "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "dpmsolver", "prediction_type": "sample", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "dpmsolver", "prediction_type": "v_prediction", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "sde-dpmsolver", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "sde-dpmsolver", "solver_type": "heun", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "sde-dpmsolver++", "solver_type": "heun"}, ("model",)),
    ("model", {**DPM, "algorithm_type": "sde-dpmsolver++", "solver_order": 3}, ("model",)),
    ("model", {**DPM, "solver_type": "heun"}, ("model", "karras")),
    ("model", {**DPM, "solver_type": "bh2", "euler_at_final": True, "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "lower_order_final": False, "final_sigmas_type": "sigma_min"}, ("model",)),
    ("model", {**DPM, "use_lu_lambdas": True}, ("model",)),
    ("model", {**DPM, "lambda_min_clipped": -2.0}, ("model",)),
    ("model", {**DPM, "use_flow_sigmas": True, "flow_shift": 3.0, "prediction_type": "flow_prediction"}, ("model",)),
    ("model", {**DPM, "beta_schedule": "squaredcos_cap_v2", "use_karras_sigmas": True, "lambda_min_clipped": -5.1}, ("model",)),
    ("dpm++2s", {**DPM, "solver_order": 3}, ("model", "karras")),
    ("dpm++2s", {**DPM, "solver_order": 3, "solver_type": "heun"}, ("model",)),
    ("dpm++2s", {**DPM, "solver_type": "heun"}, ("model",)),
    ("dpm++2s", {**DPM, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("dpm++2s", {**DPM, "algorithm_type": "dpmsolver", "solver_type": "heun", "solver_order": 3, "final_sigmas_type": "sigma_min"}, ("model",)),
    ("dpm++2s", {**DPM, "algorithm_type": "sde-dpmsolver++"}, ("model",)),
    ("dpm++2s", {**DPM, "algorithm_type": "sde-dpmsolver++", "solver_type": "heun", "solver_order": 3}, ("model",)),
    ("dpm++2s", {**DPM, "lower_order_final": False, "final_sigmas_type": "sigma_min", "lambda_min_clipped": -2.0}, ("model",)),
    ("dpm++2s", {**DPM, "use_flow_sigmas": True, "flow_shift": 3.0, "prediction_type": "flow_prediction"}, ("model",)),
    ("unipc", {**SD, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}, ("model", "karras")),
    ("unipc", {**SD, "predict_x0": False, "final_sigmas_type": "sigma_min"}, ("model",)),
    ("unipc", {**SD, "predict_x0": False, "prediction_type": "v_prediction", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("unipc", {**SD, "predict_x0": False, "prediction_type": "sample", "final_sigmas_type": "sigma_min"}, ("model",)),
    ("unipc", {**SD, "disable_corrector": [0, 2]}, ("model",)),
    ("unipc", {**SD, "solver_order": 4}, ("model",)),
    ("unipc", {**SD, "use_flow_sigmas": True, "flow_shift": 3.0, "shift_terminal": 0.1, "prediction_type": "flow_prediction"}, ("model", "karras")),
    ("unipc", {**SD, "final_sigmas_type": "sigma_min"}, ("model", "karras", "exponential", "beta")),
    ("unipc", {**DPM, "solver_type": "heun"}, ("model",)),
    ("dpm++2m", {**SD, "_class_name": "UniPCMultistepScheduler", "solver_type": "heun"}, ("model",)),
    ("deis", {**SD, "use_flow_sigmas": True, "flow_shift": 3.0, "prediction_type": "flow_prediction"}, ("model",)),
    ("euler", {**SD, "final_sigmas_type": "sigma_min"}, ("model", "karras")),
    ("euler", {**SD, "interpolation_type": "log_linear"}, ("model", "beta")),
    ("euler", {**SD, "timestep_type": "continuous", "prediction_type": "v_prediction"}, ("model",)),
    ("euler", {**SD, "prediction_type": "original_sample"}, ("model",)),
    ("heun", {**SD, "_class_name": "HeunDiscreteScheduler", "beta_schedule": "exp", "clip_sample": True}, ("model",)),
    *[("ddpm", {**SD, "variance_type": v}, ("model",)) for v in ("fixed_small_log", "fixed_large")],
    *[("ddpm", {**SD, "_class_name": "DDPMScheduler", "beta_schedule": b}, ("model",)) for b in ("sigmoid", "laplace")],
    ("pndm", {**SD, "skip_prk_steps": False}, ("model",)),
    ("pndm", {**SD, "skip_prk_steps": False, "prediction_type": "v_prediction", "set_alpha_to_one": True}, ("model",)),
    ("lcm", {**SD, "timestep_scaling": 3.0, "original_inference_steps": 20}, ("model",)),
    ("model", {**SD, "_class_name": "LCMScheduler", "set_alpha_to_one": True, "clip_sample": True}, ("model",)),
    *[("model", {k: v for k, v in SD.items() if k not in ("steps_offset", "clip_sample")} | {"_class_name": c}, ("model",))
      for c in ("DDIMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "DDPMScheduler")],
    ("ddim", {k: v for k, v in SD.items() if k != "clip_sample"}, ("model",)),
    ("ddim", {**SD, "_use_default_values": ["clip_sample", "beta_schedule"]}, ("model",)),
    # What diffusers refuses.
    ("euler", {**SD, "beta_schedule": "sigmoid"}, ("model",)),
    ("euler", {**SD, "use_karras_sigmas": True, "use_beta_sigmas": True}, ("model",)),
    ("euler", {**SD, "timestep_spacing": "even"}, ("model",)),
    ("euler-a", {**SD, "prediction_type": "sample"}, ("model",)),
    ("dpm++2m", {**DPM, "algorithm_type": "dpmsolver"}, ("model",)),
    ("dpm++2m", {**DPM, "solver_type": "euler"}, ("model",)),
    ("deis", {**DPM, "algorithm_type": "sde-dpmsolver++"}, ("model",)),
    ("dpm++2m", {**SD, "_class_name": "DEISMultistepScheduler", "algorithm_type": "deis"}, ("model",)),
    ("unipc", {**SD, "_class_name": "UniPCMultistepScheduler", "use_dynamic_shifting": True}, ("model",)),
]


def denoise(x, t):
    """Nonlinear, bounded, and made of operations that IEEE 754 rounds the same everywhere."""
    u = torch.as_tensor(t).to(torch.float32) * 0.001
    return 0.8 * x / (1 + 0.25 * (x * x)) + 0.1 * u * (1 - u)


def corrected(scheduler):
    """What the pipelines' initialisers do to a scheduler."""
    values = dict(scheduler.config)
    if getattr(scheduler.config, "steps_offset", 1) != 1:
        values["steps_offset"] = 1
    if getattr(scheduler.config, "clip_sample", False) is True:
        values["clip_sample"] = False
    scheduler._internal_dict = FrozenDict(values)
    return scheduler


def scheduler_for(case):
    configuration = case["configuration"]
    own = getattr(diffusers, configuration["_class_name"]).from_config(dict(configuration))
    if "pipeline" not in case:
        own = corrected(own)
    extra = {}
    if case.get("schedule", "model") != "model":
        extra[SCHEDULES[case["schedule"]]] = True
    if case.get("spacing", "model") != "model":
        extra["timestep_spacing"] = case["spacing"]
    if case["sampler"] == "model":
        return type(own).from_config(own.config, **extra) if extra else own
    name, own_extra = SAMPLERS[case["sampler"]]
    return getattr(diffusers, name).from_config(own.config, **own_extra, **extra)


@torch.no_grad()
def run(case):
    scheduler = scheduler_for(case)
    generator = torch.Generator("cpu").manual_seed(SEED)
    steps = case["steps"]
    if case.get("strength") is None:
        scheduler.set_timesteps(steps)
        timesteps = scheduler.timesteps
        scale = float(scheduler.init_noise_sigma)
        latents = torch.randn(SHAPE, generator=generator) * scheduler.init_noise_sigma
    else:
        if "pipeline" in case:
            scheduler.set_timesteps(steps, strength=case["strength"])
            skipped = 0
        else:
            scheduler = corrected(scheduler)
            scheduler.set_timesteps(steps)
            skipped = max(steps - min(int(steps * case["strength"]), steps), 0)
        timesteps = scheduler.timesteps[skipped * scheduler.order:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(skipped * scheduler.order)
        picture = 0.18215 * torch.randn(SHAPE, generator=generator)
        noise = torch.randn(SHAPE, generator=generator)
        if len(timesteps) == 0:
            raise ValueError("no steps")  # the pipeline fails too, in one place or another
        latents = scheduler.add_noise(picture, noise, timesteps[:1])
        scale = None
    accepted = scheduler.step.__code__.co_varnames
    extra = {"generator": generator} if "generator" in accepted else {}
    if "eta" in accepted:
        extra["eta"] = 0.0
    for t in timesteps:
        latents = scheduler.step(denoise(scheduler.scale_model_input(latents, t), t), t, latents, **extra, return_dict=False)[0]
    return timesteps, scale, latents


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def answered(case):
    case = {k: v for k, v in case.items() if v is not None and v != "model" or k == "sampler"}
    try:
        timesteps, scale, latents = run(case)
    except Exception as error:
        return {**case, "refused": type(error).__name__}
    result = {**case, "timesteps": packed(timesteps.to(torch.float32).numpy()), "latents": packed(latents.numpy())}
    if scale is not None and scale != 1:
        result["scale"] = float(f"{scale:.8g}")
    return result


def committed():
    cases = []
    for sampler in SAMPLERS:
        schedules = ["model", *SCHEDULES] if sampler in WITH_SCHEDULES else ["model"]
        for schedule in schedules:
            for spacing in ("model", "leading", "linspace", "trailing"):
                for steps in (1, 2, 3, 6, 10) if spacing == "model" else (3, 10):
                    cases.append({"sampler": sampler, "configuration": "sd", "schedule": schedule, "spacing": spacing, "steps": steps})
            if schedule == "model":
                cases.append({"sampler": sampler, "configuration": "sd", "steps": 18})
            for strength in (0.6, 1.0) if schedule != "model" else (0.6, 0.35, 1.0):
                cases.append({"sampler": sampler, "configuration": "sd", "schedule": schedule, "steps": 10, "strength": strength})
        for name in CONFIGURATIONS:
            if name != "sd":
                cases.append({"sampler": sampler, "configuration": name, "steps": 7})
                cases.append({"sampler": sampler, "configuration": name, "steps": 10, "strength": 0.65})
    for sampler, configuration, schedules in SPECIAL:
        for schedule in schedules:
            for steps, strength in ((2, None), (7, None), (16, None), (9, 0.5)):
                cases.append({"sampler": sampler, "configuration": configuration, "schedule": schedule, "steps": steps, "strength": strength})
    for configuration in ("sd", "clipping", "few"):  # as LatentConsistencyModel's pipelines run it
        for steps, strength in ((4, None), (4, 0.5), (5, 0.22)):
            cases.append({"sampler": "lcm", "configuration": configuration, "steps": steps, "strength": strength, "pipeline": "latent-consistency"})
    return cases


def randomised(count, seed):
    """Configurations and requests at random, each value from those that some scheduler knows."""
    r = random.Random(seed)
    choices = {
        "beta_start": [0.0001, 0.00085], "beta_end": [0.02, 0.012], "beta_schedule": ["linear", "scaled_linear", "squaredcos_cap_v2"],
        "num_train_timesteps": [1000, 1000, 1000, 500, 250], "steps_offset": [0, 1, 2], "set_alpha_to_one": [True, False], "skip_prk_steps": [True, False],
        "clip_sample": [True, False], "clip_sample_range": [1.0, 2.0], "prediction_type": ["epsilon", "epsilon", "v_prediction", "sample"],
        "thresholding": [False, False, True], "sample_max_value": [1.0, 2.0], "rescale_betas_zero_snr": [True, False], "solver_order": [1, 2, 3],
        "solver_type": ["midpoint", "heun", "bh1", "bh2", "logrho"], "algorithm_type": ["dpmsolver++", "dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"],
        "lower_order_final": [True, False], "euler_at_final": [True, False], "final_sigmas_type": ["zero", "sigma_min"], "predict_x0": [True, False],
        "variance_type": [None, "fixed_small", "fixed_large", "fixed_small_log"], "timestep_spacing": ["leading", "linspace", "trailing"],
        "sigma_min": [None, 0.05], "sigma_max": [None, 10.0], "lambda_min_clipped": [-5.1, -2.0], "use_lu_lambdas": [True, False],
        "interpolation_type": ["linear", "log_linear"], "original_inference_steps": [50, 25], "timestep_scaling": [10.0, 5.0],
        "use_karras_sigmas": [False, False, True], "use_flow_sigmas": [False, False, False, True], "flow_shift": [1.0, 3.0], "timestep_type": ["discrete", "continuous"],
    }
    classes = [c for c, _ in SAMPLERS.values()]
    cases = []
    for _ in range(count):
        configuration = {"_class_name": r.choice(classes), **(SD if r.random() < 0.5 else {})}
        configuration["_class_name"] = r.choice(classes)
        for key in r.sample(sorted(choices), r.randint(0, 8)):
            configuration[key] = r.choice(choices[key])
        sampler = r.choice([*SAMPLERS, "model"])
        cases.append({
            "sampler": sampler, "configuration": configuration, "steps": r.choice([1, 2, 3, 4, 5, 7, 8, 11, 14, 15, 20, 25, 30, 50]),
            "schedule": r.choice(["model", "model", *SCHEDULES]) if sampler in WITH_SCHEDULES else "model",
            "spacing": r.choice(["model", "model", "leading", "linspace", "trailing"]),
            "strength": r.choice([None, None, round(r.random(), 2)])})
    return cases


def write(path, cases):
    lines, configurations = [], dict(CONFIGURATIONS)
    for case in cases:
        name = case["configuration"]
        if not isinstance(name, str):  # each configuration is written once
            known = [k for k, v in configurations.items() if v == case["configuration"]] if len(cases) < 5000 else []
            name = known[0] if known else f"c{len(configurations)}"
            configurations[name] = case["configuration"]
        answer = answered({**case, "configuration": configurations[name]})
        lines.append(json.dumps({**answer, "configuration": name}, separators=(",", ":")))
    versions = {"torch": torch.__version__, "diffusers": diffusers.__version__, "numpy": np.__version__}
    head = json.dumps({"versions": versions, "shape": SHAPE, "seed": SEED, "configurations": configurations})
    with open(path, "w") as file:
        file.write(head[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
    print(len(lines), "cases,", sum('"refused"' in line for line in lines), "refused")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--random"]:
        write(sys.argv[4], randomised(int(sys.argv[2]), int(sys.argv[3])))
    else:
        write(sys.argv[1] if len(sys.argv) > 1 else FIXTURES / "samplers.json", committed())
