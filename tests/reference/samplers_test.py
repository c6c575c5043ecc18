"""Noise, schedules and samplers against torch, numpy, the published formulas and diffusers.

Which pairs have a reference in diffusers (the same algorithm on the same noise levels):
  euler            normal (linspace), karras, exponential, simple (trailing), ddim_uniform (leading)
  euler_ancestral  normal, simple, ddim_uniform; its scheduler has no karras or exponential
  heun, lms        normal, karras, exponential, simple, ddim_uniform
  dpmpp_2m(_sde)   karras, exponential, simple; its linspace and leading round other levels
  ddim             ddim_uniform; its scheduler knows no sigmas
sgm_uniform has fractional timesteps that no diffusers scheduler has. All pairs are compared with
sampler_formulas.py. The toy network gets the fractional timestep of the noise level everywhere:
DPMSolverMultistepScheduler would round it.
"""

import functools
import os
import pathlib
import subprocess

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from sampler_formulas import (  # noqa: E402
    ALPHAS,
    Toy,
    ddim,
    dpmpp_2m,
    dpmpp_2m_sde,
    euler,
    euler_ancestral,
    heun,
    lms,
    sigmas_of,
    timestep_of,
    torch_tree,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build")) / "bin/calotype_sampler_probe"
SCHEDULERS = ["normal", "karras", "exponential", "simple", "sgm_uniform", "ddim_uniform"]
SAMPLERS = {f.__name__: f for f in (euler, euler_ancestral, heun, dpmpp_2m, dpmpp_2m_sde, lms, ddim)}
TOLERANCE = 1e-4
SIZE = dict(width=32, height=32)
SHAPE = (4, 4, 4)


@functools.cache
def probe_process():
    return subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def probe(what, **arguments):
    process = probe_process()
    process.stdin.write(" ".join([what] + [f"{k}={v}" for k, v in arguments.items()]).encode() + b"\n")
    process.stdin.flush()
    state, size = process.stdout.readline().split()
    answer = process.stdout.read(int(size))
    assert state == b"ok", answer.decode()
    return answer


def probe_tensor(what, shape, **arguments):
    return np.frombuffer(probe(what, **arguments), np.float32).reshape(shape)


def sample(sampler, scheduler, seed=5, batch=1, steps=20, cfg_scale=1, denoise=1, **options):
    return probe_tensor(
        "sample", (batch, *SHAPE), sampler=sampler, scheduler=scheduler, seed=seed, batch=batch,
        steps=steps, cfg_scale=cfg_scale, denoise=denoise, **SIZE, **options)


def probe_sigmas(scheduler, steps, denoise=1):
    """The levels of the run to the last bit, on which the grid of the Brownian tree depends."""
    lines = probe("sigmas", scheduler=scheduler, steps=steps, denoise=denoise).split()
    return np.array(lines, float).reshape(-1, 2)[:, 0]


def distance(got, expected):
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


class ImageNoise:
    """Noise of one image: its generator goes on; the Brownian tree spans the run's levels."""

    def __init__(self, seed, sigmas):
        self.generator = torch.Generator().manual_seed(seed)
        self.start = self.fresh()
        self.path = torch_tree(seed, np.float32(sigmas[-2]).item(), np.float32(sigmas[0]).item(), SHAPE)

    def fresh(self):
        return torch.randn((1, *SHAPE), generator=self.generator).double().numpy()

    def between(self, a, b):
        a, b = np.float32(a).item(), np.float32(b).item()
        return (self.path(b) - self.path(a)) / np.sqrt(a - b)


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32, 2**53 + 1, 2**64 - 1])
@pytest.mark.parametrize("width, height", [(8, 8), (16, 8), (24, 8), (64, 64), (512, 512), (520, 264)])
def test_noise_is_bit_equal_to_torch(seed, width, height):
    shape = (1, 4, height // 8, width // 8)
    got = probe_tensor("noise", (2, *shape[1:]), width=width, height=height, batch=2, seed=seed)
    for i in range(2):
        generator = torch.Generator().manual_seed((seed + i) % 2**64)
        assert np.array_equal(got[i : i + 1], torch.randn(shape, generator=generator).numpy())


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("steps, denoise", [(10, 1), (20, 1), (20, 0.5), (7, 0.3), (30, 1), (100, 1)])
def test_sigmas_and_timesteps_equal_the_formulas(scheduler, steps, denoise):
    lines = probe("sigmas", scheduler=scheduler, steps=steps, denoise=denoise).split()
    got = np.array(lines, float).reshape(-1, 2)
    expected = sigmas_of(scheduler, steps, denoise)
    np.testing.assert_allclose(got[:, 0], expected, rtol=5e-5)
    # The reference keeps its table as float32: near timestep 0 that is a part in 1e4 of alpha.
    np.testing.assert_allclose(
        got[:-1, 1], [timestep_of(s) for s in expected[:-1]], rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("entropy", [0, 1, 2**31, 2**32, 2**64 - 1])
@pytest.mark.parametrize("key", [(), (0, 0), (5, 3), (2**24 - 1, 24), (2**40, 1)])
@pytest.mark.parametrize("pool", [4, 8, 24])
def test_seed_sequence_equals_numpy(entropy, key, pool):
    keys = {f"key{i}": k for i, k in enumerate(key)}
    got = probe("seed_words", entropy=entropy, pool=pool, words=30, **keys).split()
    expected = np.random.SeedSequence(entropy, spawn_key=key, pool_size=pool).generate_state(30)
    assert [int(w) for w in got] == expected.tolist()


@pytest.mark.parametrize("seed", [0, 7, 2**40])
def test_brownian_tree_equals_its_definition(seed):
    start, end = np.float32(0.0291675).item(), np.float32(14.614642).item()
    path = torch_tree(seed, start, end, SHAPE)
    times = np.sort(np.float32(np.random.default_rng(seed).uniform(start, end, 12))).astype(float)
    for a, b in zip(times[:-1], times[1:]):
        got = probe_tensor("brownian", SHAPE, seed=seed, start=start, end=end, **{"from": a, "to": b})
        np.testing.assert_allclose(got, path(b) - path(a), atol=2e-5)


@pytest.mark.parametrize("seed", [0, 7, 2**40])
def test_brownian_tree_equals_torchsde(seed):
    torchsde = pytest.importorskip("torchsde")
    start, end = np.float32(0.0291675).item(), np.float32(14.614642).item()
    tree = torchsde.BrownianInterval(
        t0=start, t1=end, size=SHAPE, dtype=torch.float32, entropy=seed, tol=1e-6, pool_size=24,
        halfway_tree=True)
    times = np.sort(np.float32(np.random.default_rng(seed).uniform(start, end, 12))).astype(float)
    for a, b in zip(times[:-1], times[1:]):
        got = probe_tensor("brownian", SHAPE, seed=seed, start=start, end=end, **{"from": a, "to": b})
        assert np.array_equal(got, tree(a, b).numpy())


CASES = [
    ("euler", {}),
    ("euler", dict(s_churn=10, s_tmin=0.1, s_tmax=10, s_noise=1.003)),
    ("heun", {}),
    ("heun", dict(s_churn=10)),
    ("euler_ancestral", {}),
    ("euler_ancestral", dict(eta=0.5, s_noise=0.9)),
    ("dpmpp_2m", {}),
    ("dpmpp_2m_sde", {}),
    ("dpmpp_2m_sde", dict(eta=0.5, s_noise=0.9)),
    ("dpmpp_2m_sde", dict(solver_type="heun")),
    ("lms", {}),
    ("ddim", {}),
    ("ddim", dict(eta=0.7)),
]


@pytest.mark.parametrize("guidance", [{}, dict(cfg_scale=4, negative=1), dict(v=1)], ids=["alone", "guided", "v"])
@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("sampler, options", CASES)
def test_sampler_equals_its_formulas(sampler, options, scheduler, guidance):
    sigmas = probe_sigmas(scheduler, 20)
    arguments = {k: v for k, v in options.items() if k != "solver_type"}
    if options.get("solver_type") == "heun":
        arguments["heun"] = 1
    got = sample(sampler, scheduler, batch=2, **arguments, **guidance)
    model = Toy(guidance.get("cfg_scale", 1), "negative" in guidance, "v" in guidance)
    for i in range(2):
        noise = ImageNoise(5 + i, sigmas)
        scale = np.hypot(1, sigmas[0]) if sampler == "ddim" else sigmas[0]
        expected = SAMPLERS[sampler](model, noise.start * scale, sigmas, noise, **options)
        assert distance(got[i], expected[0]) < TOLERANCE


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_image_to_image_equals_its_formulas(sampler):
    sigmas = probe_sigmas("karras", 10, 0.6)
    noise = ImageNoise(5, sigmas)
    x = 0.4 + noise.start * sigmas[0]
    expected = SAMPLERS[sampler](Toy(), x, sigmas, noise)
    got = sample(sampler, "karras", steps=10, denoise=0.6, latent=0.4)
    assert distance(got, expected) < TOLERANCE


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_mask_blends_every_evaluation(sampler):
    sigmas = probe_sigmas("karras", 10, 0.6)
    noise = ImageNoise(5, sigmas)
    mask = np.array([1, 1, 0, 0.0])
    toy = Toy()

    def model(x, sigma):
        return toy(x, sigma) * mask + 0.4 * (1 - mask)

    expected = SAMPLERS[sampler](model, 0.4 + noise.start * sigmas[0], sigmas, noise)
    expected = expected * mask + 0.4 * (1 - mask)
    got = sample(sampler, "karras", steps=10, denoise=0.6, latent=0.4, mask=1)
    assert distance(got, expected) < TOLERANCE


TRAINING = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
SPACING = {
    "normal": dict(timestep_spacing="linspace"),
    "karras": dict(timestep_spacing="linspace", use_karras_sigmas=True),
    "exponential": dict(timestep_spacing="linspace", use_exponential_sigmas=True),
    "simple": dict(timestep_spacing="trailing"),
    "ddim_uniform": dict(timestep_spacing="leading", steps_offset=1),
}


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize(
    "sampler, name, schedulers",
    [
        ("euler", "EulerDiscreteScheduler", list(SPACING)),
        ("euler_ancestral", "EulerAncestralDiscreteScheduler", ["normal", "simple", "ddim_uniform"]),
        ("heun", "HeunDiscreteScheduler", list(SPACING)),
        ("lms", "LMSDiscreteScheduler", list(SPACING)),
    ],
)
def test_sampler_equals_diffusers_in_k_scale(sampler, name, schedulers, prediction):
    for scheduler in schedulers:
        reference = getattr(diffusers, name)(
            prediction_type=prediction, **TRAINING, **SPACING[scheduler])
        reference.set_timesteps(20)
        generator = torch.Generator().manual_seed(5)
        x = torch.randn((1, *SHAPE), generator=generator) * reference.sigmas[0]
        model = Toy(4, True)
        extra = dict(generator=generator) if sampler == "euler_ancestral" else {}
        for t in reference.timesteps:
            scaled = reference.scale_model_input(x, t).double().numpy()
            output = torch.from_numpy(model.output(scaled, t.item())).float()
            x = reference.step(output, t, x, **extra).prev_sample
        options = dict(v=1) if prediction == "v_prediction" else {}
        got = sample(sampler, scheduler, cfg_scale=4, negative=1, **options)
        assert distance(got, x.numpy()) < 1e-3, scheduler


@pytest.mark.parametrize("solver", ["midpoint", "heun"])
@pytest.mark.parametrize("sampler", ["dpmpp_2m", "dpmpp_2m_sde"])
@pytest.mark.parametrize("scheduler", ["karras", "exponential", "simple"])
def test_dpm_solver_equals_diffusers(sampler, scheduler, solver):
    if sampler == "dpmpp_2m" and solver == "heun":
        pytest.skip("k-diffusion's 2M has the midpoint rule only")
    stochastic = sampler == "dpmpp_2m_sde"
    reference = diffusers.DPMSolverMultistepScheduler(
        algorithm_type="sde-dpmsolver++" if stochastic else "dpmsolver++", solver_order=2,
        solver_type=solver, **TRAINING, **SPACING[scheduler])
    reference.set_timesteps(20)
    sigmas = reference.sigmas.double().numpy()
    own = probe_sigmas(scheduler, 20)
    noise = ImageNoise(5, own)
    x = torch.from_numpy(noise.start * sigmas[0] / np.hypot(1, sigmas[0])).float()
    model = Toy(4, True)
    for i, t in enumerate(reference.timesteps):
        output = model.output(x.double().numpy(), timestep_of(sigmas[i]))
        extra = {}
        if stochastic:
            drawn = noise.between(own[i], own[i + 1]) if own[i + 1] > 0 else np.zeros((1, *SHAPE))
            extra["variance_noise"] = torch.from_numpy(drawn).reshape(1, *SHAPE)
        x = reference.step(torch.from_numpy(output).float(), t, x, **extra).prev_sample
    options = dict(heun=1) if solver == "heun" else {}
    got = sample(sampler, scheduler, cfg_scale=4, negative=1, **options)
    assert distance(got, x.numpy()) < 1e-3


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("eta", [0, 0.7, 1])
@pytest.mark.parametrize("steps", [10, 20, 30, 50])
def test_ddim_equals_diffusers(steps, eta, prediction):
    reference = diffusers.DDIMScheduler(
        clip_sample=False, set_alpha_to_one=False, timestep_spacing="leading", steps_offset=1,
        prediction_type=prediction, **TRAINING)
    reference.set_timesteps(steps)
    generator = torch.Generator().manual_seed(5)
    x = torch.randn((1, *SHAPE), generator=generator)
    model = Toy(4, True)
    for t in reference.timesteps:
        output = torch.from_numpy(model.output(x.double().numpy(), t.item())).float()
        x = reference.step(output, t, x, eta=eta, generator=generator).prev_sample
    options = dict(v=1) if prediction == "v_prediction" else {}
    options |= dict(eta=eta) if eta else {}
    got = sample("ddim", "ddim_uniform", steps=steps, cfg_scale=4, negative=1, **options)
    assert distance(got, x.numpy()) < 1e-3


def test_table_is_that_of_diffusers():
    reference = diffusers.DDIMScheduler(**TRAINING).alphas_cumprod.numpy()
    np.testing.assert_allclose(reference, ALPHAS, rtol=2e-5)
